"""Erasing: on the person's wish, or by rule when the time of keeping has passed. Statistics stay right."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from portal import clock
from portal.audit import record
from portal.errors import Refused
from portal.models import User
from portal.models.outbox import Notice
from training.models import Application, Attendance, Consent, Credential, Enrolment, Erasure, Learner, Placement
from training.models.application import SECTION_FIELDS
from training.states import APPLICATION_ENDS, OCCUPIES, EnrolmentState, LeaveKind

# What statistics need stays: age, degree and home province name nobody.
KEPT = {"degree", "home_province", "is_civil_servant", "has_other_stipend"}
NEEDED_WHILE_SERVING = ("first_name", "last_name", "phone", "email", "address")
NULLED = {"born_on", "graduated_year"}
OPEN = frozenset({EnrolmentState.REQUESTED, EnrolmentState.CONFIRMED, EnrolmentState.WAITLISTED})
CONTACTS = {"email": "", "phone": "", "position": "", "claim_code": ""}

# Applicants and ambassadors


@transaction.atomic
def erase(application, *, by):
    """Erase an applicant's data on their wish: an application that still runs is withdrawn first.

    While the person serves as an ambassador the contract needs the name and the contacts: everything else goes at
    once, and these when the service has ended.
    """
    if application.applicant_id != by.pk:
        raise PermissionDenied(_("Only the applicant may ask for this."))
    if serves(application):
        record("application.hide", application, by=by)
        return hide(application)
    application = withdrawn(application)
    record("application.erase", application, by=by)
    return anonymise(application, is_by_rule=False)


def serves(application):
    """Whether the service that the application led to goes on or is planned."""
    placement = getattr(application, "placement", None)
    return placement is not None and placement.state in OCCUPIES


def hide(application):
    """Erase what the contract of a service does not need; the timer erases the rest once the service has ended."""
    _empty(application, set(NEEDED_WHILE_SERVING))
    application.keep_until = clock.now()
    application.version += 1
    application.save()
    _drop_beside(application)
    return application


def withdrawn(application):
    """The application in an end state: one that still runs is withdrawn in the applicant's name."""
    from training.lifecycle import APPLICATION

    if application.state in APPLICATION_ENDS or application.applicant is None:
        return application
    return APPLICATION.take(application, "withdraw", by=application.applicant)


@transaction.atomic
def anonymise_by_rule(application):
    """Forget what is personal: the time of keeping has passed."""
    return anonymise(Application.objects.get(pk=application.pk), is_by_rule=True)


@transaction.atomic
def forget_service(placement):
    """Forget who served: five years after the service. The days, the money and the area stay."""
    application = Application.objects.get(pk=placement.application_id)
    if application.anonymised_at is None:
        anonymise(application, is_by_rule=True)
    Application.objects.filter(pk=application.pk).update(applicant=None)
    Placement.objects.filter(pk=placement.pk).update(ambassador=None)
    record("placement.forget", placement, by=User.objects.timer())


def anonymise(application, *, is_by_rule):
    """The application without anything that names or describes the person."""
    _empty(application)
    application.anonymised_at, application.keep_until = clock.now(), None
    placement = getattr(application, "placement", None)
    if placement is None:
        application.applicant = None
    else:
        _empty_service(placement)
    application.version += 1
    application.save()
    _drop_beside(application)
    Erasure.objects.create(application=application.pk, is_by_rule=is_by_rule)
    _empty_letters(Application, [application.pk])
    return application


def _empty(application, needed=frozenset()):
    """Empty the fields of the form, but what statistics need and `needed`."""
    for name in (name for names in SECTION_FIELDS.values() for name in names):
        if name not in KEPT | needed:
            setattr(application, name, None if name in NULLED else "")
    application.typed, application.decision_note = {}, ""


def _drop_beside(application):
    """Drop the papers and the members' notes, and end every consent."""
    for document in application.documents.select_related("file"):
        drop_file(document)
    application.evaluations.update(note="")
    Consent.objects.filter(application=application, withdrawn_at=None).update(withdrawn_at=clock.now())


def _empty_service(placement):
    """What somebody wrote and why they were away. That they served, and what they were paid, the law keeps longer."""
    placement.reports.update(work="", results="", problems="", return_reason="")
    placement.leaves.update(kind=LeaveKind.OTHER)
    placement.projects.update(role_th="")
    placement.postings.update(reason="")
    Placement.objects.filter(pk=placement.pk).update(end_reason="")


def drop_file(document):
    """Remove a paper and its content, unless the same content belongs to somebody else's paper too."""
    stored = document.file
    document.delete()
    name, storage = stored.file.name, stored.file.storage
    stored.delete()
    if not type(stored).objects.filter(file=name).exists():
        transaction.on_commit(lambda: storage.delete(name))


def _empty_letters(model, keys):
    told = Notice.objects.filter(case_type=model._meta.label_lower, case_id__in=keys)
    told.update(body="", email="", url="")


# Learners


@transaction.atomic
def erase_learning(*, by):
    """Erase the learning record of `by` on their wish: seats are given back, certificates stay without the name.

    Refused `no_record`.
    """
    from training.lifecycle import ENROLMENT

    learner = Learner.objects.filter(user=by).first()
    if learner is None:
        raise Refused(_("There is no learning record of yours."), code="no_record")
    for enrolment in learner.enrolments.filter(state__in=OPEN).order_by("pk"):
        ENROLMENT.take(enrolment, "cancel", by=by)
    record("learner.erase", learner, by=by)
    return anonymise_learner(learner, is_by_rule=False)


@transaction.atomic
def forget_learner(learner):
    """Forget somebody whom an office enrolled and who never came for the record, five years after the last run.

    A certificate keeps its name, so that it can be checked; only the contacts go then.
    """
    if learner.credentials.exists():
        Learner.objects.filter(pk=learner.pk).update(**CONTACTS)
        record("learner.forget_contacts", learner, by=User.objects.timer())
        return learner
    return anonymise_learner(learner, is_by_rule=True)


def anonymise_learner(learner, *, is_by_rule):
    """The learner without anything that names the person; results and certificates stay for the statistics."""
    for name, value in {"first_name": "", "last_name": "", "name_en": "", **CONTACTS}.items():
        setattr(learner, name, value)
    learner.user, learner.local_government, learner.erased_at = None, None, clock.now()
    learner.save()
    enrolments = list(Enrolment.objects.filter(learner=learner).values_list("pk", flat=True))
    Enrolment.objects.filter(pk__in=enrolments).update(reason="")
    Enrolment.history.filter(id__in=enrolments).update(reason="")
    Attendance.objects.filter(enrolment__in=enrolments).update(reason="")
    awards = Credential.objects.filter(learner=learner)
    awarded = list(awards.values_list("pk", flat=True))
    awards.update(
        learner=None, holder_th="", holder_en="", badge="", end_reason="", shares_name=False, shares_office=False
    )
    Erasure.objects.create(learner=learner.pk, is_by_rule=is_by_rule)
    _empty_letters(Enrolment, enrolments)
    _empty_letters(Credential, awarded)
    return learner
