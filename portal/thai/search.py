"""Folding: what a text and a query become before one is looked for in the other."""

import re
import unicodedata

from portal.states import LocalGovernmentKind as Kind
from portal.thai.digits import to_arabic

_MUNICIPALITIES = {Kind.CITY_MUNICIPALITY, Kind.TOWN_MUNICIPALITY, Kind.SUBDISTRICT_MUNICIPALITY}
KIND_WORDS = {
    "องค์การบริหารส่วนจังหวัด": {Kind.PAO},
    "องค์การบริหารส่วนตำบล": {Kind.SAO},
    "อบจ": {Kind.PAO},
    "อบต": {Kind.SAO},
    "เทศบาลนคร": {Kind.CITY_MUNICIPALITY},
    "เทศบาลเมือง": {Kind.TOWN_MUNICIPALITY},
    "เทศบาลตำบล": {Kind.SUBDISTRICT_MUNICIPALITY},
    "เทศบาล": _MUNICIPALITIES,
    "ทน": {Kind.CITY_MUNICIPALITY},
    "ทม": {Kind.TOWN_MUNICIPALITY},
    "ทต": {Kind.SUBDISTRICT_MUNICIPALITY},
}
_AREA_WORDS = "จังหวัด|อำเภอ|กิ่งอำเภอ|ตำบล|แขวง"
# Short forms need their last full stop or a space (ทนง is a name); a lone จ. อ. ต. must lead a word (จ.ป.ร. is a name).
_PREFIX = re.compile(
    r"(?<!\S)(?:"
    r"(?P<kind>องค์การบริหารส่วน(?:จังหวัด|ตำบล)|เทศบาล(?:นคร|เมือง|ตำบล)?|(?:อ\.?\s?บ\.?\s?[จต]|ท\.?\s?[นมต])(?:\.|\s|$))"
    rf"|{_AREA_WORDS}|[จอต]\.(?=\s*[ก-๎]{{2}})"
    r")\s*"
)
_TONE_MARKS = dict.fromkeys(map(ord, "\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e4e"))
_NOT_WORDS = re.compile(r"[^\w\u0e31\u0e34-\u0e3a\u0e47\u0e4d]|_|[ฯๆ]")


def squash(text):
    """`text` in lower case without spaces, punctuation and tone marks, with Arabic digits, ำ and แ in one way."""
    text = unicodedata.normalize("NFC", to_arabic(text)).lower()
    text = text.translate(_TONE_MARKS).replace("\u0e4dา", "ำ").replace("เเ", "แ")
    return _NOT_WORDS.sub("", text)


def fold(text):
    """`text` squashed, and without the words for kinds of places, so that `อบต. หนองบัว` meets `ต.หนองบัว`.

    What is nothing but such a word stays, squashed.
    """
    return squash(_PREFIX.sub(" ", text)) or squash(text)


def kinds_named(text):
    """The kinds of local government that `text` begins with: `เทศบาลหนองบัว` gives the three municipal ones."""
    found = _PREFIX.match(text.strip())
    word = re.sub(r"[.\s]", "", found["kind"] or "") if found else ""
    return KIND_WORDS.get(word, set())
