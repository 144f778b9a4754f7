"""The one way to change what an application says. Pages and API both write inside `editing`."""

from contextlib import contextmanager

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from portal import access, clock, files
from portal.audit import record
from portal.errors import Refused
from providers.applying import answers
from providers.models import Application, ApplicationDocument, Entry
from providers.states import OPEN, ApplicationKind, ApplicationState, Section

MOST_PRODUCTS, MOST_ROWS = 30, 300
ROWS = frozenset({Section.PRODUCTS, Section.PRICES, Section.CERTIFICATIONS})


@contextmanager
def editing(application, section, *, by, version=None):
    """Give the fresh application for writing in `section`; afterwards version, moment and event are kept.

    Raises PermissionDenied, or Refused (`not_editable`, `section_closed`, `lost_race` when `version` is stale).
    """
    with transaction.atomic():
        fresh = Application.objects.select_related("provider").get(pk=application.pk)
        capacity = access.capacity(by, "providers.change_application", fresh)
        if capacity is None:
            raise PermissionDenied(_("Only representatives of this company may change its application."))
        refuse_unless_open(fresh, section)
        mine = Application.objects.filter(pk=fresh.pk, version=fresh.version, state=fresh.state)
        if version not in {None, fresh.version} or not mine.update(version=F("version") + 1, changed_at=clock.now()):
            raise Refused(
                _("This application was changed by someone else in the meantime. Reload it and try again."),
                code="lost_race",
                state=fresh.state,
            )
        fresh.version += 1
        yield fresh
        confirm(fresh, section)
        record("application.change", fresh, by=by, capacity=capacity, details={"section": section})


def refuse_unless_open(application, section):
    """Raise Refused when `section` may not be written now."""
    if not application.is_editable:
        text = _("This application is “%(state)s” and locked. Only a draft or a returned one can be changed.")
        text %= {"state": application.get_state_display()}
        raise Refused(text, code="not_editable", state=application.state)
    if section not in application.open_now:
        text = _("This section was not opened for revision: %(name)s.") % {"name": Section(section).label}
        facts = {"state": application.state, "open_sections": application.open_now}
        raise Refused(text, code="section_closed", **facts)


def start(provider, *, by):
    """A new draft for `provider`, whose company section says what the registry already holds.

    Raises PermissionDenied for others' companies and Refused (`application_open`) while another is under way.
    """
    if not by.has_perm("providers.add_application", provider):
        raise PermissionDenied(_("Only representatives of this company may apply for it."))
    with transaction.atomic():
        under_way = Application.objects.filter(provider=provider, kind=ApplicationKind.NEW, state__in=sorted(OPEN))
        if found := under_way.first():
            text = _("An application of this company is under way already. Go on with that one.")
            raise Refused(text, code="application_open", state=found.state, application=str(found.pk))
        application = Application.objects.create(provider=provider, started_by=by, company=company_answers(provider))
        record("application.start", application, by=by, after=application.state)
    return application


def company_answers(provider):
    """What the registry holds of a company, as answers."""
    return {
        "name_th": provider.name_th,
        "name_en": provider.name_en,
        "branch_code": provider.branch_code,
        "address": provider.address,
        "province": provider.province.code if provider.province else "",
        "founded_on": provider.founded_on.isoformat() if provider.founded_on else "",
        "is_vat_registered": provider.is_vat_registered,
        "phone": provider.phone,
        "email": provider.email,
        "website": provider.website,
        "description_th": provider.description_th,
        "description_en": provider.description_en,
    }


def answer(application, section, data, *, by, version=None):
    """Keep what `data` (a form's data, or a JSON object) answers in `company` or `attestations`; the application.

    Nothing is judged here: what does not fit is kept as typed and counts as missing.
    """
    with editing(application, section, by=by, version=version) as fresh:
        kept = {**getattr(fresh, section), **answers.as_typed(section, data)}
        setattr(fresh, section, kept)
        Application.objects.filter(pk=fresh.pk).update(**{section: kept})
    return fresh


