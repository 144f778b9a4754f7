"""Finding companies and products by what people type."""

import re

from portal.thai.search import squash

_FORMS = re.compile(
    r"บริษัท|บมจ\.?|บจก\.?|หจก\.?|ห้างหุ้นส่วนจำกัด|ห้างหุ้นส่วนสามัญ|\(?\s*มหาชน\s*\)?|จำกัด"
    r"|\b(?:co(?:mpany)?\.?|ltd\.?|limited|public|plc\.?)(?=\W|$)",
    re.IGNORECASE,
)


def bare(text):
    """`text` folded, without the words for a company's legal form where something else remains."""
    return squash(_FORMS.sub(" ", text)) or squash(text)


def folded(*texts):
    """What a row is found by: each text whole, and without its legal form."""
    return " ".join(dict.fromkeys(part for text in texts for part in (squash(text), bare(text)) if part))


def words(query):
    """The parts that each must be found, from what somebody typed."""
    stripped = _FORMS.sub(" ", query.replace("\0", ""))
    found = [squash(word) for word in (stripped if squash(stripped) else query).split()]
    return [word for word in found if word]
