"""An application laid out for people who read it: each answer with its question, and what is new in a renewal."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from portal.thai.dates import thaidate
from portal.thai.money import baht
from providers.applying import answers, revising
from providers.applying.renewing import certification_answers, price_answers, product_answers
from providers.states import Section


@dataclass
class Answer:
    """One question with what was said; `before` is what the register holds, where that differs.

    `is_of_return`: `before` is what was said when the application was returned.
    """

    label: str
    text: str
    error: str = ""
    before: str = ""
    is_of_return: bool = False


@dataclass
class Row:
    """One row of a section: its name, its answers, its file, and the rows beneath it.

    `is_new` to the register; `is_added` since the application was returned, or given another file.
    """

    title: str
    answers: list
    entry: object = None
    is_new: bool = False
    is_added: bool = False
    children: list = field(default_factory=list)


def read_application(application):
    """The sections of `application`, for reading, by their codes; prices stand beneath their products.

    After a return also `revision`, and what is new among rows and documents since then is marked `is_added`.
    """
    entries = list(application.entries.select_related("product", "price", "certification", "file").order_by("pk"))
    prices = {}
    for entry in entries:
        if entry.section == Section.PRICES:
            prices.setdefault(entry.parent_id, []).append(row_of(entry, application))
    products = [row_of(entry, application) for entry in entries if entry.section == Section.PRODUCTS]
    for row in products:
        row.children = prices.get(row.entry.pk, [])
    documents = list(application.documents.filter(removed_at=None).select_related("kind", "file"))
    for one in documents:
        one.is_added = revising.is_added(application, Section.DOCUMENTS, one.pk, one.file_id)
    return {
        "company": _since_return(application, Section.COMPANY),
        "products": products,
        "certifications": [row_of(entry, application) for entry in entries if entry.section == Section.CERTIFICATIONS],
        "attestations": _since_return(application, Section.ATTESTATIONS),
        "documents": documents,
        "revision": revising.revision(application),
    }


def _since_return(application, section):
    held = revising.before(application, section)
    return read_answers(section, getattr(application, section), held, is_of_return=True)


def row_of(entry, application):
    """An entry for reading, beside each answer that differs what the register holds, or what was returned."""
    held = held_by_register(entry)
    known = held if held is not None else revising.before(application, entry.section, entry.pk)
    lines = read_answers(entry.section, entry.answers, known, is_of_return=held is None)
    is_added = revising.is_added(application, entry.section, entry.pk, entry.file_id)
    return Row(str(entry), lines, entry, is_new=held is None, is_added=is_added)


def held_by_register(entry):
    """What the register holds of the row that `entry` would change, as answers; None for a new one."""
    if entry.product:
        return product_answers(entry.product)
    if entry.price:
        return price_answers(entry.price)
    return certification_answers(entry.certification) if entry.certification else None


def read_answers(section, typed, held=None, *, is_of_return=False):
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
            found.append(Answer(str(field_.label), text, error, (old or _("empty")) if changed else "", is_of_return))
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
