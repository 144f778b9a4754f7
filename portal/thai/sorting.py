"""Thai dictionary order as a string, so that any database sorts it alike.

The order is that of CLDR's Thai collation with punctuation ignored: digits, then Thai, then Latin; a leading
vowel counts after its consonant; tone marks, then letter case, decide only between texts that are otherwise equal.
"""

import unicodedata

from portal.thai import digits

LONGEST = 100

LEADING_VOWELS = "เแโใไ"
CONSONANTS = "กขฃคฅฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรฤลฦวศษสหฬอฮ"
NIKHAHIT = "\u0e4d"
VOWELS = NIKHAHIT + "ะ\u0e31า\u0e34\u0e35\u0e36\u0e37\u0e38\u0e39" + LEADING_VOWELS + "\u0e3a"
MARKS = "\u0e4e\u0e4c\u0e47\u0e48\u0e49\u0e4a\u0e4b"
IGNORED = set("ฯๆ๏๚๛")
SYMBOLS = "`^+<=>|~$฿"

_FIRST = {
    letter: bytes([rank])
    for rank, letter in enumerate(SYMBOLS + digits.ARABIC + CONSONANTS + VOWELS + "abcdefghijklmnopqrstuvwxyz", start=2)
}
_FIRST |= {thai: _FIRST[arabic] for thai, arabic in zip(digits.THAI, digits.ARABIC, strict=True)}
_FIRST |= {letter.upper(): rank for letter, rank in _FIRST.items() if letter.isascii() and letter.isalpha()}
_FIRST["ๅ"] = _FIRST["า"]
_SECOND = {mark: bytes([rank]) for rank, mark in enumerate(MARKS, start=1)}
_VARIANT = b"\x02"
# ำ counts as า with nikhahit after it; how it was typed decides last.
_SARA_AM = {"ำ": (b"", b"\x04"), NIKHAHIT + "า": (b"", b"\x03"), NIKHAHIT + "ๅ": (_VARIANT, _VARIANT)}


def sort_key(text):
    """Lower-case hexadecimal whose plain order is the Thai dictionary order of `text`.

    Equal to the order of PostgreSQL's `th-x-icu` for Thai and ASCII text. Texts of more than 100 characters are
    ordered by their first 100, so a key never exceeds 2,000.
    """
    text = text[:LONGEST]
    elements = list(_elements(unicodedata.normalize("NFD", text)[:LONGEST]))
    first = b"".join(first for first, _, _ in elements)
    second = _sparse([second for _, second, _ in elements])
    third = _sparse([third for _, _, third in elements])
    return b"\0".join([first, second, third, _as_bytes(text)]).hex()


def _elements(text):
    """(first, second, third) weights, one triple a letter; a plain weight is empty."""
    position = 0
    while position < len(text):
        letter, pair = text[position], text[position : position + 2]
        position += 1
        if pair in _SARA_AM or letter in _SARA_AM:
            position += pair in _SARA_AM
            aa, nikhahit = _SARA_AM.get(pair) or _SARA_AM[letter]
            yield _FIRST["า"], b"", aa
            yield _FIRST[NIKHAHIT], b"", nikhahit
        elif letter in LEADING_VOWELS and len(pair) == 2 and pair[1] in CONSONANTS:
            position += 1
            yield _FIRST[pair[1]], b"", b""
            yield _FIRST[letter], b"", b""
        elif letter in _FIRST:
            yield _FIRST[letter], b"", _VARIANT if letter.isupper() or letter == "ๅ" else b""
        elif letter in _SECOND:
            yield b"", _SECOND[letter], b""
        elif letter not in IGNORED:
            yield from _stranger(letter)


def _stranger(letter):
    """Letters of other scripts come last and unknown symbols first, by code point; punctuation does not count."""
    kind, point = unicodedata.category(letter)[0], ord(letter).to_bytes(3, "big")
    if kind == "M":
        yield b"", b"\xff" + point, b""
    elif kind not in "PZC":
        yield (b"\x01" if kind == "S" else b"\xff") + point, b"", b""


def _sparse(weights):
    """The weights that are not plain, each led by a byte that is larger the fewer plain ones stand before it."""
    packed, plain = bytearray(), 0
    for weight in weights:
        if not weight:
            plain += 1
            continue
        packed += bytes([255 - plain]) + weight
        plain = 0
    return bytes(packed)


def _as_bytes(text):
    """`text` in code-point order, Thai and ASCII in one byte a letter: the last word between equals."""
    return b"".join(_byte(ord(letter)) for letter in text)


def _byte(point):
    if point < 0x80:
        return bytes([point])
    if 0x0E00 <= point < 0x0E5F:
        return bytes([point - 0x0E00 + 0x81])
    return (b"\x80" if point < 0x0E00 else b"\xff") + point.to_bytes(3, "big")
