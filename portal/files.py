"""Files: what may come in, where it is kept, how it goes out.

Nothing is believed about an upload: the type is judged by the content, archives by their directory before
anything is unpacked, and whatever goes out again is inert in a browser.
"""

import hashlib
import json
import os
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.http import FileResponse
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.errors import Refused
from portal.models.files import StoredFile, content_path

CHUNK = 64 * 1024
MEGABYTE = 1024 * 1024
ORPHAN_AFTER = timedelta(days=1)


def store(upload, *, by, only=None):
    """The new StoredFile for `upload` (Django's UploadedFile), checked first.

    `only` narrows the extensions, such as {"pdf"}. Raises ValidationError naming the file, with code
    `file_empty`, `file_too_large`, `file_type`, `file_content` or `file_unsafe`; Refused when there is no room.
    """
    name = clean_name(upload.name)
    content_type = check(upload, name, only=only)
    return keep(upload, name=name, content_type=content_type, by=by)


def check(upload, name, *, only=None):
    """The content type of an acceptable upload; raises ValidationError otherwise."""
    limit = settings.UPLOAD_MAX_MB
    if not upload.size:
        raise _no(_("The file %(name)s is empty. Choose the file again."), "file_empty", name)
    if upload.size > limit * MEGABYTE:
        raise _no(
            _("The file %(name)s is %(size)s MB, over %(limit)s MB. Try saving it as PDF, or split it."),
            "file_too_large",
            name,
            size=_megabytes(upload.size),
            limit=limit,
        )
    kind = ALLOWED_TYPES.get(extension(name))
    if kind is None or (only is not None and extension(name) not in only):
        raise _no(
            _("The file %(name)s is of a type we cannot take. Use %(rule)s."), "file_type", name, rule=rule_text(only)
        )
    try:
        upload.seek(0)
        kind.check(upload, name)
    finally:
        upload.seek(0)
    return kind.content_type


