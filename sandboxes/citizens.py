"""Residents: told and asked before go-live, and heard while the pilot runs."""

import secrets

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from portal import access, clock, files
from portal.audit import record
from portal.errors import Refused
from portal.thai.digits import to_arabic
from portal.thai.workdays import add_working_days
from sandboxes import notices
from sandboxes.models import Feedback, Pilot, ResidentNotice
from sandboxes.states import FeedbackKind

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
WORKING_DAYS = {FeedbackKind.COMPLAINT: 7, FeedbackKind.FEEDBACK: 15}


def record_notice(pilot, *, by, kind, on, how, people_count=None, summary="", file=None):
    """Record that residents were told, or asked; it lies in the past, because it has happened."""
    capacity = access.capacity(by, "sandboxes.change_pilot", pilot)
    if capacity is None:
        raise PermissionDenied(_("Only officers of this local government record this."))
    if on > clock.today():
        raise ValidationError({"on": _("Record it once it has happened.")}, code="in_the_future")
    with transaction.atomic():
        notice = ResidentNotice(
            pilot=pilot, kind=kind, on=on, how=how, people_count=people_count, summary=summary, recorded_by=by
        )
        notice.file = files.store(file, by=by) if file else None
        notice.full_clean()
        notice.save()
        Pilot.objects.filter(pk=pilot.pk).update(version=F("version") + 1)
        record("pilot.tell_residents", notice, by=by, capacity=capacity, details={"kind": kind, "on": on})
    return notice


def new_tracking_no():
    """A number that nobody guesses, easy to read aloud: `K7M3-9QXW-T4`."""
    text = "".join(secrets.choice(LETTERS) for _place in range(10))
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"


def give_feedback(pilot, *, kind, text, contact=""):
    """The new `Feedback` of a citizen on a published pilot; no account is asked for."""
    if not pilot.is_published:
        raise Refused(_("This pilot takes no feedback."), code="not_public")
    with transaction.atomic():
        due_on = add_working_days(clock.today(), WORKING_DAYS[kind])
        feedback = Feedback(
            pilot=pilot, kind=kind, text=text, contact=contact, due_on=due_on, tracking_no=new_tracking_no()
        )
        feedback.full_clean()
        feedback.save()
        record("pilot.feedback", feedback, by=None, details={"kind": kind})
        notices.feedback_received(feedback)
    return feedback


def find_feedback(text):
    """The feedback with this tracking number, however it was typed, or None."""
    letters = "".join(one for one in to_arabic(text).upper() if one.isalnum())
    if len(letters) != 10:
        return None
    number = f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"
    return Feedback.objects.select_related("pilot__local_government").filter(tracking_no=number).first()


def answer(feedback, *, by, text):
    """Answer a citizen; said once, read by the tracking number."""
    capacity = access.capacity(by, "sandboxes.answer_feedback", feedback)
    if capacity is None:
        raise PermissionDenied(_("The local government or the case officer answers."))
    with transaction.atomic():
        mine = Feedback.objects.unanswered().filter(pk=feedback.pk)
        if not mine.update(answer=text, answered_at=clock.now(), answered_by=by):
            raise Refused(_("This was already answered."), code="already_answered")
        Pilot.objects.filter(pk=feedback.pilot_id).update(version=F("version") + 1)
        record("pilot.answer_feedback", feedback, by=by, capacity=capacity)
    feedback.refresh_from_db()
    return feedback
