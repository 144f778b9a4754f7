import csv
import random

import pytest
from django.conf import settings
from django.db import connection

from portal.thai.sorting import CONSONANTS, LEADING_VOWELS, MARKS, VOWELS, sort_key

IN_ORDER = [
    "",
    "๑",
    "2",
    "กก",
    "กข",
    "ก่ข",
    "กระบี่",
    "กรุงเทพมหานคร",
    "กะ",
    "กา",
    "ก่า",
    "ก้า",
    "กำ",
    "เก",
    "เก่า",
    "แก",
    "ขอนแก่น",
    "ฤา",
    "ลา",
    "สตูล",
    "สุโขทัย",
    "แหง",
    "ไอ",
    "a",
    "A",
    "b",
]


def test_keys_follow_the_dictionary():
    shuffled = random.Random(1).sample(IN_ORDER, len(IN_ORDER))

    assert sorted(shuffled, key=sort_key) == IN_ORDER


@pytest.mark.parametrize("letter", ["\u0e33", "\u0e4b", "ก", "é", "각", "😀", "\u1fa7", "\u0307"])
def test_keys_are_lower_hexadecimal_of_bounded_length(letter):
    key = sort_key(letter * 500)

    assert set(key) <= set("0123456789abcdef")
    assert len(key) <= 2000


def test_keys_tell_apart_what_punctuation_parts():
    assert len({sort_key(text) for text in ("กข", "ก-ข", "ก ข", "ก.ข")}) == 4


def _real_names():
    names = set()
    for file in ("local_governments", "provinces", "districts", "subdistricts"):
        with open(settings.BASE_DIR / f"data/{file}.csv", encoding="utf-8-sig", newline="") as lines:
            names |= {row[column] for row in csv.DictReader(lines) for column in ("name_th", "name_en")}
    return names


def _made_up(count):
    """Any mix of Thai letters, marks, digits, Latin and punctuation.

    Marks right after punctuation are left out: ICU itself does not order them consistently.
    """
    chance = random.Random(2569)
    letters = [*CONSONANTS, *VOWELS, *LEADING_VOWELS * 6, *MARKS * 2, *"ๅำ๑7AbZ-. ฯๆ$฿"]
    texts = {"".join(chance.choices(letters, k=chance.randint(1, 7))) for _ in range(count)}
    return {
        text for text in texts if not any(b in MARKS and a in "-. ฯๆ" for a, b in zip(" " + text, text, strict=False))
    }


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's th-x-icu is the oracle")
@pytest.mark.parametrize("texts", [_real_names, lambda: _made_up(30_000)], ids=["real names", "made up"])
def test_keys_equal_the_order_of_postgresql(texts):
    texts = list(texts())
    assert len(texts) > 10_000

    with connection.cursor() as cursor:
        cursor.execute('SELECT name FROM unnest(%s) AS name ORDER BY name COLLATE "th-x-icu"', [texts])
        oracle = [name for (name,) in cursor]

    assert sorted(texts, key=sort_key) == oracle
