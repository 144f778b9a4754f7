"""Renewal: one screen that knows what the registry holds, and asks only for what changed or lapsed."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from portal import clock
from portal.audit import record
from portal.errors import Refused
from providers.applying.drafting import company_answers
from providers.models import Application, ApplicationDocument, Entry, Terms
from providers.states import OPEN, ApplicationKind, ApplicationState, Section

GRACE_FOR_LATE = timedelta(days=365)
LAPSING_DOCUMENTS = frozenset({"company_certificate"})


def renewable(provider, day):
    """The listings of `provider` that may be renewed on `day`: near their end, or ended within the year."""
    opens = day + timedelta(days=Terms.present().renewal_window_days)
    near = provider.listings.running().filter(valid_until__lte=opens)
    late = provider.listings.filter(state="expired", valid_until__gte=day - GRACE_FOR_LATE)
    return (near | late).select_related("product").order_by("pk")


def start_renewal(provider, *, by):
    """A renewal of every listing of `provider` that may be renewed, filled with what the registry holds.

    Raises PermissionDenied, or Refused: `application_open`, `nothing_to_renew`.
    """
    if not by.has_perm("providers.add_application", provider):
        raise PermissionDenied(_("Only representatives of this company may apply for it."))
    with transaction.atomic():
        if found := Application.objects.filter(
            provider=provider, kind=ApplicationKind.RENEWAL, state__in=sorted(OPEN)
        ).first():
            text = _("A renewal is under way already. Go on with that one.")
            raise Refused(text, code="application_open", state=found.state, application=str(found.pk))
        products = {one.product_id: one.product for one in renewable(provider, clock.today())}
        if not products:
            days = Terms.present().renewal_window_days
            text = _("There is nothing to renew yet: renewal opens %(days)d days before the end.") % {"days": days}
            raise Refused(text, code="nothing_to_renew")
        application = Application.objects.create(
            provider=provider, kind=ApplicationKind.RENEWAL, started_by=by, company=company_answers(provider)
        )
        for product in products.values():
            _take_over(application, product)
        for certification in provider.certifications.filter(replaced_by=None, withdrawn_on=None):
            Entry.objects.create(
                application=application,
                section=Section.CERTIFICATIONS,
                certification=certification,
                answers=certification_answers(certification),
            )
        _take_over_documents(application, by)
        record("application.start", application, by=by, after=application.state)
    return application


def _take_over_documents(application, by):
    """The documents of the company's last approved application, but for those that must be new each time."""
    last = Application.objects.filter(provider=application.provider, state=ApplicationState.APPROVED)
    if (last := last.order_by("-decided_at").first()) is None:
        return
    kept = last.documents.filter(removed_at=None, kind__is_active=True).exclude(kind__code__in=LAPSING_DOCUMENTS)
    ApplicationDocument.objects.bulk_create(
        ApplicationDocument(application=application, kind=one.kind, file=one.file, added_by=by)
        for one in kept.select_related("kind", "file")
    )


def _take_over(application, product):
    entry = Entry.objects.create(
        application=application, section=Section.PRODUCTS, product=product, answers=product_answers(product)
    )
    for price in product.prices.in_force(clock.today()):
        Entry.objects.create(
            application=application, section=Section.PRICES, parent=entry, price=price, answers=price_answers(price)
        )


def product_answers(product):
    """What the registry holds of a product, as answers."""
    from providers.deciding.approving import PRODUCT_FIELDS

    return {name: getattr(product, name) for name in PRODUCT_FIELDS} | {
        "categories": [one.code for one in product.categories.all()],
        "provinces": [one.code for one in product.provinces.all()],
    }


def price_answers(price):
    return {
        "label_th": price.label_th,
        "label_en": price.label_en,
        "unit": price.unit,
        "price_baht": str(price.price_baht),
        "min_term_months": str(price.min_term_months or ""),
    }


def certification_answers(one):
    return {
        "kind": one.kind.code,
        "number": one.number,
        "issuer": one.issuer,
        "scope": one.scope,
        "level": one.level,
        "issued_on": one.issued_on.isoformat(),
        "expires_on": one.expires_on.isoformat() if one.expires_on else "",
    }


def changed_entries(application):
    """The entries of a renewal that say something else than the register, or are new."""
    found = []
    for entry in application.entries.select_related("product", "price", "certification"):
        held = (
            (entry.product and product_answers(entry.product))
            or (entry.price and price_answers(entry.price))
            or (entry.certification and certification_answers(entry.certification))
        )
        if held is None or any(entry.answers.get(name, "") != value for name, value in held.items()):
            found.append(entry)
    return found
