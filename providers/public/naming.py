"""The names behind the codes of a public text, in the language of the reader."""

from dataclasses import dataclass

from django.db.models import CharField, IntegerField, Value

from portal.models import Province
from portal.thai.dates import is_thai
from providers.models import Category, CertificationKind


@dataclass(frozen=True)
class Name:
    """One row of a list that is kept: `parent` is the code of its group, or None."""

    question: str
    code: str
    label: str
    parent: str | None = None


def names():
    """Every category, kind of certification and province as a `Name`, each list in its own order; one query."""
    nothing, first = Value(None, CharField()), Value(0, IntegerField())
    told = ("name_th", "name_en")
    categories = Category.objects.order_by().values_list(
        Value("category"), "code", *told, "parent__code", "order", "name_sort_key"
    )
    kinds = CertificationKind.objects.order_by().values_list(
        Value("certification"), "code", *told, nothing, "order", "name_sort_key"
    )
    provinces = Province.objects.order_by().values_list(
        Value("province"), "code", *told, nothing, first, "name_sort_key"
    )
    rows = sorted(categories.union(kinds, provinces, all=True), key=lambda row: (row[5], row[6]))
    return [
        Name(question, code, (thai if is_thai() else english) or thai, parent)
        for question, code, thai, english, parent, _order, _key in rows
    ]


def by_code():
    """The label of each (question, code)."""
    return {(one.question, one.code): one.label for one in names()}
