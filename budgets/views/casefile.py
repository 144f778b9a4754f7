"""A case in one zip, for auditors: at once, or as a job when it is large."""

import tempfile

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from budgets import casefile
from budgets.views.following import visible_case
from portal import jobs


@login_required
@require_POST
def download(request, pk):
    """The case as this person may see it; on record in any case."""
    proposal = visible_case(request, pk)
    casefile.ask(proposal, by=request.user)
    if casefile.is_large(proposal):
        row = jobs.start(casefile.KIND, request.user, proposal=proposal.pk)
        messages.info(request, _("The case is large. You are told when its file is ready."))
        return redirect(row.get_absolute_url())
    return answer(proposal, by=request.user)


def answer(proposal, *, by):
    """The zip as a download."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the response
    casefile.write(file, proposal, by=by)
    file.seek(0)
    response = FileResponse(file, content_type=casefile.CONTENT_TYPE)
    response["Content-Disposition"] = content_disposition_header(True, casefile.filename(proposal))
    response["Cache-Control"] = "private, no-store"
    return response


urlpatterns = [path("proposals/<int:pk>/case-file/", download, name="case-file")]
