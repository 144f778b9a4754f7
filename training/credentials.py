"""Issuing certificates, and what ends them."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from portal import clock
from portal.audit import record
from training import badges, enrolling, numbers
from training.models import Credential
from training.service import add_months
from training.states import CredentialKind, CredentialState, Level

MASK = "•"


@transaction.atomic
def issue_for_enrolment(enrolment, *, by):
    """The Credential of somebody who passed a run."""
    course, learner = enrolment.run.course, enrolment.learner
    until = None
    if course.credential_months:
        until = add_months(clock.today(), course.credential_months) - timedelta(days=1)
    return _issue(
        numbers.serial(course.code, clock.today()),
        by=by,
        kind=CredentialKind.COURSE,
        learner=learner,
        enrolment=enrolment,
        local_government=enrolment.office,
        holder_th=learner.full_name,
        holder_en=learner.name_en,
        title_th=course.name_th,
        title_en=course.name_en,
        level=course.level,
        hours=course.hours,
        signatory_name=course.signatory_name,
        signatory_title=course.signatory_title,
        valid_until=until,
    )


@transaction.atomic
def issue_for_placement(placement, *, by):
    """The Credential of an ambassador who completed the service."""
    generation = placement.generation
    until = None
    if generation.credential_years:
        until = add_months(clock.today(), generation.credential_years * 12) - timedelta(days=1)
    return _issue(
        numbers.serial(f"SCA{generation.number}", clock.today()),
        by=by,
        kind=CredentialKind.AMBASSADOR,
        learner=enrolling.learner_of(placement.ambassador),
        placement=placement,
        local_government=placement.local_government,
        holder_th=placement.application.full_name or str(placement.ambassador),
        title_th=generation.name_th,
        title_en=generation.name_en,
        level=Level.AMBASSADOR,
        valid_until=until,
    )


def _issue(serial, *, by, **fields):
    credential = Credential(serial=serial, issued_at=clock.now(), **{"issued_on": clock.today(), **fields})
    credential.status_index = numbers.next_in("credential:status") - 1
    credential.badge, credential.key_id = badges.sign(badges.payload(credential))
    credential.full_clean()
    credential.save()
    record("credential.issue", credential, by=by, details={"serial": serial})
    return credential


COPIED = (
    "kind", "learner", "enrolment", "placement", "local_government", "title_th", "title_en", "level", "hours",
    "signatory_name", "signatory_title", "issued_on", "valid_until", "shares_name", "shares_office",
)  # fmt: skip


def issue_again(credential, *, by, holder_th, holder_en=""):
    """The certificate that takes the place of one that ended, with the holder's corrected name.

    It bears the day of the first award: a corrected name is no new training.
    """
    code = credential.serial.split("-", 2)[2].rpartition("-")[0]
    return _issue(
        numbers.serial(code, clock.today()),
        by=by,
        replaces=credential,
        holder_th=holder_th,
        holder_en=holder_en,
        **{name: getattr(credential, name) for name in COPIED},
    )


@transaction.atomic
def share(credential, *, by, shares_name, shares_office):
    """The holder decides what the public page shows besides the status."""
    if credential.learner is None or credential.learner.user_id != by.pk:
        raise PermissionDenied(_("The holder decides what is shown."))
    Credential.objects.filter(pk=credential.pk).update(shares_name=shares_name, shares_office=shares_office)
    details = {"shares_name": shares_name, "shares_office": shares_office}
    record("credential.share", credential, by=by, details=details)
    credential.refresh_from_db()
    return credential


def initials(name):
    """The first letter of each part of a name: what stands on the public page unless the holder shows more."""
    parts = [part.lstrip("เแโใไ")[:1] for part in name.split()]
    return " ".join(f"{letter}." for letter in parts if letter)


def public_view(credential):
    """What anyone may know of a certificate: its worth today, what it is for, and what the holder shares."""
    standing = credential.standing(clock.today())
    successor = Credential.objects.filter(replaces=credential).first()
    holder = credential.holder_th if credential.shares_name else initials(credential.holder_th)
    return {
        "serial": credential.serial,
        "status": standing,
        "kind": credential.kind,
        "title_th": credential.title_th,
        "title_en": credential.title_en,
        "level": credential.level,
        "hours": credential.hours,
        "issued_on": credential.issued_on,
        "valid_until": credential.valid_until,
        "ended_on": credential.ended_at and credential.ended_at.astimezone(clock.BANGKOK).date(),
        "holder": holder,
        "office": credential.local_government if credential.shares_office else None,
        "replaced_by": successor.serial if successor and standing == CredentialState.REPLACED else None,
    }


def ended_in(number):
    """The status indices of list `number` whose certificates were revoked or replaced."""
    first = number * badges.LIST_LENGTH
    ended = Credential.objects.exclude(state=CredentialState.VALID)
    return ended.filter(status_index__gte=first, status_index__lt=first + badges.LIST_LENGTH).values_list(
        "status_index", flat=True
    )
