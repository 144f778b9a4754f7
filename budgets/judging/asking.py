"""Questions and answers: of a round, published to all; of one case, between its reviewers and its office."""

from copy import copy

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from budgets import notices
from budgets.models import Clarification, Question
from budgets.states import ProposalState, RoundState
from portal import access, clock
from portal.audit import record
from portal.errors import Refused
from portal.thai.workdays import add_working_days

DAYS_TO_ANSWER = 5


# About a round


def ask(round, *, by, text):
    """A new question of somebody who may apply or help to; answered for all. Raises PermissionDenied or Refused."""
    capacity = access.capacity(by, "budgets.ask_question", round)
    if capacity is None:
        raise PermissionDenied(_("People of local governments and provinces ask here."))
    if round.state != RoundState.OPEN:
        raise Refused(_("Questions are taken while the round is open."), code="wrong_round_state", state=round.state)
    with transaction.atomic():
        question = Question(round=round, text=text, asked_by=by)
        question.full_clean()
        question.save()
        record("question.ask", round, by=by, capacity=capacity, details={"question": question.pk})
        notices.question_asked(question)
    return question


def answer(question, *, by, answer, published_text=""):
    """The question with its answer, both published; given again, the new answer stands. Raises PermissionDenied."""
    capacity = access.capacity(by, "budgets.answer_question", question.round)
    if capacity is None:
        raise PermissionDenied(_("Only programme managers and DLA answer for all."))
    with transaction.atomic():
        question = Question.objects.select_for_update().select_related("round").get(pk=question.pk)
        is_first = not question.answer
        question.answer, question.answered_by, question.answered_at = answer, by, clock.now()
        question.published_text = published_text or question.published_text or question.text
        question.full_clean()
        question.save()
        record("question.answer", question.round, by=by, capacity=capacity, details={"question": question.pk})
        if is_first:
            notices.question_answered(question)
    return question


# About one case


def clarify(proposal, *, by, text, due_on=None):
    """A new question of a reviewer, or of the secretary, to the office of a case under review.

    `due_on` is the day by which it is answered, by default in five working days. Raises PermissionDenied, Refused
    `wrong_state`, or ValidationError.
    """
    capacity = access.capacity(by, "budgets.review_proposal", proposal)
    capacity = capacity or access.capacity(by, "budgets.return_review_proposal", proposal)
    if capacity is None:
        raise PermissionDenied(_("Only the reviewers of this case and the secretary ask its office."))
    if proposal.state != ProposalState.IN_REVIEW:
        raise Refused(_("Questions are asked while a case is under review."), code="wrong_state", state=proposal.state)
    due_on = due_on or add_working_days(clock.today(), DAYS_TO_ANSWER)
    if due_on <= clock.today():
        raise ValidationError({"due_on": _("The date must lie in the future.")})
    with transaction.atomic():
        asked = Clarification(proposal=proposal, text=text, asked_by=by, due_on=due_on)
        asked.full_clean()
        asked.save()
        record("clarification.ask", asked, by=by, capacity=capacity, details={"due_on": due_on})
        notices.clarification_asked(asked)
    return asked


def reply(clarification, *, by, answer):
    """The clarification with the office's answer, given once; every reviewer of the case reads it.

    Raises PermissionDenied, Refused `already_answered` or `wrong_state`.
    """
    proposal = clarification.proposal
    capacity = access.capacity(by, "budgets.answer_clarification", proposal)
    if capacity is None:
        raise PermissionDenied(_("Only the office of this case answers."))
    if proposal.state != ProposalState.IN_REVIEW:
        raise Refused(_("The review of this case has ended."), code="wrong_state")
    replied = copy(clarification)
    replied.answer, replied.answered_by, replied.answered_at = answer, by, clock.now()
    replied.full_clean()
    with transaction.atomic():
        waiting = Clarification.objects.filter(pk=clarification.pk, answer="")
        if not waiting.update(answer=replied.answer, answered_by=by, answered_at=replied.answered_at):
            raise Refused(_("This was answered already."), code="already_answered")
        clarification.refresh_from_db()
        record("clarification.answer", clarification, by=by, capacity=capacity)
        notices.clarification_answered(clarification)
    return clarification
