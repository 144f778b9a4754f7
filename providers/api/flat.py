"""The public lists as tables: the same rows flat, for spreadsheets.

Rows of today come from columns, as tuples; those of a day past from bodies. A cell says the same in both.
"""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from itertools import islice

from django.utils.translation import gettext_lazy as _

from portal import exports
from portal.exports import BOM, Column, inert
from providers.states import RUNNING

PART = 2000
SUSPECT = re.compile(r'(?:^|,|\n)"?[ \u00a0\u200b\ufeff]*[=+\-@\t\r＝＋－＠]|"[ \u00a0\u200b\ufeff]*\n', re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """One column of a table: its heading, the path of its column, and where a body has it (a path, or a function)."""

    heading: str
    path: str
    member: str | Callable
    kind: str = "text"

    def of(self, body):
        if callable(self.member):
            return self.member(body)
        for name in self.member.split("."):
            body = body[name] if body is not None else None
        return body if body is not None else ""


PROVIDER = [
    Cell(_("Id"), "id", "id", "code"),
    Cell(_("Juristic number"), "juristic_number", "juristic_number", "code"),
    Cell(_("Name in Thai"), "name_th", "name_th"),
    Cell(_("Name in English"), "name_en", "name_en"),
    Cell(_("Status"), "standing", "status"),
    Cell(_("Listed until"), "listed_until", "listed_until", "code"),
    Cell(_("Province code"), "province__code", "province", "code"),
    Cell(_("Address"), "address", "address"),
    Cell(_("Telephone"), "phone", "phone", "code"),
    Cell(_("E-mail"), "email", "email"),
    Cell(_("Website"), "website", "website"),
    Cell(_("Company status"), "company_status", "company_status"),
]


def _listed_until(product):
    return product["listing"]["valid_until"] if product["status"] in RUNNING else ""


PRODUCT = [
    Cell(_("Id"), "id", "id", "code"),
    Cell(_("Product in Thai"), "name_th", "name_th"),
    Cell(_("Product in English"), "name_en", "name_en"),
    Cell(_("Kind"), "kind", "kind"),
    Cell(_("Version"), "edition", "version", "code"),
    Cell(_("Status"), "standing", "status"),
    Cell(_("Listed until"), "listed_until", _listed_until, "code"),
    Cell(_("Hosting"), "hosting", "hosting"),
    Cell(_("Role under the PDPA"), "pdpa_role", "pdpa_role"),
    Cell(_("Sold as"), "seller_role", "seller_role"),
    Cell(_("Juristic number"), "provider__juristic_number", "provider.juristic_number", "code"),
    Cell(_("Provider in Thai"), "provider__name_th", "provider.name_th"),
]
LISTING = [
    Cell(_("Id"), "id", "id", "code"),
    Cell(_("Certificate number"), "certificate_no", "certificate_no", "code"),
    Cell(_("Status"), "state", "status"),
    Cell(_("From"), "valid_from", "valid_from", "code"),
    Cell(_("Last day"), "valid_until", "valid_until", "code"),
    Cell(_("Reason"), "reason_class", "reason_class"),
    Cell(_("Suspended on"), "suspended_on", "suspended_on", "code"),
    Cell(_("Barred until"), "barred_until", "barred_until", "code"),
    Cell(_("Juristic number"), "provider__juristic_number", "provider.juristic_number", "code"),
    Cell(_("Provider in Thai"), "provider__name_th", "provider.name_th"),
    Cell(_("Product in Thai"), "product__name_th", "product.name_th"),
]


def rows_of(bodies, cells):
    """Bodies as rows."""
    return ([cell.of(body) for cell in cells] for body in bodies)


def headings(cells):
    """The first row, in the reader's language; to be asked before anything streams."""
    return [inert(str(cell.heading)) for cell in cells]


def csv_lines(headings, rows):
    """The parts of a CSV of `rows` (of texts and dates), with the mark that spreadsheets want.

    A cell that a spreadsheet could take for a formula is defused as in every other export; whole parts in which none
    looks so are written as they are.
    """
    yield BOM + _written([headings])
    rows = iter(rows)
    while part := list(islice(rows, PART)):
        text = _written(part)
        if SUSPECT.search(text):
            text = _written([inert("" if cell is None else str(cell)) for cell in row] for row in part)
        yield text


def _written(rows):
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def xlsx_response(cells, rows, filename, notes):
    columns = [Column(str(cell.heading), lambda row, n=n: str(row[n] or ""), cell.kind) for n, cell in enumerate(cells)]
    return exports.xlsx_response(columns, rows, filename, notes)
