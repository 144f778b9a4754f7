"""Keying a request into BBL or SOLA: the sheet, and the number that comes back."""

import tempfile

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from budgets.deciding import keying
from budgets.deciding.request_export import CONTENT_TYPE
from budgets.forms.following import ExternalNumberForm
from budgets.views.deciding.common import visible_case
from budgets.views.setting_up import attempt, posted
from portal import access
from portal.audit import record
from portal.errors import Refused


def keyed_case(request, pk):
    """The case that this person keys in, and their capacity; 403 for others who see it."""
    proposal = visible_case(request, pk)
    capacity = access.capacity(request.user, "budgets.enter_external_number", proposal)
    if capacity is None:
        raise PermissionDenied(_("Only officers of this local government and of DLA enter this number."))
    return proposal, capacity


@login_required
def page(request, pk):
    """The sheet to key from, and the box for the number."""
    proposal, _capacity = keyed_case(request, pk)
    held = keying.number_of(proposal)
    form = ExternalNumberForm(posted(request), initial={"number": held.number if held else ""})
    refusal = None
    try:
        keying.refuse_unless_keyed(proposal)
    except Refused as stands_in_the_way:
        refusal = stands_in_the_way
    if request.method == "POST" and form.is_valid():

        def save():
            keying.enter_number(proposal, form.cleaned_data["number"], by=request.user)

        if attempt(form, save):
            messages.success(request, _("The number is recorded. The project is found by it from now on."))
            return redirect(proposal.get_absolute_url())
    context = {
        "proposal": proposal,
        "form": form,
        "held": held,
        "system": keying.system_of(proposal),
        "refusal": refusal,
    }
    return render(request, "budgets/following/keying.html", context, status=400 if form.errors else 200)


@never_cache
@login_required
def sheet(request, pk):
    """The workbook to key from; its making is on record."""
    proposal, capacity = keyed_case(request, pk)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the response
    keying.write_sheet(file, proposal, by=request.user)
    system = keying.system_of(proposal)
    record("proposal.keying_sheet", proposal, by=request.user, capacity=capacity, details={"system": system})
    file.seek(0)
    response = FileResponse(file, content_type=CONTENT_TYPE)
    response["Content-Disposition"] = content_disposition_header(True, f"{system}-{proposal.number}.xlsx")
    return response


urlpatterns = [
    path("proposals/<int:pk>/keying/", page, name="keying"),
    path("proposals/<int:pk>/keying.xlsx", sheet, name="keying-sheet"),
]
