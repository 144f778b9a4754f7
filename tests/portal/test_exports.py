"""Exports: Thai comes through, and nothing that a person typed becomes a formula."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.exports import LEADERS, Column, csv_response, write_xlsx, xlsx_response

COLUMNS = [
    Column("ชื่อ", "name"),
    Column("รหัส", "code", "code"),
    Column("จังหวัด", "province.name"),
    Column("บาท", "amount", "money"),
    Column("จำนวน", "count", "number"),
    Column("วันที่", "on", "date"),
    Column("เวลา", "at", "moment"),
    Column("ใช่", lambda row: row.count > 1),
]
ROW = SimpleNamespace(
    name="เทศบาลนครเชียงใหม่",
    code="04500101",
    province=SimpleNamespace(name="เชียงใหม่"),
    amount=Decimal("-1234.50"),
    count=-2,
    on=date(2026, 11, 23),
    at=datetime(2026, 11, 23, 7, 30, tzinfo=UTC),
)
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
HOSTILE = st.tuples(st.sampled_from([*LEADERS, " =", "\u00a0+"]), CELLS).map("".join)


def cells_of_csv(columns, rows):
    response = csv_response(columns, iter(rows), "list.csv")
    text = b"".join(response.streaming_content).decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


def sheet_of(columns, rows, notes=()):
    file = io.BytesIO()
    write_xlsx(file, columns, iter(rows), notes)
    return openpyxl.load_workbook(io.BytesIO(file.getvalue()))


def test_csv_says_each_kind_its_way():
    heading, row = cells_of_csv(COLUMNS, [ROW])

    assert heading == [column.heading for column in COLUMNS]
    assert row[:7] == [
        "เทศบาลนครเชียงใหม่", "04500101", "เชียงใหม่", "-1234.50", "-2", "2026-11-23", "2026-11-23T14:30:00+07:00",
    ]  # fmt: skip


def test_xlsx_is_a_sheet_that_an_office_can_use():
    book = sheet_of(COLUMNS, [ROW], notes=[("ที่มา", "=พอร์ทัล")])
    sheet, notes = book.worksheets

    assert [cell.value for cell in sheet[1]] == [column.heading for column in COLUMNS]
    assert [cell.value for cell in sheet[2]][:6] == [
        ROW.name, ROW.code, "เชียงใหม่", -1234.5, -2, datetime(2026, 11, 23),
    ]  # fmt: skip
    assert sheet["G2"].value == datetime(2026, 11, 23, 14, 30)
    assert (sheet["B2"].data_type, sheet["B2"].number_format) == ("s", "@")
    assert sheet["D2"].number_format == "#,##0.00"
    assert sheet["F2"].number_format == "[$-th-TH,107]d mmmm yyyy"
    assert sheet["A1"].font.bold and (sheet["A2"].font.name, sheet["A2"].font.size) == ("TH Sarabun New", 16)
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:H2")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.print_title_rows == "$1:$1"
    assert (notes["A1"].value, notes["B1"].value, notes["B1"].data_type) == ("ที่มา", "=พอร์ทัล", "s")


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(HOSTILE, min_size=1, max_size=50))
def test_no_text_becomes_a_formula(texts):
    columns = [Column("=หัว", lambda text: text)]

    in_csv = cells_of_csv(columns, texts)
    in_xlsx = sheet_of(columns, texts).worksheets[0]

    assert in_csv[0] == ["'=หัว"]
    assert [row[0] for row in in_csv[1:]] == [f"'{text}" for text in texts]
    assert {cell.data_type for row in in_xlsx.iter_rows() for cell in row} == {"s"}


def test_missing_values_and_links_are_empty():
    row = SimpleNamespace(name=None, province=None)
    columns = [Column("name", "name"), Column("province", "province.name")]

    assert cells_of_csv(columns, [row])[1] == ["", ""]
    assert [cell.value for cell in sheet_of(columns, [row]).worksheets[0][2]] == [None, None]


def test_wrong_attribute_is_our_mistake():
    with pytest.raises(AttributeError):
        cells_of_csv([Column("name", "nmae")], [ROW])


def test_rows_are_read_as_they_are_sent():
    read = []

    def rows():
        for number in range(3):
            read.append(number)
            yield SimpleNamespace(name=str(number))

    stream = iter(csv_response([Column("name", "name")], rows(), "list.csv").streaming_content)
    next(stream)
    next(stream)

    assert read == [0]


def test_downloads_are_named_in_thai_and_not_kept():
    response = xlsx_response(COLUMNS, iter([ROW]), "รายการ.xlsx")

    assert "filename*=utf-8''%E0%B8%A3" in response["Content-Disposition"]
    assert response["Cache-Control"] == "no-store"
    assert b"".join(response.streaming_content)[:2] == b"PK"
