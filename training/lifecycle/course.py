"""Course run, enrolment and certificate."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import clock
from portal.errors import Refused
from portal.lifecycle import Lifecycle, Step
from portal.models import User
from training import attendance, credentials, enrolling, notices, seats
from training.states import CredentialState, EnrolmentState, Mode, RunState
from training.step_forms import MarkForm, ReasonForm, ReplaceForm, RescheduleForm

# The run

S = RunState


def is_complete(run, *, by):
    missing = []
    if not run.sessions.exists():
        missing.append(_("Add the sessions."))
    if run.mode != Mode.ONLINE and not run.where_th:
        missing.append(_("Say where it takes place."))
    if run.mode != Mode.ONSITE and not run.online_url:
        missing.append(_("Give the address of the meeting."))
    if missing:
        raise Refused(
            _("The run cannot open yet: %(first)s") % {"first": " ".join(missing)}, code="incomplete", missing=missing
        )


def everyone_has_a_result(run, *, by):
    waiting = run.enrolments.confirmed().count()
    if waiting:
        raise Refused(_("%(count)s learners have no result yet.") % {"count": waiting}, code="results_missing")


def count_seats(run, *, by, **_details):
    seats.set_capacity(run, run.capacity)


def move(run, *, by, reason, shift_days=None, mode="", where_th="", online_url="", **_details):
    if shift_days:
        for session in run.sessions.filter(starts_at__gt=clock.now()):
            session.starts_at += timedelta(days=shift_days)
            session.ends_at += timedelta(days=shift_days)
            session.save()
    run.mode = mode or run.mode
    run.where_th = where_th or ("" if mode == Mode.ONLINE else run.where_th)
    run.online_url = online_url or run.online_url
    is_complete(run, by=by)


def ask_again(run, *, by, reason, **_details):
    """Everyone with a seat is asked whether they still come."""
    for enrolment in run.enrolments.confirmed().select_related("learner__user"):
        run.enrolments.filter(pk=enrolment.pk).update(asked_again_at=clock.now(), version=enrolment.version + 1)
        notices.asked_again(enrolment, reason)


def keep_reason(run, *, by, reason, **_details):
    run.cancel_reason = reason


def cancel_all(run, *, by, reason="", **_details):
    """Whoever is on the list of a cancelled run is taken off it and told."""
    listed = [EnrolmentState.REQUESTED, EnrolmentState.CONFIRMED, EnrolmentState.WAITLISTED]
    for enrolment in run.enrolments.filter(state__in=listed).select_related("learner__user"):
        ENROLMENT.take(enrolment, "cancel", by=by)
        notices.run_cancelled(enrolment, reason)


def dissolve_waiting_list(run, *, by, **_details):
    for enrolment in run.enrolments.filter(state__in=[EnrolmentState.REQUESTED, EnrolmentState.WAITLISTED]):
        ENROLMENT.take(enrolment, "cancel", by=by)


def run_step(name, label, source, target, **kwargs):
    kwargs.setdefault("form", None)
    return Step(name, label, frozenset(source), target, "training.manage_run", **kwargs)


RUN = Lifecycle(
    "run",
    S,
    [
        run_step("open", L("Open for enrolment"), {S.PLANNED}, S.OPEN, guards=[is_complete], after=[count_seats]),
        run_step("start", L("Begin the run"), {S.OPEN}, S.RUNNING),
        run_step("finish", L("Finish the run"), {S.RUNNING}, S.FINISHED, guards=[everyone_has_a_result],
                 after=[dissolve_waiting_list]),
        run_step("reschedule", L("Reschedule or move"), {S.OPEN, S.RUNNING}, None, effects=[move], after=[ask_again],
                 form=RescheduleForm, hint=L("Everyone with a seat is asked again.")),
        run_step("cancel", L("Cancel the run"), {S.PLANNED, S.OPEN, S.RUNNING}, S.CANCELLED, effects=[keep_reason],
                 after=[cancel_all], form=ReasonForm, danger=True),
    ],
    start=S.PLANNED,
    ends=frozenset({S.FINISHED, S.CANCELLED}),
)  # fmt: skip


# The enrolment

E = EnrolmentState


def run_goes_on(enrolment, *, by):
    if enrolment.run.state not in {S.OPEN, S.RUNNING}:
        raise Refused(
            _("This is not possible while the run is “%(state)s”.") % {"state": enrolment.run.get_state_display()},
            code="wrong_run_state",
            state=enrolment.state,
        )


def run_has_begun(enrolment, *, by):
    if enrolment.run.state != S.RUNNING:
        raise Refused(_("Results are given while the run is running."), code="wrong_run_state", state=enrolment.state)


def nobody_waits_before(enrolment, *, by):
    """The waiting list is called in its order."""
    if enrolment.state == E.WAITLISTED:
        first = enrolment.run.enrolments.waiting().first()
        if first is not None and first.pk != enrolment.pk:
            raise Refused(_("Somebody waits before this person."), code="not_first_in_line", state=enrolment.state)


def take_seat(enrolment, *, by, **_details):
    seats.take_seat(enrolment.run)


def free_seat(enrolment, *, by, **_details):
    if enrolment.previous_state == E.CONFIRMED:
        seats.free_seat(enrolment.run)


def call_the_next(enrolment, *, by, **_details):
    if enrolment.previous_state == E.CONFIRMED and enrolment.run.takes_waiting:
        enrolling.fill_seats(enrolment.run)


def keep_mark(enrolment, *, by, mark=None, **_details):
    if mark is not None:
        enrolment.mark = mark


def meets_the_rule(enrolment, *, by, **_details):
    standing, course = attendance.standing(enrolment), enrolment.run.course
    if not standing.has_reached:
        raise Refused(
            _("Attendance is %(share)s%% of the %(needed)s%% needed.")
            % {"share": standing.attended_pct, "needed": course.attendance_pct},
            code="attendance_short",
            state=enrolment.previous_state,
        )
    if course.has_mark and (enrolment.mark is None or enrolment.mark < course.pass_mark):
        raise Refused(
            _("The mark is below the pass mark of %(mark)s.") % {"mark": f"{course.pass_mark:g}"},
            code="mark_short",
            state=enrolment.previous_state,
        )


def attended_nothing(enrolment, *, by):
    if attendance.standing(enrolment).attended:
        raise Refused(_("This person attended at least one session."), code="attended", state=enrolment.state)


def has_not_retaken(enrolment, *, by):
    if enrolment.is_retake:
        raise Refused(_("There is one retake only."), code="retake_used", state=enrolment.state)


def is_known(enrolment, *, by):
    """Whose data are erased gets no other result: nobody could be told."""
    if enrolment.learner.erased_at:
        raise Refused(_("The data of this person are erased."), code="erased", state=enrolment.state)


def begin_retake(enrolment, *, by, **_details):
    enrolment.is_retake, enrolment.first_mark, enrolment.mark = True, enrolment.mark, None


def keep_correction(enrolment, *, by, reason, **_details):
    enrolment.reason = reason


def issue(enrolment, *, by, **_details):
    credentials.issue_for_enrolment(enrolment, by=by)


def take_certificate_back(enrolment, *, by, reason, **_details):
    """A result that was wrong takes its certificate with it."""
    for credential in enrolment.credentials.filter(state=CredentialState.VALID):
        CREDENTIAL.take(credential, "revoke", by=User.objects.timer(), reason=reason)


def tell(notice):
    def after(enrolment, *, by, **_details):
        notice(enrolment)

    return after


def enrolment_step(name, label, source, target, permission="manage", **kwargs):
    kwargs.setdefault("form", None)
    return Step(name, label, frozenset(source), target, f"training.{permission}_enrolment", **kwargs)


ENROLMENT = Lifecycle(
    "enrolment",
    E,
    [
        enrolment_step("confirm", L("Confirm the seat"), {E.REQUESTED, E.WAITLISTED}, E.CONFIRMED,
                       guards=[run_goes_on, nobody_waits_before], effects=[take_seat], after=[tell(notices.confirmed)]),
        enrolment_step("waitlist", L("Put on the waiting list"), {E.REQUESTED}, E.WAITLISTED, guards=[run_goes_on],
                       after=[tell(notices.queued)]),
        enrolment_step("pass", L("Passed"), {E.CONFIRMED}, E.PASSED, guards=[run_has_begun],
                       effects=[keep_mark, meets_the_rule], after=[issue, tell(notices.result)], form=MarkForm),
        enrolment_step("fail", L("Not passed"), {E.CONFIRMED}, E.FAILED, guards=[run_has_begun], effects=[keep_mark],
                       after=[tell(notices.result)], form=MarkForm),
        enrolment_step("mark_absent", L("Absent"), {E.CONFIRMED}, E.ABSENT, guards=[run_has_begun, attended_nothing],
                       after=[tell(notices.result)]),
        enrolment_step("retake", L("Allow the retake"), {E.FAILED}, E.CONFIRMED,
                       guards=[run_has_begun, is_known, has_not_retaken], effects=[begin_retake]),
        enrolment_step("correct", L("Correct the result"), {E.PASSED, E.FAILED, E.ABSENT}, E.CONFIRMED,
                       guards=[run_has_begun, is_known], effects=[keep_correction], after=[take_certificate_back],
                       form=ReasonForm),
        enrolment_step("cancel", L("Cancel the enrolment"), {E.REQUESTED, E.CONFIRMED, E.WAITLISTED}, E.CANCELLED,
                       permission="cancel", effects=[free_seat], after=[call_the_next], danger=True),
    ],
    start=E.REQUESTED,
    ends=frozenset({E.PASSED, E.FAILED, E.ABSENT, E.CANCELLED}),
    private=frozenset({"reason", "mark"}),
)  # fmt: skip


# The certificate

C = CredentialState


def holder_is_known(credential, *, by):
    if credential.learner is None:
        raise Refused(_("The data of this person are erased."), code="erased", state=credential.state)


def end_credential(credential, *, by, reason, **_details):
    credential.ended_at, credential.end_reason = clock.now(), reason


def issue_again(credential, *, by, holder_th, holder_en="", **_details):
    """A new certificate with the corrected name, under a number of its own."""
    credentials.issue_again(credential, by=by, holder_th=holder_th, holder_en=holder_en)


def tell_holder(credential, *, by, reason, **_details):
    notices.credential_ended(credential, reason)


CREDENTIAL = Lifecycle(
    "credential",
    C,
    [
        Step("revoke", L("Revoke the certificate"), frozenset({C.VALID}), C.REVOKED, "training.revoke_credential",
             effects=[end_credential], after=[tell_holder], form=ReasonForm, danger=True),
        Step("replace", L("Replace by a corrected one"), frozenset({C.VALID}), C.REPLACED,
             "training.issue_credential", guards=[holder_is_known], effects=[end_credential],
             after=[issue_again, tell_holder],
             form=ReplaceForm),
        Step("reissue", L("Issue anew"), frozenset({C.REVOKED}), C.REPLACED, "training.issue_credential",
             guards=[holder_is_known], after=[issue_again], form=ReplaceForm),
    ],
    start=C.VALID,
    ends=frozenset({C.REVOKED, C.REPLACED, C.EXPIRED}),
    private=frozenset({"reason", "holder_th", "holder_en"}),
)  # fmt: skip
