"""The registrar's checklist and the assessor's judgements: written while the application is in their hands."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from portal import access, clock
from portal.audit import record
from portal.errors import Refused
from providers.lifecycle.application import unjudged
from providers.models import Assessment, DocumentCheck, Judgement
from providers.states import ApplicationState, Outcome


def note_check(application, item, outcome, note="", *, by):
    """Keep what the registrar found at one line of the checklist; the DocumentCheck."""
    capacity = _in_hand(application, "providers.check_application", ApplicationState.CHECKING, by)
    if outcome != Outcome.PASSED and not note:
        raise Refused(_("Say what is wrong or unclear."), code="note_required", state=application.state)
    with transaction.atomic():
        check, _made = DocumentCheck.objects.update_or_create(
            application=application,
            item=item,
            defaults={"outcome": outcome, "note": note, "by": by, "at": clock.now()},
        )
        details = {"item": item.code, "outcome": outcome}
        record("application.check", application, by=by, capacity=capacity, details=details)
    return check


def judge(application, criterion, outcome, evidence, *, by):
    """Keep the assessor's judgement of one criterion; the Judgement."""
    _in_hand(application, "providers.assess_application", ApplicationState.ASSESSING, by)
    _is_the_assessor(application, by)
    with transaction.atomic():
        assessment = assessment_of(application, by=by)
        judgement, _made = Judgement.objects.update_or_create(
            assessment=assessment, criterion=criterion, defaults={"outcome": outcome, "evidence": evidence}
        )
        Assessment.objects.filter(pk=assessment.pk).update(changed_at=clock.now(), finished_at=None)
    return judgement


def advise(application, advice, comment="", note="", *, by):
    """Finish the assessment with an advice to the approver; the Assessment.

    Raises Refused: `criteria_unjudged`, `evidence_required`, `comment_required`.
    """
    capacity = _in_hand(application, "providers.assess_application", ApplicationState.ASSESSING, by)
    _is_the_assessor(application, by)
    if left := unjudged(application):
        text = _("Judge every criterion first: %(first)s.") % {"first": left[0].name}
        raise Refused(text, code="criteria_unjudged", state=application.state)
    assessment = assessment_of(application, by=by)
    bare = assessment.judgements.exclude(outcome=Outcome.PASSED).filter(evidence="").select_related("criterion").first()
    if bare:
        text = _("Give the evidence for “%(name)s”.") % {"name": bare.criterion.name}
        raise Refused(text, code="evidence_required", state=application.state)
    if not comment and assessment.judgements.exclude(outcome=Outcome.PASSED).exists():
        text = _("Say to the applicant what did not pass.")
        raise Refused(text, code="comment_required", state=application.state)
    with transaction.atomic():
        assessment.assessor, assessment.advice = by, advice
        assessment.comment, assessment.note = comment, note
        assessment.changed_at = assessment.finished_at = clock.now()
        assessment.full_clean()
        assessment.save()
        record("application.assess", application, by=by, capacity=capacity, details={"advice": advice})
    return assessment


def assessment_of(application, *, by):
    """The application's assessment, begun by `by` where there is none."""
    assessment, _made = Assessment.objects.get_or_create(application=application, defaults={"assessor": by})
    return assessment


def _is_the_assessor(application, by):
    if application.assessor_id != by.pk:
        raise PermissionDenied(_("Another assessor has this application in hand."))


def _in_hand(application, permission, state, by):
    capacity = access.capacity(by, permission, application)
    if capacity is None:
        raise PermissionDenied(_("This step is not for your role or place."))
    if application.state != state:
        text = _("This is not possible while the application is “%(state)s”.")
        raise Refused(text % {"state": application.get_state_display()}, code="wrong_state", state=application.state)
    return capacity
