"""Workbooks that come in: read, checked, taken over whole or sent back with the wrong cells marked."""

from base64 import b64encode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from portal import files, imports
from portal.exports import Column, xlsx_response
from training import importing
from training.views.common import do


def template_of(columns, filename, rows=()):
    found = [Column(heading, lambda row, key=key: row.get(key, ""), "code") for key, heading in columns.items()]
    return xlsx_response(found, rows, filename)


def imported(request, run, form, columns, check, save, to):
    """Read, check and save a workbook, all or nothing; with flaws the page that lists them."""
    if not form.is_valid():
        messages.error(request, " ".join(text for texts in form.errors.values() for text in texts))
        return redirect(to)
    upload = form.cleaned_data["file"]
    try:
        checked = check(imports.read(upload, columns, most=importing.MOST), run)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(to)
    if checked.flaws:
        context = {
            "run": run, "flaws": checked.flaws, "back": to, "form": form,
            "marked": b64encode(importing.marked(upload, checked.flaws, columns)).decode(),
            "marked_name": files.clean_name(upload.name), "excel": files.EXCEL,
        }  # fmt: skip
        return render(request, "training/flaws.html", context, status=400)
    return do(request, lambda: save(checked), _("The workbook is taken over."), to)
