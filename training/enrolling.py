"""Getting into a run: one's own wish, an office's list, the seat, the waiting list in its order."""

import secrets

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from portal import access, clock
from portal.audit import record
from portal.errors import Refused
from portal.models import User
from training import rules, seats
from training.models import Enrolment, Learner
from training.states import EnrolmentState


def learner_of(user):
    """The `Learner` of an account, made when there is none."""
    found = Learner.objects.filter(user=user).first()
    if found:
        return found
    posts = [m.local_government for m in access.memberships(user) if m.local_government_id]
    learner = Learner.objects.create(
        user=user, first_name=user.first_name or user.username, last_name=user.last_name, email=user.email,
        position=user.title, local_government=posts[0] if posts else None,
    )  # fmt: skip
    rules.know_anew(user)
    return learner


def takes(run):
    """Refused when the run takes no enrolments now."""
    if not run.takes_enrolments(clock.now()):
        raise Refused(_("This run does not take enrolments now."), code="enrolment_closed", state=run.state)


@transaction.atomic
def enrol_self(run, *, by):
    """The enrolment of `by`: confirmed while there is a seat, else on the waiting list."""
    takes(run)
    learner = learner_of(by)
    if run.is_for_officials and learner.local_government_id is None:
        raise Refused(_("This run is for people of local governments."), code="officials_only")
    return enrol(run, learner, by=by)


@transaction.atomic
def enrol_person(run, *, by, local_government, **person):
    """The enrolment of somebody of an office, by its officer or clerk; `person` names first_name, last_name, email …

    The same address in the same office is the same person.
    """
    takes(run)
    if not by.has_perm("training.enrol_staff", local_government) and not by.has_perm("training.manage_run", run):
        raise PermissionDenied(_("Only people of this office enrol its people."))
    return enrol(run, person_of(local_government, **person), by=by)


def person_of(local_government, *, first_name, last_name="", email="", phone="", position=""):
    """The `Learner` with this address in this office, or a new one who may claim it by a code."""
    known = Learner.objects.filter(local_government=local_government, erased_at=None)
    found = known.filter(email__iexact=email).first() if email else None
    if found:
        return found
    if not email:
        found = known.filter(first_name=first_name, last_name=last_name, user=None, email="").first()
    return found or Learner.objects.create(
        first_name=first_name, last_name=last_name, email=email, phone=phone, position=position,
        local_government=local_government, claim_code=secrets.token_urlsafe(18),
    )  # fmt: skip


def enrol(run, learner, *, by):
    """The new enrolment of a learner, with its seat or its place on the waiting list. Refused `already_enrolled`."""
    from training.lifecycle import ENROLMENT

    if Enrolment.objects.filter(run=run, learner=learner).exclude(state=EnrolmentState.CANCELLED).exists():
        raise Refused(_("This person is already enrolled."), code="already_enrolled")
    enrolment = Enrolment(
        run=run, learner=learner, office=learner.local_government, enrolled_by=by, requested_at=clock.now()
    )
    enrolment.save()
    record("enrolment.request", enrolment, by=by)
    timer = User.objects.timer()
    is_in_turn = seats.has_free_seat(run) and not run.enrolments.waiting().exists()
    try:
        with transaction.atomic():
            return ENROLMENT.take(enrolment, "confirm" if is_in_turn else "waitlist", by=timer)
    except Refused as refusal:
        if refusal.code != "run_full":
            raise
    return ENROLMENT.take(enrolment, "waitlist", by=timer)


def fill_seats(run):
    """Confirm the waiting list in its order while there are seats; how many."""
    from training.lifecycle import ENROLMENT

    filled = 0
    if not run.takes_waiting:
        return filled
    for enrolment in run.enrolments.waiting():
        try:
            with transaction.atomic():
                ENROLMENT.take(enrolment, "confirm", by=User.objects.timer())
        except Refused as refusal:
            if refusal.code == "lost_race":
                continue
            break
        filled += 1
    return filled


@transaction.atomic
def say_yes_again(enrolment, *, by):
    """The learner still comes although the run was changed."""
    if enrolment.learner.user_id != by.pk and enrolment.enrolled_by_id != by.pk:
        raise PermissionDenied(_("The learner says this."))
    changed = Enrolment.objects.filter(pk=enrolment.pk, asked_again_at__isnull=False)
    if changed.update(asked_again_at=None, version=enrolment.version + 1):
        record("enrolment.say_yes_again", enrolment, by=by)
    return Enrolment.objects.get(pk=enrolment.pk)


@transaction.atomic
def claim(code, *, by):
    """Tie the learner of a code to the account of `by`; the Learner. Refused `bad_code`, `has_record`."""
    learner = Learner.objects.filter(claim_code=code, user=None, erased_at=None).first() if code else None
    if learner is None:
        raise Refused(_("This code does not fit anybody, or was already used."), code="bad_code")
    if Learner.objects.filter(user=by).exists():
        raise Refused(
            _("Your account already has a learning record. Ask the training officer to join the two."),
            code="has_record",
        )
    if not Learner.objects.filter(pk=learner.pk, user=None).update(user=by, claim_code=""):
        raise Refused(_("This code does not fit anybody, or was already used."), code="bad_code")
    rules.know_anew(by)
    record("learner.claim", learner, by=by)
    return Learner.objects.get(pk=learner.pk)


@transaction.atomic
def set_mark(enrolment, mark, *, by):
    """Write a mark of 100 for somebody who is confirmed; a retake keeps the first one. The fresh enrolment."""
    if not by.has_perm("training.manage_enrolment", enrolment):
        raise PermissionDenied(_("Only those who conduct this run give marks."))
    if enrolment.state != EnrolmentState.CONFIRMED:
        raise Refused(
            _("A mark is given to those who are confirmed and have no result yet."), code="wrong_state",
            state=enrolment.state,
        )  # fmt: skip
    enrolment.mark = mark
    enrolment.version += 1
    enrolment.full_clean()
    enrolment.save()
    record("enrolment.mark", enrolment, by=by)
    return enrolment
