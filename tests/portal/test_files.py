"""Uploads: what is good comes in whole, what could hurt stays out, what goes out is inert."""

import hashlib
import io
import json
import struct
import zipfile
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.db import transaction
from PIL import Image

from portal import clock, files
from portal.errors import Refused
from portal.models.files import StoredFile
from tests.factories.people import person

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
RELS = b'<?xml version="1.0"?><Relationships xmlns="x"/>'


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.UPLOAD_MAX_MB = 20
    return tmp_path


def upload(name, content):
    return SimpleUploadedFile(name, content, content_type="application/x-whatever")


def picture(kind, size=(8, 8)):
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind)
    return buffer.getvalue()


def archive(parts, *, compression=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def word(extra=None, *, types=files.WORD, document=b"<w:document/>"):
    content_types = f'<Types><Override PartName="/word/document.xml" ContentType="{types}.main+xml"/></Types>'
    return archive(
        {"[Content_Types].xml": content_types, "_rels/.rels": RELS, "word/document.xml": document} | (extra or {})
    )


def excel(extra=None):
    return archive(
        {
            "[Content_Types].xml": f'<Types><Override ContentType="{files.EXCEL}.main+xml"/></Types>',
            "xl/workbook.xml": b"<w/>",
        }
        | (extra or {})
    )


def opendocument(content_type, extra=None):
    return archive({"mimetype": content_type, "content.xml": b"<c/>"} | (extra or {}), compression=zipfile.ZIP_STORED)


def png_of(width, height):
    """A PNG of a few bytes that says it is enormous."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 10)) + chunk(b"IEND", b"")


def lying(content):
    """An archive whose directory says that every part is tiny."""
    packed, at = bytearray(content), 0
    while (at := packed.find(b"PK\x01\x02", at)) >= 0:
        packed[at + 24 : at + 28] = struct.pack("<I", 10)
        at += 46
    return bytes(packed)


def many(count):
    return {f"word/media/{number}.txt": b"" for number in range(count)}


POINT = json.dumps({"type": "Point", "coordinates": [100.5, 13.7]}).encode()
GOOD = {
    "โครงการ.pdf": PDF,
    "word.docx": word(),
    "WORD.DOCX": word(),
    "sheet.xlsx": excel({"xl/printerSettings/printerSettings1.bin": b"\0\1"}),
    "text.odt": opendocument(files.OPEN_TEXT),
    "table.ods": opendocument(files.OPEN_SHEET),
    "photo.png": picture("PNG"),
    "photo.jpg": picture("JPEG"),
    "photo.jpeg": picture("JPEG"),
    "photo.webp": picture("WEBP"),
    "rows.csv": "ชื่อ,จำนวน\r\nกขค,1\r\n".encode("utf-8-sig"),
    "note.txt": "บันทึก < 5".encode(),
    "map.geojson": POINT,
}
BAD = {
    "empty.pdf": (b"", "file_empty"),
    "big.pdf": (PDF + b"0" * (20 * 1024 * 1024), "file_too_large"),
    "no_extension": (PDF, "file_type"),
    "run.exe": (b"MZ" + b"\0" * 100, "file_type"),
    "page.html": (b"<html><script>1</script></html>", "file_type"),
    "drawing.svg": (b"<svg onload='x'/>", "file_type"),
    "macro.xlsm": (excel(), "file_type"),
    "macro.docm": (word(), "file_type"),
    "old.doc": (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "file_type"),
    "archive.zip": (archive({"a.txt": b"a"}), "file_type"),
    "double.pdf.exe": (PDF, "file_type"),
    "program.pdf": (b"MZ\x90\0", "file_content"),
    "page.pdf": (b"<html>%PDF-1.4", "file_content"),
    "late.pdf": (b"junk%PDF-1.4", "file_content"),
    "svg.png": (b"<svg/>", "file_content"),
    "cut.png": (picture("PNG", (64, 64))[:60], "file_content"),
    "gif.png": (b"GIF89a" + b"\0" * 40, "file_content"),
    "png.jpg": (picture("PNG"), "file_content"),
    "flood.png": (png_of(40_000, 40_000), "file_too_large"),
    "latin.csv": ("ชื่อ".encode("cp874"), "file_content"),
    "nul.csv": (b"a,\0", "file_content"),
    "page.txt": (b"\n <!DOCTYPE html><script>1</script>", "file_content"),
    "script.csv": (b"<script>alert(1)</script>", "file_content"),
    "wrong.geojson": (b'{"type": "Elephant"}', "file_content"),
    "list.geojson": (b"[1]", "file_content"),
    "deep.geojson": (b'{"type":"Point","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "file_content"),
    "heavy.geojson": (b" " * (5 * 1024 * 1024) + POINT, "file_too_large"),
    "sheet.docx": (excel(), "file_content"),
    "plain.docx": (archive({"a.txt": b"a"}), "file_content"),
    "cut.docx": (word()[:-30], "file_content"),
    "not_a_zip.xlsx": (b"PK\x03\x04" + b"\0" * 500, "file_content"),
    "vba.docx": (word({"word/vbaProject.bin": b"\0"}), "file_unsafe"),
    "vba_hidden.docx": (
        word({"word/other.bin": b"\0"}, types="application/vnd.ms-word.document.macroEnabled"),
        "file_unsafe",
    ),
    "activex.docx": (word({"word/activeX/activeX1.xml": b"<a/>"}), "file_unsafe"),
    "embedded.docx": (word({"word/embeddings/setup.exe": b"MZ"}), "file_unsafe"),
    "nested.docx": (word({"word/more.zip": b"PK"}), "file_unsafe"),
    "climbing.docx": (word({"../../etc/passwd": b"x"}), "file_unsafe"),
    "absolute.docx": (word({"/etc/passwd": b"x"}), "file_unsafe"),
    "xxe.docx": (
        word(document=b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
        "file_unsafe",
    ),
    "xxe_late.docx": (word(document=b"<!--" + b"x" * 200_000 + b'--><!DOCTYPE a SYSTEM "http://x">'), "file_unsafe"),
    "xxe_utf16.docx": (word(document='<!DOCTYPE a SYSTEM "x">'.encode("utf-16")), "file_unsafe"),
    "bomb.docx": (word({"word/media/zero.xml": b"0" * (50 * 1024 * 1024)}), "file_unsafe"),
    "wide.docx": (word(many(6000)), "file_unsafe"),
    "lying.docx": (lying(word(document=b"<a>" + b"x" * 5_000_000 + b"</a>")), "file_content"),
    "basic.odt": (opendocument(files.OPEN_TEXT, {"Basic/Standard/Module1.xml": b"<a/>"}), "file_unsafe"),
    "sheet.odt": (opendocument(files.OPEN_SHEET), "file_content"),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_kept_byte_by_byte(name):
    by = person()

    stored = files.store(upload(name, GOOD[name]), by=by)

    stored.refresh_from_db()
    with stored.file.open("rb") as kept:
        assert kept.read() == GOOD[name]
    assert stored.sha256 == hashlib.sha256(GOOD[name]).hexdigest()
    assert (stored.name, stored.size, stored.uploaded_by) == (name, len(GOOD[name]), by)
    assert stored.content_type == files.ALLOWED_TYPES[files.extension(name)].content_type


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_stays_out(name, media):
    content, code = BAD[name]

    with pytest.raises(ValidationError) as refusal:
        files.store(upload(name, content), by=person())

    assert refusal.value.code == code
    assert name in refusal.value.messages[0]
    assert StoredFile.objects.count() == 0
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_an_encrypted_archive_stays_out():
    packed = bytearray(word())
    at = packed.find(b"PK\x01\x02")
    packed[at + 8] |= 1

    with pytest.raises(ValidationError) as refusal:
        files.store(upload("locked.docx", bytes(packed)), by=person())

    assert refusal.value.code == "file_unsafe"


def test_a_large_upload_comes_from_its_temporary_file():
    content = PDF + b"0" * (3 * 1024 * 1024)
    with TemporaryUploadedFile("a.pdf", "application/pdf", len(content), "") as given:
        given.write(content)
        given.flush()

        stored = files.store(given, by=person())

    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert stored.file.read() == content


def test_only_narrows_what_may_come_in():
    with pytest.raises(ValidationError) as refusal:
        files.store(upload("photo.png", GOOD["photo.png"]), by=person(), only={"pdf"})

    assert refusal.value.code == "file_type"
    assert "PDF" in refusal.value.messages[0]


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\a\\งาน.pdf", "งาน.pdf"),
        ("a\0b.pdf", "ab.pdf"),
        ("exe\u202efdp.pdf", "exefdp.pdf"),
        ('a"b<c>:d.pdf', "a_b_c__d.pdf"),
        ("line\r\nbreak.pdf", "linebreak.pdf"),
        ("..", "file"),
        ("", "file"),
        ("ก" * 300 + ".pdf", "ก" * 146 + ".pdf"),
    ],
)
def test_names_are_cleaned(given, cleaned):
    assert files.clean_name(given) == cleaned


def test_equal_content_lies_in_one_place(media):
    by = person()

    first = files.store(upload("a.pdf", PDF), by=by)
    second = files.store(upload("b.pdf", PDF), by=by)

    assert first.pk != second.pk
    assert first.file.name == second.file.name == f"files/{first.sha256[:2]}/{first.sha256}"
    assert len([path for path in media.rglob("*") if path.is_file()]) == 1


def test_half_a_file_left_by_a_crash_is_written_again():
    digest = hashlib.sha256(PDF).hexdigest()
    default_storage.save(f"files/{digest[:2]}/{digest}", ContentFile(PDF[:10]))

    stored = files.store(upload("a.pdf", PDF), by=person())

    assert stored.file.read() == PDF


def test_what_a_rollback_left_is_swept_after_a_day(media):
    kept = files.store(upload("kept.pdf", PDF), by=person())
    with pytest.raises(RuntimeError), transaction.atomic():
        files.store(upload("lost.pdf", PDF + b"more"), by=person())
        raise RuntimeError
    assert files.sweep() == 0

    with clock.at(clock.now() + timedelta(days=2)):
        assert files.sweep() == 1

    assert [path.name for path in media.rglob("*") if path.is_file()] == [kept.sha256]


def test_a_full_disk_leaves_neither_row_nor_file(media, monkeypatch):
    def full(self, name, content):
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage._save", full)

    with pytest.raises(Refused) as refusal:
        files.store(upload("a.pdf", PDF), by=person())

    assert refusal.value.code == "storage_full"
    assert StoredFile.objects.count() == 0
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_a_download_is_inert_and_keeps_its_thai_name():
    stored = files.store(upload("แผน 2571.pdf", PDF), by=person())

    response = files.serve(stored)

    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''%E0%B9%81%E0%B8%9C%E0%B8%99%202571.pdf"


def test_only_pictures_are_shown_inline():
    shown = files.store(upload("photo.png", GOOD["photo.png"]), by=person())
    saved = files.store(upload("a.pdf", PDF), by=person())

    assert files.serve(shown, inline=True)["Content-Disposition"].startswith("inline")
    assert files.serve(saved, inline=True)["Content-Disposition"].startswith("attachment")


def test_the_rule_names_the_limit_of_the_settings(settings):
    settings.UPLOAD_MAX_MB = 7

    assert "7 MB" in files.rule_text()
    assert "7 MB" in files.rule_text({"pdf"})
