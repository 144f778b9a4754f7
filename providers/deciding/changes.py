"""Changes between renewals: contact and description at once; price, name and certification after a check."""

from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from portal import access, clock, files
from portal.audit import plain, record
from portal.errors import Refused
from providers import notices
from providers.applying import answers
from providers.applying.renewing import certification_answers, price_answers
from providers.deciding import approving
from providers.deciding.listing_acts import clear_flags
from providers.models import Certification, Change
from providers.public.publishing import changing, touch
from providers.states import AT_ONCE, ChangeKind, ChangeState, Section

COMPANY_DETAILS = ("phone", "email", "website", "address", "description_th", "description_en")
PRODUCT_DETAILS = ("warranty", "standards", "description_th", "description_en", "has_api")
NAMES = ("name_th", "name_en")
SECTIONS = {ChangeKind.PRICE: Section.PRICES, ChangeKind.CERTIFICATION: Section.CERTIFICATIONS}


def fields_of(kind, product=None):
    """The fields that a change of `kind` may touch, on a product or on the company."""
    if kind == ChangeKind.NAME:
        return NAMES
    if kind == ChangeKind.DETAILS:
        return PRODUCT_DETAILS if product else COMPANY_DETAILS
    return approving.PRICE_FIELDS if kind == ChangeKind.PRICE else approving.CERTIFICATION_FIELDS


def present(kind, provider, *, product=None, price=None, certification=None):
    """What the register holds now of what a change of `kind` would touch, as answers by field name."""
    if kind == ChangeKind.PRICE:
        return price_answers(price) if price else {}
    if kind == ChangeKind.CERTIFICATION:
        return certification_answers(certification) if certification else {}
    return {name: getattr(product or provider, name) for name in fields_of(kind, product)}


def form_for(kind, data=None, *, product=None, initial=None):
    """The form that asks for a change of `kind`: the application's own questions, narrowed to what may change."""
    section = SECTIONS.get(kind) or (Section.PRODUCTS if product else Section.COMPANY)
    form = answers.FORMS[section](data, initial=initial)
    if section in {Section.PRODUCTS, Section.COMPANY}:
        wanted = fields_of(kind, product)
        form.fields = {name: field for name, field in form.fields.items() if name in wanted}
        form.clean = lambda: form.cleaned_data
    return form


def refuse_misplaced(provider, kind, *, product=None, price=None, certification=None):
    """Raise ValidationError where a change of `kind` is not about what is named, or that is another company's."""
    named = {"product": product, "price": price, "certification": certification}
    given = {name for name, one in named.items() if one is not None}
    fits = {
        ChangeKind.PRICE: [{"product"}, {"price"}],
        ChangeKind.CERTIFICATION: [set(), {"product"}, {"certification"}],
    }
    if given not in fits.get(kind, [set(), {"product"}]):
        raise ValidationError(
            _("A change of this kind is about something else. Name what it changes."), code="misplaced"
        )
    owners = {(one.product if name == "price" else one).provider_id for name, one in named.items() if one is not None}
    if owners - {provider.pk}:
        raise ValidationError(_("This belongs to another company."), code="misplaced")


def ask(provider, kind, data, *, by, product=None, price=None, certification=None, upload=None, note=""):
    """A change asked for by a representative; the Change, accepted already where its kind needs no check.

    Raises PermissionDenied, ValidationError for what does not fit, Refused: `nothing_changed`, `file_required`,
    `change_pending` while the same thing waits for a check.
    """
    capacity = access.capacity(by, "providers.ask_change", provider)
    if capacity is None:
        raise PermissionDenied(_("Only representatives of this company may ask for changes."))
    refuse_misplaced(provider, kind, product=product, price=price, certification=certification)
    form = form_for(kind, data, product=product)
    if not form.is_valid():
        raise ValidationError(form.errors.as_data())
    target = {"product": product, "price": price, "certification": certification}
    old = present(kind, provider, **target)
    new = {name: _as_answer(form.cleaned_data[name]) for name in form.fields}
    if all(new.get(name, "") == value for name, value in old.items()) and old:
        raise Refused(_("Nothing was changed."), code="nothing_changed")
    if kind == ChangeKind.CERTIFICATION and upload is None:
        raise Refused(_("Attach the certificate as a file."), code="file_required")
    if kind not in AT_ONCE and Change.objects.pending().filter(provider=provider, kind=kind, **target).exists():
        raise Refused(_("The same thing waits for a check already. Withdraw that change first."), code="change_pending")
    with changing(provider.pk):
        change = Change(provider=provider, kind=kind, old=old, new=new, note=note, asked_by=by, **target)
        change.file = files.store(upload, by=by) if upload else None
        change.full_clean()
        change.save()
        record("change.ask", change, by=by, capacity=capacity, details={"kind": kind})
        if kind in AT_ONCE:
            Change.objects.filter(pk=change.pk).update(state=ChangeState.ACCEPTED, decided_at=clock.now())
            change.refresh_from_db()
            enter(change, by=by)
        else:
            notices.change_asked(change)
    return change


def _as_answer(value):
    if hasattr(value, "code"):
        return value.code
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else value if isinstance(value, bool) else str(plain(value))


def still_fits(change, *, by):
    """Guard: what the register holds is still what the change was asked from."""
    target = {"product": change.product, "price": change.price, "certification": change.certification}
    if change.kind in SECTIONS and not any(target[key] for key in ("price", "certification")):
        return
    if present(change.kind, change.provider, **target) != change.old:
        raise Refused(
            _("The register has changed since this was asked for. Refuse it and have it asked for anew."),
            code="superseded",
            state=change.state,
        )


def enter(change, *, by):
    """Write an accepted change into the register; runs inside `publishing.changing()`."""
    form = form_for(change.kind, change.new, product=change.product)
    if not form.is_valid():
        raise ValidationError(form.errors.as_data())
    given = form.cleaned_data
    match change.kind:
        case ChangeKind.PRICE:
            approving.set_price(change.price.product if change.price else change.product, given, change.price)
        case ChangeKind.CERTIFICATION:
            _replace_certification(change, given, by)
        case _other:
            row = change.product or change.provider
            for name, value in given.items():
                setattr(row, name, value)
            row.full_clean()
            row.save()
    touch(change.provider)


def _replace_certification(change, given, by):
    old = change.certification
    new = Certification(
        provider=change.provider,
        product=change.product or (old.product if old else None),
        file=change.file,
        replaces=old,
        verified_by=by,
        verified_at=clock.now(),
        **given,
    )
    new.full_clean()
    new.save()
    if old is not None and new.is_valid_on(clock.today()):
        for listing in change.provider.listings.running():
            clear_flags(listing, "certification_lapsed", certification=old)
