"""Between renewals: changes, complaints and corrections."""

from django.utils.translation import gettext_lazy as L

from portal import clock
from portal.lifecycle import Lifecycle, Step
from portal.step_forms import NoteForm, ReasonForm
from providers import notices
from providers.deciding import changes
from providers.lifecycle.listing import RegistryLifecycle
from providers.states import ChangeState, ComplaintState, CorrectionState
from providers.step_forms import AnswerForm, OutcomeForm, ReplyForm


def stamp_decision(case, *, by, reason="", **_details):
    case.decided_by, case.decided_at = by, clock.now()
    if hasattr(case, "reason"):
        case.reason = reason


def enter_change(change, *, by, **_details):
    changes.enter(change, by=by)


def tell(notice):
    def effect(case, *, by, **_details):
        notice(case)

    return effect


CHANGE = RegistryLifecycle(
    "change",
    ChangeState,
    [
        Step("accept", L("Accept the change"), frozenset({ChangeState.PENDING}), ChangeState.ACCEPTED,
             "providers.decide_change", guards=[changes.still_fits], effects=[stamp_decision],
             after=[enter_change, tell(notices.change_decided)], form=NoteForm),
        Step("refuse", L("Refuse the change"), frozenset({ChangeState.PENDING}), ChangeState.REFUSED,
             "providers.decide_change", effects=[stamp_decision], after=[tell(notices.change_decided)],
             form=ReasonForm, danger=True),
        Step("withdraw", L("Withdraw the change"), frozenset({ChangeState.PENDING}), ChangeState.WITHDRAWN,
             "providers.withdraw_change", effects=[stamp_decision], form=NoteForm, danger=True),
    ],
    start=ChangeState.PENDING,
    ends=frozenset({ChangeState.ACCEPTED, ChangeState.REFUSED, ChangeState.WITHDRAWN}),
)  # fmt: skip


def keep_reply(complaint, *, by, reply, **_details):
    complaint.reply, complaint.replied_by, complaint.replied_at = reply, by, clock.now()


def keep_outcome(complaint, *, by, outcome, **_details):
    complaint.outcome, complaint.closed_at = outcome, clock.now()


COMPLAINT = Lifecycle(
    "complaint",
    ComplaintState,
    [
        Step("reply", L("Reply to the complaint"), frozenset({ComplaintState.OPEN}), ComplaintState.ANSWERED,
             "providers.reply_complaint", effects=[keep_reply], after=[tell(notices.complaint_answered)],
             form=ReplyForm),
        Step("close", L("Close the complaint"), frozenset({ComplaintState.OPEN, ComplaintState.ANSWERED}),
             ComplaintState.CLOSED, "providers.close_complaint", effects=[keep_outcome],
             after=[tell(notices.complaint_closed)], form=OutcomeForm),
    ],
    start=ComplaintState.OPEN,
    ends=frozenset({ComplaintState.CLOSED}),
)  # fmt: skip


def keep_answer(correction, *, by, answer, **_details):
    correction.answer, correction.decided_by, correction.decided_at = answer, by, clock.now()


CORRECTION = Lifecycle(
    "correction",
    CorrectionState,
    [
        Step("accept", L("Say that it was corrected"), frozenset({CorrectionState.OPEN}), CorrectionState.ACCEPTED,
             "providers.decide_correction", effects=[keep_answer], after=[tell(notices.correction_decided)],
             form=AnswerForm),
        Step("decline", L("Say why it stays"), frozenset({CorrectionState.OPEN}), CorrectionState.DECLINED,
             "providers.decide_correction", effects=[keep_answer], after=[tell(notices.correction_decided)],
             form=AnswerForm),
    ],
    start=CorrectionState.OPEN,
    ends=frozenset({CorrectionState.ACCEPTED, CorrectionState.DECLINED}),
)  # fmt: skip
