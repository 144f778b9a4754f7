"""The committee's meetings: on record with those present, with what was decided there, and as papers."""

from functools import cached_property

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from budgets.deciding import meetings
from budgets.forms.meetings import AbsenceForm, MeetingForm
from budgets.forms.rounds import add_errors
from budgets.models import Meeting, Proposal
from budgets.states import RoundState
from budgets.views.deciding.common import visible_round
from portal import access, clock, files, pdf
from portal.errors import Refused
from portal.views import VisibleDetail, VisibleList, require, whole

DELIBERATING = frozenset({RoundState.DELIBERATING, RoundState.ANNOUNCED, RoundState.REQUESTED})


class MeetingList(VisibleList):
    """The meetings that sit for a round."""

    queryset = Meeting.objects.select_related("minutes").order_by("-on", "-pk")
    template_name = "budgets/deciding/meetings.html"
    partial_name = "budgets/deciding/_meeting_rows.html"
    title = gettext_lazy("Meetings")

    def get_queryset(self):
        require(self.request.user, "budgets.view_outcome")
        return super().get_queryset().for_round(self.round).with_decided(self.request.user)

    @cached_property
    def round(self):
        return visible_round(self.request, self.kwargs["pk"])

    def get_context_data(self, **context):
        return super().get_context_data(round=self.round, may_record=may_record(self.request.user), **context)


class MeetingPage(VisibleDetail):
    """One meeting: who was there and who left the room, what was decided, and what still waits."""

    model = Meeting
    queryset = Meeting.objects.select_related("round", "minutes", "recorded_by")
    template_name = "budgets/deciding/meeting.html"

    def get_context_data(self, form=None, **context):
        meeting, user = self.object, self.request.user
        decided, waiting = list(meetings.decided(meeting, user)), list(meetings.agenda(meeting, user))
        return super().get_context_data(
            round=meeting.round,
            attendance=meetings.attendance(meeting),
            conflicts=conflicts_shown(meeting, user),
            decided=decided,
            hidden=meetings.hidden(meeting, user),
            decided_baht=sum(case.recommended_baht or 0 for case in decided),
            waiting=waiting,
            may_record=may_record(user),
            may_decide=meeting.round is None or meeting.round.state in DELIBERATING,
            absence=form or (AbsenceForm(meeting=meeting, by=user) if may_record(user) else None),
            **context,
        )


def may_record(user):
    return bool(access.holding(user, "budgets.change_meeting"))


def conflicts_shown(meeting, user):
    """The conflicts on record at the meeting, of cases that `user` may see."""
    seen = meeting.conflicts.filter(proposal__in=Proposal.objects.visible_to(user))
    return meetings.names_of(seen.select_related("proposal__local_government__district"))


def visible_meeting(request, pk):
    return get_object_or_404(Meeting.objects.visible_to(request.user).select_related("round", "minutes"), pk=pk)


@login_required
def new(request, pk):
    """Record a meeting."""
    round = visible_round(request, pk)
    return _write(request, None, round)


@login_required
def edit(request, pk):
    """Correct a meeting, or add its minutes."""
    meeting = visible_meeting(request, pk)
    return _write(request, meeting, meeting.round)


def _write(request, meeting, round):
    if not may_record(request.user):
        raise PermissionDenied(_("Only the committee's secretary records meetings."))
    initial = {} if meeting else {"round": round}
    form = MeetingForm(request.POST or None, request.FILES or None, meeting=meeting, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            given = form.fields_of_meeting
            if upload := form.cleaned_data["minutes"]:
                given["minutes"] = files.store(upload, by=request.user, only={"pdf"})
            if meeting:
                done = meetings.change(meeting, by=request.user, version=whole(request.POST.get("version")), **given)
            else:
                done = meetings.record(by=request.user, **given)
        except ValidationError as error:
            add_errors(form, error)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The meeting is on record."))
            return redirect(done)
    context = {"form": form, "meeting": meeting, "round": round}
    return render(request, "budgets/deciding/meeting_form.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def absence(request, pk):
    """Put on record who left the room for which case."""
    meeting = visible_meeting(request, pk)
    form = AbsenceForm(request.POST, meeting=meeting, by=request.user)
    if form.is_valid():
        try:
            meetings.note_conflict(meeting, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("It is on record. The case is gone from that person's pages."))
            return redirect(meeting)
    page = MeetingPage(request=request, kwargs={"pk": pk})
    return render(request, page.template_name, page.get_context_data(form=form), status=400)


@login_required
def minutes(request, pk):
    """The minutes, as they came in."""
    stored = visible_meeting(request, pk).minutes
    if stored is None:
        raise Http404
    return files.serve(stored)


# As papers


@login_required
def agenda_pdf(request, pk):
    """The agenda (ระเบียบวาระ): the scored cases that wait, in rank order."""
    meeting = visible_meeting(request, pk)
    cases = list(meetings.agenda(meeting, request.user))
    return _paper(request, meeting, "budgets/pdf/agenda.html", cases, f"agenda-{meeting.pk}.pdf")


@login_required
def annex_pdf(request, pk):
    """The annex of the minutes (เอกสารแนบท้ายรายงานการประชุม): every decision, with amount or reason."""
    meeting = visible_meeting(request, pk)
    cases = list(meetings.decided(meeting, request.user))
    return _paper(request, meeting, "budgets/pdf/minutes_annex.html", cases, f"minutes-annex-{meeting.pk}.pdf")


def _paper(request, meeting, template, cases, filename):
    """A paper of the meeting, always in Thai."""
    with translation.override("th"):
        context = {
            "meeting": meeting,
            "round": meeting.round,
            "cases": cases,
            "hidden": meetings.hidden(meeting, request.user),
            "attendance": meetings.attendance(meeting),
            "conflicts": conflicts_shown(meeting, request.user),
            "total_baht": sum(case.recommended_baht or 0 for case in cases),
            "requested_baht": sum(case.requested_baht for case in cases),
            "made_at": clock.now(),
        }
        return pdf.response(template, context, filename)


urlpatterns = [
    path("rounds/<int:pk>/meetings/", MeetingList.as_view(), name="meetings"),
    path("rounds/<int:pk>/meetings/new/", new, name="meeting-new"),
    path("meetings/<int:pk>/", MeetingPage.as_view(), name="meeting"),
    path("meetings/<int:pk>/edit/", edit, name="meeting-edit"),
    path("meetings/<int:pk>/conflicts/", absence, name="meeting-conflict"),
    path("meetings/<int:pk>/minutes/", minutes, name="meeting-minutes"),
    path("meetings/<int:pk>/agenda.pdf", agenda_pdf, name="meeting-agenda"),
    path("meetings/<int:pk>/annex.pdf", annex_pdf, name="meeting-annex"),
]