def add_entry(application, section, data, *, by, parent=None, version=None, upload=None, **origin):
    """A new row of `section`; a price names its product's entry as `parent`. The Entry."""
    with editing(application, section, by=by, version=version) as fresh:
        if fresh.entries.count() >= MOST_ROWS or (
            section == Section.PRODUCTS and fresh.entries.filter(section=section).count() >= MOST_PRODUCTS
        ):
            text = _("An application has at most %(products)d products and %(rows)d rows.")
            text %= {"products": MOST_PRODUCTS, "rows": MOST_ROWS}
            raise Refused(text, code="too_many_rows", state=fresh.state)
        if section == Section.PRICES and (parent is None or parent.application_id != fresh.pk):
            raise ValidationError({"parent": _("A price belongs to a product of this application.")})
        entry = Entry(application=fresh, section=section, parent=parent, **origin)
        entry.answers = answers.as_typed(section, data)
        entry.file = files.store(upload, by=by) if upload else None
        entry.full_clean()
        entry.save()
    return entry


def change_entry(entry, data, *, by, version=None, upload=None):
    """Keep what `data` answers in a row; the Entry."""
    with editing(entry.application, entry.section, by=by, version=version):
        entry.answers = {**entry.answers, **answers.as_typed(entry.section, data)}
        if upload:
            entry.file = files.store(upload, by=by)
        entry.full_clean()
        entry.save()
    return entry


def remove_entry(entry, *, by, version=None):
    """Take a row off its application, and with a product its prices."""
    with editing(entry.application, entry.section, by=by, version=version):
        entry.delete()


def attach(application, kind, upload, *, by, version=None):
    """The new document of `kind` (a DocumentKind); an older one of its kind gives way and stays on record."""
    with editing(application, Section.DOCUMENTS, by=by, version=version) as fresh:
        file = files.store(upload, by=by)
        fresh.documents.filter(kind=kind, removed_at=None).update(removed_at=clock.now())
        return ApplicationDocument.objects.create(application=fresh, kind=kind, file=file, added_by=by)


def detach(document, *, by, version=None):
    """Take a document off its application; the file stays on record."""
    with editing(document.application, Section.DOCUMENTS, by=by, version=version):
        ApplicationDocument.objects.filter(pk=document.pk, removed_at=None).update(removed_at=clock.now())


def confirm(application, section):
    """Take `section` off those that wait for a second look; called by every change, and by the person's own tick."""
    if section in application.to_confirm:
        application.to_confirm = [one for one in application.to_confirm if one != section]
        Application.objects.filter(pk=application.pk).update(to_confirm=application.to_confirm)


def reuse(application, section, *, by):
    """Fill `section` from the company's last application that was decided, to be looked at again; how many rows.

    Raises Refused (`nothing_to_reuse`) where there was none.
    """
    last = (
        Application.objects.filter(provider=application.provider)
        .filter(state__in=[ApplicationState.APPROVED, ApplicationState.REJECTED])
        .exclude(pk=application.pk)
        .order_by("-decided_at")
        .first()
    )
    if last is None:
        raise Refused(_("There is no earlier application to copy from."), code="nothing_to_reuse")
    with editing(application, section, by=by) as fresh:
        copied = _copy(last, fresh, section, by)
    waiting = [*application.to_confirm, *([] if section in application.to_confirm else [section])]
    Application.objects.filter(pk=application.pk).update(to_confirm=waiting)
    return copied


def _copy(last, fresh, section, by):
    if section in {Section.COMPANY, Section.ATTESTATIONS}:
        Application.objects.filter(pk=fresh.pk).update(**{section: getattr(last, section)})
        return 1
    if section == Section.DOCUMENTS:
        kept = last.documents.filter(removed_at=None)
        fresh.documents.filter(kind__in=kept.values("kind"), removed_at=None).update(removed_at=clock.now())
        rows = [ApplicationDocument(application=fresh, kind=one.kind, file=one.file, added_by=by) for one in kept]
        return len(ApplicationDocument.objects.bulk_create(rows))
    copies = {}
    for entry in last.entries.filter(section__in=_with_prices(section)):
        copies[entry.pk] = Entry.objects.create(
            application=fresh,
            section=entry.section,
            parent=copies.get(entry.parent_id),
            answers=entry.answers,
            file=entry.file,
        )
    return len(copies)


def _with_prices(section):
    return [Section.PRODUCTS, Section.PRICES] if section == Section.PRODUCTS else [section]
