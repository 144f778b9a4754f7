"""What an application still lacks. Section states, the check page, the API and the guard of submitting all ask here."""

from dataclasses import asdict, dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from portal import clock
from providers.applying import answers
from providers.models import CertificationKind, DocumentKind, Terms
from providers.states import Section, SellerRole

RESELLER_LETTER = "reseller_letter"


@dataclass(frozen=True)
class Missing:
    """One thing that is missing or does not fit, in the words of the person who mends it; `entry` is its row's key."""

    section: str
    code: str
    detail: str
    entry: int | None = None

    as_dict = asdict


def missing(application):
    """Everything that keeps `application` from being submitted, in the order of the sections."""
    rows = list(application.entries.select_related("file", "certification"))
    found = _of_forms(application, rows)
    found += _of_products(rows) + _listed_already(application, rows) + _of_certifications(rows)
    found += _of_documents(application, rows) + _to_confirm(application)
    return sorted(found, key=lambda one: list(Section).index(one.section))


def missing_by_section(application):
    """The same as a dict from every section to its list."""
    found = {section: [] for section in Section}
    for one in missing(application):
        found[one.section].append(one)
    return found


def _of_forms(application, rows):
    found = _ill_fitting(Section.COMPANY, application.company)
    found += _ill_fitting(Section.ATTESTATIONS, application.attestations)
    for entry in rows:
        found += _ill_fitting(entry.section, entry.answers, entry)
    return found


def _ill_fitting(section, typed, entry=None):
    form = answers.read(section, typed)
    name = f"{entry}: " if entry and not str(entry).isdigit() else ""
    return [
        Missing(section, f"{field}_{error.code or 'invalid'}", f"{name}{message}", entry.pk if entry else None)
        for field, errors in form.errors.as_data().items()
        for error in errors
        for message in error.messages
    ]


def _of_products(rows):
    products = [one for one in rows if one.section == Section.PRODUCTS]
    priced = {one.parent_id for one in rows if one.section == Section.PRICES}
    if not products:
        return [Missing(Section.PRODUCTS, "products_missing", _("Add at least one product."))]
    return [
        Missing(Section.PRICES, "prices_missing", _("Give at least one price for “%(name)s”.") % {"name": one}, one.pk)
        for one in products
        if one.pk not in priced
    ]


def _listed_already(application, rows):
    """A product is listed once: what stands in the account already is renewed or changed there."""
    running = application.provider.listings.running().filter(valid_until__gte=clock.today())
    listed = set(running.values_list("product__name_th", "product__edition"))
    text = _("“%(name)s” is listed already. Renew or change it there; for a new version, give its version here.")
    return [
        Missing(Section.PRODUCTS, "name_th_listed", text % {"name": one}, one.pk)
        for one in rows
        if one.section == Section.PRODUCTS
        and one.product_id is None
        and (one.answers.get("name_th", "").strip(), one.answers.get("edition", "").strip()) in listed
    ]


def _of_certifications(rows):
    found, good = [], False
    quality = set(CertificationKind.objects.filter(counts_as_quality=True).values_list("code", flat=True))
    until = clock.today() + timedelta(days=Terms.present().certification_days_left)
    for entry in rows:
        if entry.section != Section.CERTIFICATIONS:
            continue
        if entry.file is None and not (entry.certification and entry.certification.file_id):
            text = _("Attach the certificate %(name)s as a file.") % {"name": entry}
            found.append(Missing(Section.CERTIFICATIONS, "file_missing", text, entry.pk))
        form = answers.read(entry.section, entry.answers)
        if form.is_valid():
            expires = form.cleaned_data["expires_on"]
            good = good or (form.cleaned_data["kind"].code in quality and (expires is None or expires >= until))
    if not good:
        text = _("Add a quality certification that holds for at least %(days)d more days.")
        text %= {"days": Terms.present().certification_days_left}
        found.append(Missing(Section.CERTIFICATIONS, "quality_missing", text))
    return found


def _of_documents(application, rows):
    """Every kind that is required of all, and of resellers the letter of the owner."""
    resells = any(one.answers.get("seller_role") == SellerRole.RESELLER for one in rows)
    present = set(application.documents.filter(removed_at=None).values_list("kind_id", flat=True))
    asked = Q(is_required=True) | Q(code__in=[RESELLER_LETTER] if resells else [])
    wanted = DocumentKind.objects.filter(asked, is_active=True)
    return [
        Missing(Section.DOCUMENTS, f"{kind.code}_missing", _("Attach: %(name)s") % {"name": kind.name})
        for kind in wanted
        if kind.pk not in present
    ]


def _to_confirm(application):
    text = _("Look at this section again: it was copied from an earlier application.")
    return [Missing(section, "to_confirm", text) for section in application.to_confirm]
