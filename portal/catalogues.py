"""The message catalogues: what the project says, what has a Thai translation, and the compiled file.

The Thai of each part of the project lies in its own file, `locale/th/fragments/*.po`.
"""

import ast
import re
from functools import cache
from io import BytesIO, StringIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

LOCALE = Path(settings.BASE_DIR) / "locale"
ROOMS = ("portal", "budgets", "providers", "sandboxes", "training")
KEYWORDS = {
    "_": None,
    "L": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
PLACES = re.compile(r"%\((\w+)\)[a-z]|(?<!%)%[sd]|\{(\w+)\}")


class Conflict(ValueError):
    """Two files translate one message differently, or a translation is marked fuzzy."""


def sources(language):
    """The files that hold the translations of `language`, in a fixed order."""
    folder = LOCALE / language
    main = folder / "LC_MESSAGES" / "django.po"
    return ([main] if main.exists() else []) + sorted((folder / "fragments").glob("*.po"))


def merged(language):
    """One `Catalog` of all the files of `language`. Raises Conflict."""
    catalogue = Catalog(locale=language, domain="django", charset="utf-8", fuzzy=False)
    origin = {}
    for path in sources(language):
        with path.open("rb") as file:
            part = read_po(file, locale=language, abort_invalid=True)
        for message in part:
            if not message.id or not message.string or not any(message.string):
                continue
            if message.fuzzy:
                raise Conflict(f"{path.name}: {message.id!r} is fuzzy.")
            key = (message.context, message.id if isinstance(message.id, str) else message.id[0])
            text = message.string if isinstance(message.string, str) else message.string[0]
            if key in origin and origin[key][1] != text:
                first, said = origin[key]
                raise Conflict(f"{key[1]!r} is {said!r} in {first} and {text!r} in {path.name}.")
            origin[key] = (path.name, text)
            known = catalogue.get(key[1], message.context)
            if known is None or not isinstance(known.id, tuple):
                if known is not None:
                    catalogue.delete(key[1], message.context)
                catalogue.add(message.id, message.string, context=message.context)
    return catalogue


def compile_language(language):
    """Write `django.mo` for `language` and give its path and number of messages."""
    catalogue = merged(language)
    path = LOCALE / language / "LC_MESSAGES" / "django.mo"
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = BytesIO()
    write_mo(buffer, catalogue)
    path.write_bytes(buffer.getvalue())
    return path, len(catalogue)


@cache
def spoken():
    """Every message in the project's Python and templates: {(context, msgid): (plural or None, [places])}.

    Read once a process: what runs does not change.
    """
    found = {}
    for path, text in _texts():
        for line, function, message, _comments in extract_python(
            BytesIO(text.encode()), KEYWORDS, (), {"encoding": "utf-8"}
        ):
            for context, singular, plural in _read(function, message):
                place = f"{path.relative_to(settings.BASE_DIR)}:{line}"
                known, places = found.setdefault((context, singular), (plural, []))
                found[context, singular] = (known or plural, [*places, place])
    return found


def _texts():
    for room in ROOMS:
        for path in sorted((Path(settings.BASE_DIR) / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, path.read_text()
    for path in sorted((Path(settings.BASE_DIR) / "templates").rglob("*")):
        if path.suffix in {".html", ".txt", ".svg"}:
            yield path, _as_python(templatize(path.read_text(), origin=str(path)))


def _as_python(templatized):
    """The calls that `templatize` leaves of a template, one on each line, without the rest of the page."""
    calls = []
    for number, line in enumerate(StringIO(templatized), 1):
        calls += [""] * (number - 1 - len(calls))
        found = re.findall(r"""(?:\bn?p?gettext|\b_)\((?:u?'(?:\\.|[^'\\])*'|u?"(?:\\.|[^"\\])*"|[^'")])*\)""", line)
        calls.append("; ".join(call for call in found if _parses(call)))
    return "\n".join(calls)


def _parses(call):
    try:
        ast.parse(call)
    except SyntaxError:
        return False
    return True


def _read(function, message):
    parts = message if isinstance(message, tuple) else (message,)
    context = None
    if function.startswith(("pgettext", "npgettext")):
        context, *parts = parts
    if not parts or not parts[0]:
        return
    plural = parts[1] if function.startswith(("ngettext", "npgettext")) and len(parts) > 1 else None
    yield context, parts[0], plural


def missing(language="th"):
    """The messages without a translation, as {(context, msgid): (plural, places)}."""
    catalogue = merged(language)
    return {
        key: value
        for key, value in spoken().items()
        if not (entry := catalogue.get(key[1], key[0])) or not entry.string or not any(entry.string)
    }


def places_in(text):
    """The named and unnamed places of a message, sorted."""
    return sorted(match.group(0) for match in PLACES.finditer(text))
