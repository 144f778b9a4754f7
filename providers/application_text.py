"""An application laid out for people who read it: each answer with its question, and what is new in a renewal."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from portal.thai.dates import thaidate
from portal.thai.money import baht
from providers import answers
from providers.renewing import certification_answers, price_answers, product_answers
from providers.states import Section


@dataclass
class Answer:
    """One question with what was said; `before` is what the register holds, where that differs."""

    label: str
    text: str
    error: str = ""
    before: str = ""


@dataclass
class Row:
    """One row of a section: its name, its answers, its file, and the rows beneath it."""

    title: str
    answers: list
    entry: object = None
    is_new: bool = False
    children: list = field(default_factory=list)


def read_application(application):
    """The sections of `application`, for reading, by their codes; prices stand beneath their products."""
    entries = list(application.entries.select_related("product", "price", "certification", "file").order_by("pk"))
    prices = {}
    for entry in entries:
        if entry.section == Section.PRICES:
            prices.setdefault(entry.parent_id, []).append(row_of(entry))
    products = [row_of(entry) for entry in entries if entry.section == Section.PRODUCTS]
    for row in products:
        row.children = prices.get(row.entry.pk, [])
    return {
        "company": read_answers(Section.COMPANY, application.company),
        "products": products,
        "certifications": [row_of(entry) for entry in entries if entry.section == Section.CERTIFICATIONS],
        "attestations": read_answers(Section.ATTESTATIONS, application.attestations),
        "documents": list(application.documents.filter(removed_at=None).select_related("kind", "file")),
    }


def row_of(entry):
    """An entry for reading, with what the register holds beside every answer that differs."""
    held = held_by_register(entry)
    return Row(str(entry), read_answers(entry.section, entry.answers, held), entry, is_new=held is None)


def held_by_register(entry):
    """What the register holds of the row that `entry` would change, as answers; None for a new one."""
    if entry.product:
        return product_answers(entry.product)
    if entry.price:
        return price_answers(entry.price)
    return certification_answers(entry.certification) if entry.certification else None


def read_answers(section, typed, held=None):
    """The answers of one row as `Answer`s, in the order of the questions; those left empty are left out."""
    form = answers.read(section, typed)
    form.is_valid()
    before = answers.read(section, held) if held is not None else None
    if before is not None:
        before.is_valid()
    found = []
    for name, field_ in form.fields.items():
        text = spoken(field_, form.cleaned_data.get(name, typed.get(name)))
        old = spoken(field_, before.cleaned_data.get(name)) if before is not None else ""
        error = " ".join(form.errors.get(name, []))
        changed = before is not None and old != text
        if text or error or changed:
            found.append(Answer(str(field_.label), text, error, (old or _("empty")) if changed else ""))
    return found


def spoken(field_, value):
    """A cleaned value in words."""
    if value is None or value in ("", []):
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if hasattr(value, "year"):
        return thaidate(value)
    if hasattr(value, "as_tuple"):
        return baht(value)
    if hasattr(value, "_meta"):
        return str(value)
    if not isinstance(value, str) and hasattr(value, "__iter__"):
        return ", ".join(spoken(field_, one) for one in value)
    labels = dict(getattr(field_, "choices", [])) if not hasattr(field_, "queryset") else {}
    return str(labels.get(value, value))
