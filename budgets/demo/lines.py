"""Lines of the state budget of 2565 that a smart-city proposal can grow from, and why the others cannot.

Source: `data/budget_lines_2565.csv` (see `data/README.md`), book 16 of the budget document, read by OCR. It names
projects of provincial organisations, cities and towns only; those of smaller local governments are invented elsewhere.
"""

import csv
import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

FILE = "budget_lines_2565.csv"
YEAR = "2565"
LEAST, MOST = Decimal(500_000), Decimal(30_000_000)
LONGEST_HEAD = 120

THEME_WORDS = [
    ("traffic", ("สัญญาณไฟจราจร", "สัญลักษณ์จราจร")),
    ("city_data", ("สารสนเทศ", "ใยแก้วนำแสง", "โครงข่าย", "คอมพิวเตอร์")),
    ("safety", ("วิเคราะห์เหตุการณ์", "ดับเพลิง", "บรรทุกน้ำ")),
    ("ageing", ("การแพทย์", "ช่องปาก", "คนชรา", "ผู้สูงอายุ")),
    ("waste_energy", ("ขยะ", "สิ่งปฏิกูล", "พลังงาน", "ไฟฟ้าสาธารณะ", "แสงสว่างภายใน", "ระบบไฟฟ้า")),
    ("flood", ("ระบายน้ำ", "สูบน้ำ", "เขื่อน", "น้ำท่วม", "จัดการน้ำ", "กระจายเสียง")),
    ("traffic", ("ถนน", "ผิวจราจร", "สะพาน", "ทางเท้า")),
]
OFF_THEME = ("ทัศนียภาพ", "ท่าเทียบเรือ", "เดินชม", "ท่องเที่ยว", "ศึกษาธรรมชาติ")
MISREAD = {
    "สารสนเทศต้าน": "สารสนเทศด้าน",
    "ช่อมปรับปรุง": "ซ่อมปรับปรุง",
    "แอลฟัลต์": "แอสฟัลต์",
    "เอนกประสงค์": "อเนกประสงค์",
    "ดิจิตอล": "ดิจิทัล",
}
# What follows these words is technical detail or the address.
DETAIL = re.compile(
    r"\s(?:ปริมาตร|หรือกำลัง|กว้าง|ขนาดผิว|ขนาดกว้าง|ผิวจราจรกว้าง|ระยะทาง|ตำบล|อำเภอ|หมู่ที่|โดยวิธี|\(โดยวิธี|โดยการ|ช่วง|"
    r"รหัส|หนา|พื้นที่|ความยาว|ความจุ|ขนาดความจุ|บรรจุ|มีถัง|ขนาดกำลัง|เมืองพัทยา อำเภอ|บริเวณ|จาก|สาย|ศูนย์|"
    r"สถานสงเคราะห์|องค์การบริหาร|ระยะที่)"
)
COUNT = re.compile(r"([\d,]+)\s*(คัน|แห่ง|สาย|สายทาง|รายการ|ชุด|เครื่อง|หลัง)\s*(?:\(.*\))?\s*$")
SUMMED = re.compile(r"ราคาต่อหน่วย|รวม .*รายการ")
NOISE = re.compile(
    r"[^\u0e00-\u0e7fA-Za-z0-9 .,\-()/]|[\u0e00-\u0e7f][A-Za-z]|\s[\u0e30-\u0e39\u0e47-\u0e4e]|\d[\u0e01-\u0e4e]"
)


@dataclass(frozen=True)
class Line:
    """A usable line: `code` of the local government, the theme that it suits, what is bought and for how much."""

    code: str
    theme: str
    head: str
    text: str
    quantity: int
    unit: str
    amount_baht: Decimal
    page: str
    book: str


def usable_lines(path=None):
    """The usable lines, in the document's order, and a Counter of why the others are not."""
    lines, reasons = [], Counter()
    with open(path or settings.BASE_DIR / "data" / FILE, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            line = adapted(row)
            if isinstance(line, Line):
                lines.append(line)
            else:
                reasons[line] += 1
    return lines, reasons


def adapted(row):
    """The `Line` of a row of the file, or in a few words why there is none."""
    text, amount = corrected(row["item"]), Decimal(row["amount_baht"] or 0)
    if row["investment"] != "True":
        return "grants and salaries, no investment"
    if row["fiscal_year_be"] != YEAR:
        return "shares of other fiscal years"
    if not row["lgo_code"]:
        return "no such local government"
    if SUMMED.search(text):
        return "several things in one sum"
    if "ค่าจ้าง" in text or "จ้างที่ปรึกษา" in text:
        return "fees of consultants"
    if not LEAST <= amount <= MOST:
        return "amount too small or too large"
    theme = next((theme for theme, words in THEME_WORDS if any(word in text for word in words)), None)
    if theme is None or any(word in text for word in OFF_THEME):
        return "no smart-city theme fits"
    head, counted = head_of(text), COUNT.search(text)
    if row["ocr_flag"] or counted is None or not 8 <= len(head) <= LONGEST_HEAD or NOISE.search(head):
        return "text not legible enough"
    quantity = int(counted[1].replace(",", ""))
    return Line(
        row["lgo_code"],
        theme,
        head,
        text,
        quantity,
        counted[2],
        amount,
        row["page"],
        row["ref_doc"].partition(".3.")[2],
    )


def corrected(text):
    """`text` in single spaces, with the known misreadings put right."""
    text = " ".join(text.split())
    for wrong, right in MISREAD.items():
        text = text.replace(wrong, right)
    return text


def head_of(text):
    """The name of the project, without what follows it."""
    head = DETAIL.split(COUNT.sub("", text), maxsplit=1)[0].strip(" -,.")
    return re.sub(r"^(?:โครงการ|การ)(?=ก่อสร้าง|ปรับปรุง|จัดทำ|เพิ่ม)", "", head).strip()
