"""The public lists as tables: the same rows flat, for spreadsheets.

Rows of today come from columns, as tuples; those of a day past from bodies. A cell says the same in both.
"""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from tempfile import SpooledTemporaryFile

from django.db import connection
from django.db.models import TextField, Value
from django.db.models.functions import Cast, NullIf
from django.utils.translation import gettext_lazy as _

from portal import exports
from portal.exports import BOM, Column, inert
from providers.states import RUNNING

PART = 2000
SPOOLED = 2**22
SUSPECT = re.compile(r'[,\n](?:"?[ \u00a0\u200b\ufeff]*[=+\-@\t＝＋－＠]|"[ \u00a0\u200b\ufeff]*[\r\n])')


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
    """The parts of a CSV of `rows` (of texts and dates), with the mark that spreadsheets want."""
    yield BOM + _written([headings])
    rows = iter(rows)
    while part := list(islice(rows, PART)):
        yield _defused(_written(part))


def copied_lines(headings, cells, rows):
    """The same of a queryset, written by PostgreSQL itself at one moment, and kept aside until it is sent."""
    yield BOM + _written([headings])
    texts = (NullIf(Cast(cell.path, TextField()), Value("", TextField())) for cell in cells)
    sql, params = rows.values_list(*texts).query.sql_with_params()
    with SpooledTemporaryFile(SPOOLED) as kept:
        lines = _Lines(kept)
        with connection.cursor() as cursor, connection.wrap_database_errors:
            asked = cursor.mogrify(sql, params).decode()
            cursor.copy_expert(f"COPY ({asked}) TO STDOUT WITH (FORMAT csv)", lines)
        lines.keep()
        kept.seek(0)
        yield from iter(lambda: kept.read(2**16), b"")


class _Lines:
    """Takes the rows of a COPY one by one, and keeps them in parts with the line ends of a CSV."""

    def __init__(self, file):
        self.file, self.rows = file, []

    def write(self, row):
        self.rows.append(row[:-1])
        if len(self.rows) == PART:
            self.keep()

    def keep(self):
        text = b"\r\n".join([*self.rows, b""]).decode()
        self.file.write(_defused(text).encode())
        self.rows.clear()


def _written(rows):
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def _defused(text):
    """Lines of a CSV in which no cell can be taken for a formula, as in every other export."""
    if not SUSPECT.search(f"\n{text}"):
        return text
    return _written([inert(cell) for cell in row] for row in csv.reader(StringIO(text, newline="")))


def xlsx_response(cells, rows, filename, notes):
    columns = [Column(str(cell.heading), lambda row, n=n: str(row[n] or ""), cell.kind) for n, cell in enumerate(cells)]
    return exports.xlsx_response(columns, rows, filename, notes)
