"""Writing an application: drafts that never block, papers, consents, and what is still missing."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from portal import clock, files
from portal.audit import record
from portal.errors import Refused
from portal.thai.citizens import without_citizen_numbers
from training import rules
from training.models import Application, ApplicationDocument, AreaChoice, Consent
from training.models.application import SECTION_FIELDS
from training.states import (
    EDITABLE,
    REQUIRED_DOCUMENTS,
    UNSUCCESSFUL,
    ApplicationSection,
    ApplicationState,
    DocumentKind,
)

PAPERS = {"pdf", "png", "jpg", "jpeg"}
FORGOTTEN_AFTER = UNSUCCESSFUL
KEPT_UNSUCCESSFUL = timedelta(days=365)
KEPT_SUCCESSFUL_YEARS = 5
OPTIONAL = {"phone", "address", "project_idea"}


def forget_at(application):
    """When what is personal in an application that came to nothing is forgotten: a year after its result."""
    return clock.now() + KEPT_UNSUCCESSFUL


@transaction.atomic
def begin(generation, *, by):
    """The draft application of `by` to a generation that takes applications; the one begun before, if there is one."""
    found = Application.objects.filter(generation=generation, applicant=by).first()
    if found:
        return found
    if not generation.takes_applications(clock.now()):
        raise Refused(_("Applications to this generation are closed."), code="call_closed")
    application = Application.objects.create(
        generation=generation, applicant=by, first_name=by.first_name, last_name=by.last_name, email=by.email,
        phone=by.phone,
    )  # fmt: skip
    rules.know_anew(by)
    record("application.start", application, by=by)
    return application


def may_write(application, *, by, section=None):
    """PermissionDenied for others; Refused when the application, or this section of it, cannot be written now."""
    if application.applicant_id != by.pk:
        raise PermissionDenied(_("Only the applicant writes an application."))
    if application.state not in EDITABLE:
        raise Refused(
            _("The application is sent, so it stays as it is."), code="section_closed", state=application.state
        )
    if application.state == ApplicationState.INCOMPLETE and section != ApplicationSection.DOCUMENTS:
        raise Refused(_("Only the papers are asked for again."), code="section_closed", state=application.state)
    if application.state == ApplicationState.DRAFT and not application.generation.takes_applications(clock.now()):
        raise Refused(_("Applications to this generation are closed."), code="call_closed", state=application.state)


@transaction.atomic
def write(application, section, *, by, version=None, values=None, typed=None, areas=None):
    """Write a section: `values` that fit, `typed` words that do not fit yet, `areas` ranked; the fresh application.

    One UPDATE decides between two tabs: Refused `lost_race` when `version` is not the last.
    """
    application = Application.objects.select_related("generation").get(pk=application.pk)
    may_write(application, by=by, section=section)
    if version is not None and version != application.version:
        raise _lost(application)
    words = {**application.typed}
    words[section] = {name: without_citizen_numbers(str(text)) for name, text in (typed or {}).items()}
    words = {name: kept for name, kept in words.items() if kept}
    rows = Application.objects.filter(pk=application.pk, version=application.version)
    fresh = {**(values or {}), "typed": words, "version": application.version + 1, "changed_at": clock.now()}
    for name, value in fresh.items():
        setattr(application, name, value)
    application.clean_fields(exclude={f.name for f in Application._meta.fields} - set(fresh))
    if not rows.update(**fresh):
        raise _lost(application)
    if areas is not None:
        application.choices.all().delete()
        AreaChoice.objects.bulk_create(
            AreaChoice(application=application, rank=rank, local_government=place)
            for rank, place in enumerate(areas, start=1)
        )
    return application


def _lost(application):
    return Refused(
        _("This was changed in another window. Reload the page to see it."), code="lost_race", state=application.state
    )


@transaction.atomic
def add_document(application, upload, *, by, kind):
    """The new paper of a kind, in the place of the one before. ValidationError for a file that cannot be taken."""
    may_write(application, by=by, section=ApplicationSection.DOCUMENTS)
    stored = files.store(upload, by=by, only=PAPERS)
    application.documents.filter(kind=kind, removed_at=None).update(removed_at=clock.now())
    document = ApplicationDocument.objects.create(application=application, kind=kind, file=stored)
    _count_up(application)
    record("application.upload", document, by=by, details={"kind": kind})
    return document


@transaction.atomic
def remove_document(document, *, by):
    may_write(document.application, by=by, section=ApplicationSection.DOCUMENTS)
    if ApplicationDocument.objects.filter(pk=document.pk, removed_at=None).update(removed_at=clock.now()):
        _count_up(document.application)


def _count_up(application):
    application.version += 1
    Application.objects.filter(pk=application.pk).update(version=application.version, changed_at=clock.now())


@transaction.atomic
def set_consents(application, purposes, *, by, notice=None, has_read=None):
    """Give and withdraw consents so that exactly `purposes` are given; with `has_read` the notice is read.

    Withdrawing is possible in every state; the notice is accepted only while the application is written.
    """
    if application.applicant_id != by.pk:
        raise PermissionDenied(_("Only the applicant decides this."))
    if application.anonymised_at:
        raise Refused(_("The personal data of this application are erased."), code="erased")
    notice = notice or application.generation.notice()
    given = application.consents.filter(withdrawn_at=None)
    for consent in given.exclude(purpose__in=purposes):
        Consent.objects.filter(pk=consent.pk).update(withdrawn_at=clock.now())
        record("consent.withdraw", consent, by=by, details={"purpose": consent.purpose})
    for purpose in sorted(set(purposes) - set(given.values_list("purpose", flat=True))):
        consent = Consent.objects.create(application=application, purpose=purpose, notice=notice)
        record("consent.give", consent, by=by, details={"purpose": purpose, "notice": notice.edition})
    if has_read is not None and application.state in EDITABLE:
        application.notice = notice if has_read else None
        application.notice_read_at = clock.now() if has_read else None
        Application.objects.filter(pk=application.pk).update(
            notice=application.notice, notice_read_at=application.notice_read_at
        )
    _count_up(application)
    return application


# What is missing


def what_is_missing(application):
    """What keeps an application from being sent, as `[{"section", "code", "detail"}]`, in the order of the sections."""
    return [row for section in ApplicationSection for row in missing_in(application, section)]


def missing_in(application, section):
    """What is missing in one section."""
    rows = []

    def lacks(code, detail):
        rows.append({"section": section.value, "code": code, "detail": detail})

    for name in application.typed.get(section, {}):
        label = Application._meta.get_field(name).verbose_name if name in _columns() else name
        lacks(f"{name}_invalid", _("Mend “%(name)s”.") % {"name": label})
    for name in SECTION_FIELDS.get(section, ()):
        if name in OPTIONAL or name in application.typed.get(section, {}):
            continue
        if getattr(application, name) in (None, ""):
            label = Application._meta.get_field(name).verbose_name
            lacks(f"{name}_missing", _("Fill in “%(name)s”.") % {"name": label})
    match section:
        case ApplicationSection.AREAS:
            if not application.choices.exists():
                lacks("areas_missing", _("Choose at least one area."))
        case ApplicationSection.DOCUMENTS:
            rows += _papers_missing(application)
        case ApplicationSection.CONSENTS:
            notice = application.generation.notice()
            if application.notice_id is None or (notice and application.notice_id != notice.pk):
                lacks("notice_missing", _("Read the privacy notice and confirm it."))
    return rows


def _papers_missing(application):
    there = dict(application.documents.filter(removed_at=None).values_list("kind", "uploaded_at"))
    wanted, rows = set(REQUIRED_DOCUMENTS), []
    asked_at = application.state_since if application.state == ApplicationState.INCOMPLETE else None
    for kind in DocumentKind:
        again = asked_at is not None and kind in application.asked_documents
        if (kind in wanted and kind not in there) or (again and (kind not in there or there[kind] < asked_at)):
            text = _("Upload again: %(name)s.") if again else _("Upload: %(name)s.")
            rows.append(
                {"section": "documents", "code": f"{kind}_missing", "detail": text % {"name": DocumentKind(kind).label}}
            )
    return rows


def _columns():
    return {field.name for field in Application._meta.concrete_fields}
