"""Inviting many from one workbook: template, check, and the letters, which are shown once."""

import segno
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal import imports, pdf
from portal.errors import Refused
from portal.exports import Column, xlsx_response
from portal.forms import PortalForm, UploadInput
from portal.people import accounts, inviting, letters
from portal.people.account_forms import InvitationFilter


class WorkbookForm(PortalForm):
    """The workbook with the people to invite."""

    marks_optional = False

    workbook = forms.FileField(label=gettext_lazy("Workbook"), widget=UploadInput(kinds=("xlsx",)))


def may_invite(view):
    """For those who fill posts; for all others 403."""

    @login_required
    def guarded(request):
        if not accounts.may_invite(request.user):
            raise PermissionDenied(_("This page is for those who look after the people of an office."))
        return view(request)

    return guarded


@may_invite
def template(request):
    """The workbook to fill in: a row for each post of the own offices that is still free."""
    columns = [
        Column(heading, lambda row, key=key: row.get(key, ""), "code") for key, heading in inviting.COLUMNS.items()
    ]
    notes = [
        (_("How to"), _("Write a name in the rows that you need; rows without a name are left out.")),
        (_("E-mail"), _("May be empty, and may be a mailbox that several share: the letter carries the code.")),
        (_("Acting by order"), _("The number of the order for a person acting in the post; otherwise empty.")),
    ]
    return xlsx_response(columns, inviting.template_rows(request.user), "invitations.xlsx", notes)


@never_cache
@may_invite
def workbook(request):
    """Choose a workbook, look at what it says, invite everybody in it, print the letters."""
    if "checked" in request.POST:
        return invited(request)
    form = WorkbookForm(request.POST or None, request.FILES or None)
    context = {"form": form, "most": inviting.MOST}
    if request.method == "POST" and form.is_valid():
        try:
            rows = imports.read(form.cleaned_data["workbook"], inviting.COLUMNS, most=inviting.MOST)
        except ValidationError as error:
            form.add_error("workbook", error.messages)
        else:
            posts, flaws = inviting.check(rows, by=request.user)
            context |= {"posts": posts, "flaws": flaws, "is_checked": True}
            if posts and not flaws:
                context |= {"checked": inviting.keep(posts), "has_pdf": pdf.is_available()}
    is_wrong = form.errors or context.get("flaws")
    return render(request, "portal/account/invite_workbook.html", context, status=400 if is_wrong else 200)


def invited(request):
    """The letters of a checked workbook: drawn by a job as PDF, or on the only page that ever shows their codes."""
    as_pdf = "pdf" in request.POST and pdf.is_available()
    try:
        with transaction.atomic():
            made = inviting.invite_all(inviting.kept(request.POST["checked"]), by=request.user, mails=not as_pdf)
            if as_pdf:
                return redirect(
                    letters.order([one for letter in made for one, _code in letter.invitations], by=request.user)
                )
    except ValidationError as error:
        form = WorkbookForm()
        form.errors[""] = form.error_class(error.messages)
        return render(request, "portal/account/invite_workbook.html", {"form": form, "most": inviting.MOST}, status=400)
    for letter in made:
        for place, (invitation, code) in enumerate(letter.invitations):
            link = settings.SITE_URL + accounts.join_path(code)
            letter.invitations[place] = {"invitation": invitation, "code": code, "qr": drawing_of(link)}
    context = {"letters": made, "site": settings.SITE_URL, "count": sum(len(one.invitations) for one in made)}
    return render(request, "portal/account/letters.html", context)


def drawing_of(link):
    """A QR code of `link` as inline SVG. Its mask is given: searching for the best takes most of the time."""
    code = segno.make(link, error="m", micro=False, mask=0)
    return mark_safe(code.svg_inline(scale=3, border=4, svgclass="qr", lineclass=None))  # noqa: S308


@require_POST
@may_invite
def letters_again(request):
    """Letters with fresh codes for every invitation that is still out, of the list as it is filtered."""
    chosen = InvitationFilter(request.POST, queryset=accounts.invitations_of(request.user), request=request)
    rows = (chosen.qs if chosen.is_valid() else chosen.queryset.none()).filter(
        accepted_at=None, revoked_at=None, local_government__isnull=False
    )
    try:
        return redirect(letters.order(rows[: inviting.MOST], by=request.user))
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect("invitations")