def keep(content, *, name, content_type, by=None):
    """The new StoredFile for content that needs no checking: a Django File, or bytes of our own making."""
    if isinstance(content, bytes):
        content = ContentFile(content)
    digest, size = hashlib.sha256(), 0
    for chunk in content.chunks(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    stored = StoredFile(
        sha256=digest.hexdigest(), size=size, name=clean_name(name), content_type=content_type, uploaded_by=by
    )
    stored.file = _put(content, content_path(stored, ""), size)
    stored.save()
    return stored


def serve(stored, *, inline=False):
    """The download of `stored`; whether this person may have it is for the caller to ask.

    `inline` is for pictures shown on our own pages; everything else is an attachment.
    """
    inline = inline and stored.content_type in PICTURES
    response = FileResponse(
        stored.file.open("rb"), as_attachment=not inline, filename=stored.name, content_type=stored.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def rule_text(only=None):
    """What may be uploaded, in words: “PDF, Word, Excel or a picture, up to 20 MB”."""
    if only == {"pdf"}:
        return _("PDF, up to %(limit)s MB") % {"limit": settings.UPLOAD_MAX_MB}
    if only is not None:
        kinds = ", ".join(sorted(one.upper() for one in only))
        return _("%(kinds)s, up to %(limit)s MB") % {"kinds": kinds, "limit": settings.UPLOAD_MAX_MB}
    return _("PDF, Word, Excel or a picture, up to %(limit)s MB") % {"limit": settings.UPLOAD_MAX_MB}


def accept(only=None):
    """The value of a file input's `accept` attribute."""
    return ",".join(f".{one}" for one in (ALLOWED_TYPES if only is None else sorted(only)))


def clean_name(name):
    """A name fit to be shown and saved: no path, no control or direction marks, at most 150 characters."""
    name = unicodedata.normalize("NFC", str(name or "")).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(one for one in name if unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    name = re.sub(r'[<>:"|?*]', "_", " ".join(name.split())).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if dot and len(name) > 150:
        name = f"{stem[: 149 - len(ending[:10])]}.{ending[:10]}"
    return name[:150] or "file"


def extension(name):
    """The last part of a file name, in lower case, without the dot."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def sweep():
    """Remove content that no StoredFile names and that is older than a day; how many files were removed."""
    removed = 0
    for folder in _list("files")[0]:
        for name in _list(f"files/{folder}")[1]:
            path = f"files/{folder}/{name}"
            is_old = default_storage.get_modified_time(path) < clock.now() - ORPHAN_AFTER
            if is_old and not StoredFile.objects.filter(file=path).exists():
                default_storage.delete(path)
                removed += 1
    return removed


def _list(folder):
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []


def _put(content, path, size):
    """Write `content` to `path` unless a whole file of that content is known to lie there."""
    if default_storage.exists(path):
        if default_storage.size(path) == size and StoredFile.objects.filter(file=path).exists():
            return path
        default_storage.delete(path)
    content.seek(0)
    try:
        saved = default_storage.save(path, File(content.file if hasattr(content, "file") else content))
        _reach_the_disk(saved)
    except OSError as error:
        default_storage.delete(path)
        raise Refused(
            _("There is no room to keep the file at the moment. Your draft is safe; try again later."),
            code="storage_full",
        ) from error
    return saved


def _reach_the_disk(path):
    try:
        descriptor = os.open(default_storage.path(path), os.O_RDONLY)
    except NotImplementedError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _megabytes(size):
    return f"{size / MEGABYTE:.1f}".removesuffix(".0")


def _no(message, code, name, **facts):
    return ValidationError(message, code=code, params={"name": name, **facts})


def _not_what_it_says(name):
    return _no(
        _("The content of the file %(name)s does not fit its type, or the file is damaged. Save it again and retry."),
        "file_content",
        name,
    )


def _unsafe(name):
    return _no(
        _("The file %(name)s holds macros, programs or hidden content. Save it as PDF, or without them."),
        "file_unsafe",
        name,
    )


# What each type must look like inside


def _is_pdf(file, name):
    if not re.match(rb"%PDF-[12]\.\d", file.read(8)):
        raise _not_what_it_says(name)


MAX_PIXELS = 100_000_000


def _is_picture(format_name):
    def check_picture(file, name):
        from PIL import Image

        try:
            with Image.open(file, formats=[format_name]) as image:
                pixels = image.width * image.height
                image.verify()
        except Image.DecompressionBombError:
            pixels = MAX_PIXELS + 1
        except Exception as error:
            raise _not_what_it_says(name) from error
        if pixels > MAX_PIXELS:
            raise _no(
                _("The picture %(name)s has too many pixels. Make it smaller and try again."), "file_too_large", name
            )

    return check_picture


MARKUP = re.compile(r"\s*<(?:!doctype|!--|\?|[a-z])", re.IGNORECASE)
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")


def _text_of(file, name):
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _no(
            _("The text of the file %(name)s is not in UTF-8. Save it again as “UTF-8” and retry."),
            "file_content",
            name,
        ) from error
    if CONTROLS.search(text) or MARKUP.match(text):
        raise _not_what_it_says(name)
    return text


def _is_text(file, name):
    _text_of(file, name)


GEOJSON_LIMIT = 5 * MEGABYTE
GEOJSON_TYPES = {
    "FeatureCollection",
    "Feature",
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
}


def _is_geojson(file, name):
    if file.size > GEOJSON_LIMIT:
        raise _no(
            _("The map file %(name)s is %(size)s MB, over %(limit)s MB. Simplify its shapes and try again."),
            "file_too_large",
            name,
            size=_megabytes(file.size),
            limit=GEOJSON_LIMIT // MEGABYTE,
        )
    try:
        data = json.loads(_text_of(file, name))
    except (ValueError, RecursionError) as error:
        raise _not_what_it_says(name) from error
    if not isinstance(data, dict) or data.get("type") not in GEOJSON_TYPES:
        raise _not_what_it_says(name)


MAX_DIRECTORY = 2 * MEGABYTE
MAX_ENTRIES = 5_000
MAX_UNPACKED = 200 * MEGABYTE
MAX_RATIO = 200
END_OF_DIRECTORY = struct.Struct("<4s4H2LH")
PROGRAMS = re.compile(
    r"(^|/)(vbaproject\.bin|vbadata\.xml|activex/.*|basic/.*|scripts/.*|"
    r".*\.(exe|dll|com|scr|bat|cmd|ps1|vbs|vbe|js|jse|jar|msi|hta|lnk|wsf|zip|rar|7z|iso|docm|xlsm|xlam|dotm|html?|svgz))$",
    re.IGNORECASE,
)
MACRO_TYPES = re.compile(rb"macroenabled|vbaproject|activex", re.IGNORECASE)
DECLARATIONS = re.compile(rb"<!(doctype|entity)", re.IGNORECASE)


def _is_office(main_type):
    """Word and Excel: the main part is of `main_type`."""

    def check_office(file, name):
        with _archive(file, name) as archive:
            types = _part(archive, "[Content_Types].xml", name)
            if MACRO_TYPES.search(types):
                raise _unsafe(name)
            if main_type not in types:
                raise _not_what_it_says(name)
            _check_parts(archive, name)

    return check_office


def _is_opendocument(content_type):
    def check_opendocument(file, name):
        with _archive(file, name) as archive:
            if _part(archive, "mimetype", name).strip() != content_type.encode():
                raise _not_what_it_says(name)
            _check_parts(archive, name)

    return check_opendocument


def _archive(file, name):
    """The opened archive, once its directory was found harmless."""
    if file.read(4) != b"PK\x03\x04":
        raise _not_what_it_says(name)
    _check_directory_size(file, name)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError, OSError) as error:
        raise _not_what_it_says(name) from error
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    names = [entry.filename for entry in entries]
    if (
        len(entries) > MAX_ENTRIES
        or unpacked > MAX_UNPACKED
        or any(entry.file_size > MEGABYTE and entry.file_size > MAX_RATIO * entry.compress_size for entry in entries)
        or any(entry.flag_bits & 1 for entry in entries)
        or any(one.startswith("/") or ".." in one.split("/") or "\\" in one or "\0" in one for one in names)
        or len(set(map(str.lower, names))) != len(names)
        or any(PROGRAMS.search(one) for one in names)
    ):
        raise _unsafe(name)
    return archive


def _check_directory_size(file, name):
    """Refuse a directory too large to be read safely, before `zipfile` reads it."""
    tail_size = min(file.size, 65_535 + END_OF_DIRECTORY.size)
    file.seek(file.size - tail_size)
    tail = file.read(tail_size)
    start = tail.rfind(b"PK\x05\x06")
    if start < 0 or len(tail) - start < END_OF_DIRECTORY.size:
        raise _not_what_it_says(name)
    size = END_OF_DIRECTORY.unpack_from(tail, start)[5]
    if size > MAX_DIRECTORY:
        raise _unsafe(name)
    file.seek(0)


def _part(archive, part, name):
    try:
        with archive.open(part) as opened:
            return opened.read(MEGABYTE)
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise _not_what_it_says(name) from error


def _check_parts(archive, name):
    """Read every XML part once: whole, in UTF-8 or plain ASCII, and declaring no entities."""
    for entry in archive.infolist():
        if not entry.filename.lower().endswith((".xml", ".rels", ".vml")):
            continue
        try:
            with archive.open(entry) as part:
                rest = b""
                while chunk := part.read(CHUNK):
                    if b"\0" in chunk or DECLARATIONS.search(rest + chunk):
                        raise _unsafe(name)
                    rest = chunk[-16:]
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise _not_what_it_says(name) from error


@dataclass(frozen=True)
class FileType:
    """One acceptable type: its name in words, the content type it is served with, and what it must look like."""

    label: Any
    content_type: str
    check: Callable


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPEN_TEXT = "application/vnd.oasis.opendocument.text"
OPEN_SHEET = "application/vnd.oasis.opendocument.spreadsheet"
PICTURES = {"image/png", "image/jpeg", "image/webp"}

ALLOWED_TYPES = {
    "pdf": FileType("PDF", "application/pdf", _is_pdf),
    "docx": FileType("Word", WORD, _is_office(WORD.encode() + b".main+xml")),
    "xlsx": FileType("Excel", EXCEL, _is_office(EXCEL.encode() + b".main+xml")),
    "odt": FileType("OpenDocument", OPEN_TEXT, _is_opendocument(OPEN_TEXT)),
    "ods": FileType("OpenDocument", OPEN_SHEET, _is_opendocument(OPEN_SHEET)),
    "png": FileType(_("picture"), "image/png", _is_picture("PNG")),
    "jpg": FileType(_("picture"), "image/jpeg", _is_picture("JPEG")),
    "jpeg": FileType(_("picture"), "image/jpeg", _is_picture("JPEG")),
    "webp": FileType(_("picture"), "image/webp", _is_picture("WEBP")),
    "csv": FileType("CSV", "text/csv; charset=utf-8", _is_text),
    "txt": FileType(_("text"), "text/plain; charset=utf-8", _is_text),
    "geojson": FileType("GeoJSON", "application/geo+json", _is_geojson),
}
