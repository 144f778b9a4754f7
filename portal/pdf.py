"""Letters and certificates as PDF: HTML in, tagged PDF with Thai set properly out.

WeasyPrint needs libraries of the operating system. It is imported when a PDF is made and not before, so that a
machine without them does everything else.
"""

import re
from functools import cache
from pathlib import Path

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.http import content_disposition_header
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from portal.errors import Refused

SARA_AM = re.compile("([\u0e48-\u0e4b]?)\u0e33")
WEIGHTS = {400: "Sarabun-Regular.ttf", 600: "Sarabun-SemiBold.ttf", 700: "Sarabun-Bold.ttf"}


VARIANT = {"pdf_variant": "pdf/ua-1"}


def render(template, context):
    """The PDF of a template, as bytes. Raises Refused where this machine cannot make PDFs."""
    return _page(template, context).write_pdf(**VARIANT)


def render_within(template, context, *, pages, sizes):
    """The PDF of a template in the first of `sizes` (points, in its context as `size`) that takes so many pages.

    Where none does it is the last of `sizes`. Raises Refused where this machine cannot make PDFs.
    """
    for size in sizes:
        document = _page(template, {**context, "size": size}).render(**VARIANT)
        if len(document.pages) <= pages:
            break
    return document.write_pdf(**VARIANT)


def _page(template, context):
    html = taken_apart(render_to_string(template, {"font_faces": font_faces(), **context}))
    weasyprint = _weasyprint()
    return weasyprint.HTML(string=html, url_fetcher=_fetcher(weasyprint))


def render_all(template, contexts, progress=lambda done: None):
    """One PDF of a template drawn with each of `contexts` (a list) in turn, as bytes; `progress(done)` after each."""
    weasyprint, drawn = _weasyprint(), []
    for done, context in enumerate(contexts, start=1):
        html = taken_apart(render_to_string(template, {"font_faces": font_faces(), **context}))
        page = weasyprint.HTML(string=html, url_fetcher=_fetcher(weasyprint))
        drawn.append(page.render(pdf_variant="pdf/ua-1"))
        progress(done)
    return drawn[0].copy([page for one in drawn for page in one.pages]).write_pdf(pdf_variant="pdf/ua-1")


def response(template, context, filename):
    """The PDF of a template as a page that a browser shows and saves under `filename`."""
    return as_response(render(template, context), filename)


def as_response(content, filename):
    """A PDF as a page that a browser shows and saves under `filename`."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = content_disposition_header(False, filename)
    answer["Cache-Control"] = "private, no-store"
    return answer


def is_available():
    """Whether this machine can make PDFs."""
    try:
        _weasyprint()
    except Refused:
        return False
    return True


def taken_apart(text):
    """`text` with every SARA AM as its two parts, which fonts set alike and which are not lost when copied."""
    return SARA_AM.sub("\u0e4d\\1\u0e32", text)


def qr_svg(text):
    """A QR code of `text` as an SVG image in a data address."""
    import segno

    return segno.make(text, error="m").svg_data_uri(border=0, dark="#000")


@cache
def font_faces():
    """The @font-face rules of the fonts that ship with the portal."""
    import fontpkg_sarabun

    folder = Path(fontpkg_sarabun.__file__).parent / "files"
    rules = [
        f'@font-face {{ font-family: Sarabun; font-weight: {weight}; src: url("{(folder / name).as_uri()}"); }}'
        for weight, name in WEIGHTS.items()
    ]
    return mark_safe("\n".join(rules))  # noqa: S308


def _weasyprint():
    try:
        import weasyprint
    except OSError as error:
        raise Refused(
            _(
                "This server cannot make PDFs: the system libraries libpango and libthai are missing. "
                "Everything else works; print the page from the browser instead."
            ),
            code="pdf_unavailable",
        ) from error
    return weasyprint


def _fetcher(weasyprint):
    """Fetches our own fonts and pictures inside the page, and nothing else."""

    class OnlyOurs(weasyprint.URLFetcher):
        def fetch(self, url, headers=None):
            if url.startswith("data:") or (url.startswith("file:") and url in font_faces()):
                return super().fetch(url, headers)
            raise ValueError(f"Not fetched: {url}")

    return OnlyOurs()
