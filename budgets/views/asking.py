"""Pages of questions: those of a round, open to all; those of a case, for its reviewers and its office."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from budgets.forms.rounds import add_errors
from budgets.judging import asking
from budgets.models import Clarification, Question
from budgets.states import ProposalState, RoundState
from budgets.views.deciding.common import visible_case, visible_round
from portal import access, clock
from portal.errors import Refused
from portal.fields import ThaiDateField
from portal.forms import PortalForm

LONG = forms.Textarea(attrs={"rows": 4})


class AskForm(PortalForm):
    """A question about a round."""

    text = forms.CharField(
        label=gettext_lazy("Your question"),
        help_text=gettext_lazy("It is answered for everybody, without your name."),
        max_length=2000,
        widget=LONG,
    )


class AnswerForm(PortalForm):
    """The answer for all, and the question as all read it."""

    published_text = forms.CharField(
        label=gettext_lazy("Question, as published"),
        help_text=gettext_lazy("Leave out names of people and offices."),
        max_length=2000,
        widget=LONG,
    )
    answer = forms.CharField(label=gettext_lazy("Answer"), max_length=4000, widget=LONG)


class ClarifyForm(PortalForm):
    """A question to the office of a case."""

    text = forms.CharField(
        label=gettext_lazy("Question to the office"),
        help_text=gettext_lazy("The office reads it without your name; the other reviewers read question and answer."),
        max_length=2000,
        widget=LONG,
    )
    due_on = ThaiDateField(
        label=gettext_lazy("Answer by"), required=False, help_text=gettext_lazy("Empty: in five working days.")
    )


class ReplyForm(PortalForm):
    """The office's answer."""

    answer = forms.CharField(label=gettext_lazy("Your answer"), max_length=4000, widget=LONG)


def attempt(form, action):
    """Do `action()`; what stands in the way is put on `form`. True when it was done."""
    try:
        action()
    except ValidationError as error:
        add_errors(form, error)
    except Refused as refusal:
        form.add_error(None, refusal.message)
    else:
        return True
    return False


def answers(request, pk):
    """Questions and answers of a round; and, for who may, a question of one's own."""
    round, user = visible_round(request, pk), request.user
    may_ask = user.has_perm("budgets.ask_question", round) and round.state == RoundState.OPEN
    form = AskForm(request.POST or None) if may_ask else None
    if (
        request.method == "POST"
        and form is not None
        and form.is_valid()
        and attempt(form, lambda: asking.ask(round, by=user, **form.cleaned_data))
    ):
        messages.success(request, _("Your question is on its way. The answer appears here, and you are told."))
        return redirect("budgets:answers", round.pk)
    found = round.questions.visible_to(user).order_by("-answered_at", "pk")
    may_answer = user.has_perm("budgets.answer_question", round)
    context = {
        "round": round,
        "form": form,
        "may_answer": may_answer,
        "answered": [one for one in found if one.answer],
        "waiting": [one for one in found if not one.answer],
    }
    return render(request, "budgets/asking/answers.html", context, status=400 if form and form.errors else 200)


@login_required
def answer(request, pk):
    """Answer a question for all."""
    questions = Question.objects.visible_to(request.user).select_related("round")
    question = get_object_or_404(questions, pk=pk)
    if not request.user.has_perm("budgets.answer_question", question.round):
        return redirect("budgets:answers", question.round_id)
    initial = {"published_text": question.published_text or question.text, "answer": question.answer}
    form = AnswerForm(request.POST or None, initial=initial)
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, lambda: asking.answer(question, by=request.user, **form.cleaned_data))
    ):
        messages.success(request, _("The answer is published."))
        return redirect("budgets:answers", question.round_id)
    context = {"form": form, "question": question, "round": question.round}
    return render(request, "budgets/asking/answer.html", context, status=400 if form.errors else 200)


@login_required
def clarifications(request, pk):
    """What the reviewers asked the office of a case, and what it answered."""
    proposal, user = visible_case(request, pk), request.user
    may_ask = proposal.state == ProposalState.IN_REVIEW and any(
        user.has_perm(one, proposal) for one in ("budgets.review_proposal", "budgets.return_review_proposal")
    )
    form = ClarifyForm(request.POST or None) if may_ask else None
    if (
        request.method == "POST"
        and form is not None
        and form.is_valid()
        and attempt(form, lambda: asking.clarify(proposal, by=user, **form.cleaned_data))
    ):
        messages.success(request, _("The office is asked. Its answer appears here."))
        return redirect("budgets:clarifications", proposal.pk)
    return clarifications_page(request, proposal, form)


def clarifications_page(request, proposal, form=None, reply=None):
    user = request.user
    may_answer = user.has_perm("budgets.answer_clarification", proposal)
    context = {
        "proposal": proposal,
        "form": form,
        "reply": reply or ReplyForm(),
        "rows": list(proposal.clarifications.visible_to(user).select_related("asked_by", "answered_by")),
        "names_shown": bool(access.holding(user, "budgets.view_reviews")),
        "may_answer": may_answer and proposal.state == ProposalState.IN_REVIEW,
        "today": clock.today(),
    }
    is_wrong = (form and form.errors) or (reply and reply.errors)
    return render(request, "budgets/asking/clarifications.html", context, status=400 if is_wrong else 200)


@login_required
@require_POST
def reply(request, pk):
    """Answer what the reviewers asked."""
    rows = Clarification.objects.visible_to(request.user).select_related("proposal")
    asked = get_object_or_404(rows, pk=pk)
    proposal, form = visible_case(request, asked.proposal_id), ReplyForm(request.POST)
    if form.is_valid() and attempt(form, lambda: asking.reply(asked, by=request.user, **form.cleaned_data)):
        messages.success(request, _("Your answer is with the reviewers."))
        return redirect("budgets:clarifications", proposal.pk)
    return clarifications_page(request, proposal, reply=form)


urlpatterns = [
    path("rounds/<int:pk>/answers/", answers, name="answers"),
    path("questions/<int:pk>/answer/", answer, name="question-answer"),
    path("proposals/<int:pk>/clarifications/", clarifications, name="clarifications"),
    path("clarifications/<int:pk>/answer/", reply, name="clarification-answer"),
]
