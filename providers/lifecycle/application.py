"""Application for listing: documents by the registrar, technique by an assessor, decision by a third person."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import clock
from portal.errors import Refused
from portal.lifecycle import Step
from portal.step_forms import NoteForm, ReasonForm
from portal.thai.dates import thaidate
from portal.thai.workdays import add_working_days
from providers import notices
from providers.applying import revising
from providers.applying.completeness import missing
from providers.deciding import approving
from providers.deciding.listing_acts import APPLICATION as SERIES
from providers.deciding.listing_acts import let_go, next_number
from providers.lifecycle.listing import RegistryLifecycle
from providers.models import Application, ChecklistItem, Criterion, Terms
from providers.rules import speaks_for
from providers.states import Advice, ApplicationKind, Outcome, Section
from providers.states import ApplicationState as S
from providers.step_forms import ApproveForm, ReturnForm

# Guards


def representative_is_confirmed(application, *, by):
    if not speaks_for(by, application.provider):
        raise Refused(
            _("The registrar has not yet confirmed that you speak for this company. You can go on writing meanwhile."),
            code="representative_not_confirmed",
            state=application.state,
        )


def is_complete(application, *, by):
    lacks = missing(application)
    if lacks:
        raise Refused(
            _("The application is not complete: %(first)s") % {"first": lacks[0].detail},
            code="incomplete",
            state=application.state,
            missing=[one.as_dict() for one in lacks],
        )


def company_operates(application, *, by):
    if application.provider.has_ceased:
        raise Refused(
            _("The company is “%(status)s” at the Department of Business Development.")
            % {"status": application.provider.get_company_status_display()},
            code="company_ceased",
            state=application.state,
        )


def is_not_barred(application, *, by):
    if until := barred_until(application.provider):
        raise Refused(
            _("After a revocation this company may apply again from %(day)s.") % {"day": thaidate(until)},
            code="barred",
            state=application.state,
        )


def barred_until(provider):
    """The day from which `provider` may apply again after a revocation, or None where it may now."""
    barred = provider.listings.filter(state="revoked", barred_until__gt=clock.today())
    return barred.order_by("-barred_until").values_list("barred_until", flat=True).first()


def has_waited(application, *, by):
    if day := waits_until(application.provider):
        raise Refused(
            _("After a rejection a new application may be handed in from %(day)s.") % {"day": thaidate(day)},
            code="too_soon",
            state=application.state,
        )


def waits_until(provider):
    """The day from which `provider` may hand in again after its last rejection, or None where it may now."""
    wait = timedelta(days=Terms.present().reapply_after_days)
    rejected = Application.objects.filter(provider=provider, state=S.REJECTED, decided_at__gt=clock.now() - wait)
    last = rejected.order_by("-decided_at").values_list("decided_at", flat=True).first()
    return (last + wait).astimezone(clock.BANGKOK).date() if last else None


def documents_passed(application, *, by):
    found = dict(application.checks.values_list("item_id", "outcome"))
    open_items = [one for one in ChecklistItem.objects.filter(is_active=True) if found.get(one.pk) != Outcome.PASSED]
    if open_items:
        raise Refused(
            _("Not every document has passed the registrar's check: %(first)s.") % {"first": open_items[0].name},
            code="documents_not_passed",
            state=application.state,
        )


def is_not_the_registrar(application, *, by):
    if application.registrar_id == by.pk:
        raise PermissionDenied(_("Who checked the documents does not assess the product."))


def assessment_is_finished(application, *, by):
    assessment = getattr(application, "assessment", None)
    if assessment is None or assessment.finished_at is None:
        raise Refused(
            _("The assessor has not finished: a decision needs the assessment."),
            code="no_assessment",
            state=application.state,
        )


def is_a_third_person(application, *, by):
    if by.pk in {application.registrar_id, application.assessor_id}:
        raise PermissionDenied(_("Who checked or assessed an application does not decide it."))


# Effects


def stamp_submission(application, *, by, **_details):
    now = clock.now()
    application.submitted_by, application.submitted_at, application.waiting_since = by, now, now
    application.number = application.number or next_number(SERIES)
    application.open_sections, application.return_reasons, application.return_due_on = [], [], None
    application.due_on = add_working_days(clock.today(), Terms.present().check_working_days)


def take_as_registrar(application, *, by, **_details):
    application.registrar, application.waiting_since = by, clock.now()


def take_as_assessor(application, *, by, **_details):
    application.assessor, application.waiting_since = by, clock.now()
    application.due_on = add_working_days(clock.today(), Terms.present().assessment_working_days)


def open_for_revision(application, *, by, sections, due_on, **_details):
    wanted = {row["section"] for row in sections}
    if wanted & {Section.PRODUCTS, Section.PRICES}:
        wanted |= {Section.PRODUCTS, Section.PRICES}
    application.open_sections = [one.value for one in Section if one in wanted]
    application.return_reasons, application.return_due_on = sections, due_on
    text = revising.text_of(application)
    application.returned = {"on": clock.today().isoformat(), "reasons": sections, "text": text}
    application.returned_from, application.waiting_since = application.previous_state, clock.now()
    application.due_on = due_on


def begin_assessing_anew(application, *, by, **_details):
    """What was found stays on record with the event; the lines to look at again are open again."""
    if application.previous_state == S.ASSESSING and hasattr(application, "assessment"):
        type(application.assessment).objects.filter(application=application).update(finished_at=None)


def stamp_decision(application, *, by, reason="", **_details):
    application.approver, application.decided_at, application.decision_reason = by, clock.now(), reason
    application.due_on = None


def reason_against_advice(application, *, by, reason="", **_details):
    if application.assessment.advice == Advice.REJECT and not reason:
        raise Refused(
            _("The assessor advises against it. Say why you approve."), code="reason_required", state=S.ASSESSING
        )


def enter_in_register(application, *, by, **_details):
    approving.enter(application, by=by)


def let_listings_go(application, *, by, **_details):
    if application.kind == ApplicationKind.RENEWAL:
        for listing in application.provider.listings.running().exclude(held_past=None):
            let_go(listing, by=by)


def clear_due(application, *, by, **_details):
    application.due_on = None


def tell(notice):
    def effect(application, *, by, **details):
        notice(application, by=by, **details)

    return effect


APPLICATION = RegistryLifecycle(
    "application",
    S,
    [
        Step("submit", L("Hand in the application"), frozenset({S.DRAFT, S.RETURNED}), S.SUBMITTED,
             "providers.submit_application",
             guards=[representative_is_confirmed, is_not_barred, has_waited, company_operates, is_complete],
             effects=[stamp_submission], after=[tell(notices.application_submitted)]),
        Step("start_check", L("Begin to check the documents"), frozenset({S.SUBMITTED}), S.CHECKING,
             "providers.check_application", effects=[take_as_registrar], form=NoteForm),
        Step("return", L("Return for revision"), frozenset({S.CHECKING}), S.RETURNED, "providers.check_application",
             effects=[open_for_revision], after=[tell(notices.application_returned)], form=ReturnForm),
        Step("start_assessment", L("Begin to assess"), frozenset({S.CHECKING}), S.ASSESSING,
             "providers.assess_application", guards=[is_not_the_registrar, documents_passed],
             effects=[take_as_assessor], form=NoteForm),
        Step("approve", L("Approve and list"), frozenset({S.ASSESSING}), S.APPROVED, "providers.decide_application",
             guards=[is_a_third_person, assessment_is_finished, company_operates, is_complete],
             effects=[reason_against_advice, stamp_decision],
             after=[enter_in_register, tell(notices.application_approved)], form=ApproveForm),
        Step("reject", L("Reject"), frozenset({S.ASSESSING}), S.REJECTED, "providers.decide_application",
             guards=[is_a_third_person, assessment_is_finished], effects=[stamp_decision],
             after=[let_listings_go, tell(notices.application_rejected)], form=ReasonForm, danger=True),
        Step("return", L("Return for revision"), frozenset({S.ASSESSING}), S.RETURNED, "providers.return_assessment",
             effects=[open_for_revision], after=[begin_assessing_anew, tell(notices.application_returned)],
             form=ReturnForm),
        Step("withdraw", L("Withdraw the application"),
             frozenset({S.DRAFT, S.RETURNED, S.SUBMITTED, S.CHECKING, S.ASSESSING}), S.WITHDRAWN,
             "providers.withdraw_application", effects=[clear_due], after=[let_listings_go], form=ReasonForm,
             danger=True),
    ],
    start=S.DRAFT,
    ends=frozenset({S.APPROVED, S.REJECTED, S.WITHDRAWN}),
)  # fmt: skip


def unjudged(application):
    """The criteria in use that the assessment of `application` does not judge yet."""
    assessment = getattr(application, "assessment", None)
    judged = set(assessment.judgements.values_list("criterion_id", flat=True)) if assessment else set()
    return [one for one in Criterion.objects.filter(is_active=True) if one.pk not in judged]
