"""Pages about one's own account, and about who holds which post."""

import segno
from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from portal import access, clock, pdf
from portal.audit import record
from portal.errors import Refused
from portal.people import accounts, closing, tokens
from portal.people.account_forms import (
    CodeForm,
    EndForm,
    InvitationFilter,
    InviteForm,
    JoinForm,
    OfficeForm,
    PeopleFilter,
    ProfileForm,
    TokenForm,
)
from portal.views import VisibleList, whole

BACKEND = "portal.backends.SignIn"
CODE = "invitation_code"


# One's own account


@login_required
def account(request):
    """Who I am, and what I hold."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            user = form.save()
            EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).delete()
            record("account.change", user, by=user, details={"fields": form.changed_data})
        messages.success(request, _("Saved."))
        return accounts.remember_language(redirect("account"), user.language)
    held = request.user.memberships.select_related("local_government__district", "province").order_by(
        "-valid_from", "-pk"
    )
    return render(request, "portal/account/account.html", {"form": form, "held": held, "today": clock.today()})


@login_required
@reauthentication_required()
def account_close(request):
    """Close one's own account, after the password once more and a page that says what goes and what stays."""
    if request.method == "POST":
        try:
            closing.close(request.user, by=request.user)
        except Refused as refusal:
            messages.warning(request, refusal.message)
            return redirect("account-close")
        logout(request)
        messages.success(request, _("Your account is closed and your data are erased."))
        return redirect("home")
    context = {"ties": closing.ties(request.user), "keeps_name": closing.keeps_name(request.user)}
    return render(request, "portal/account/close.html", context)


@login_required
def token_list(request):
    """The keys of my programs; a new one is shown once, in the answer to its making."""
    form, fresh = TokenForm(request.POST or None, by=request.user), None
    if request.method == "POST" and form.is_valid():
        _row, fresh = tokens.make(
            request.user,
            name=form.cleaned_data["name"],
            can_write=form.cleaned_data["scope"] == "write",
            days=form.cleaned_data["days"],
        )
        form = TokenForm(by=request.user)
    context = {"form": form, "fresh": fresh, "now": clock.now(), "rows": request.user.api_tokens.order_by("-pk")[:100]}
    return render(request, "portal/account/tokens.html", context)


@login_required
@require_POST
def token_revoke(request, pk):
    tokens.revoke(get_object_or_404(request.user.api_tokens, pk=pk), by=request.user)
    messages.success(request, _("The key no longer works."))
    return redirect("tokens")


# Posts


class PeoplePage(VisibleList):
    """A page for those who look after posts."""

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated and not accounts.looks_after_people(request.user):
            raise PermissionDenied(_("This page is for those who look after the people of an office."))
        return super().dispatch(request, *args, **kwargs)


class PeopleList(PeoplePage):
    """Who holds which post, and who waits for a second person's confirmation."""

    filterset_class = PeopleFilter
    template_name = "portal/account/people.html"
    partial_name = "portal/account/_people_rows.html"
    title = gettext_lazy("People")

    def get_queryset(self):
        posts = accounts.memberships_of(self.request.user)
        return posts.select_related("user", "local_government__district", "province").order_by("-pk")

    def get_context_data(self, **context):
        pending = (
            accounts.pending_for(self.request.user).select_related("user", "granted_by", "province").order_by("pk")
        )
        may_invite = accounts.may_invite(self.request.user)
        may_reset = any(access.holding(self.request.user, one) for one in accounts.INVITES[:2])
        return super().get_context_data(
            pending=pending, may_invite=may_invite, may_reset=may_reset, today=clock.today(), **context
        )


class InvitationList(PeoplePage):
    """Invitations that are out."""

    filterset_class = InvitationFilter
    template_name = "portal/account/invitations.html"
    partial_name = "portal/account/_invitation_rows.html"
    title = gettext_lazy("Invitations")

    def get_queryset(self):
        invitations = accounts.invitations_of(self.request.user)
        return invitations.select_related("local_government__district", "province", "invited_by").order_by("-pk")

    def get_context_data(self, **context):
        return super().get_context_data(now=clock.now(), has_pdf=pdf.is_available(), **context)


@login_required
def invite(request):
    """Offer a post; the answer is the letter, once."""
    if not accounts.may_invite(request.user):
        raise PermissionDenied(_("This page is for those who look after the people of an office."))
    chooser = OfficeForm(request.GET) if access.holding(request.user, "portal.invite_anyone") else None
    office = chooser.cleaned_data["office"] if chooser and chooser.is_valid() else ""
    initial = {"local_government": whole(request.GET.get("at"))}
    form = InviteForm(request.POST or None, by=request.user, office=office, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            invitation, code = accounts.invite(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            return letter(request, invitation, code)
    return render(request, "portal/account/invite.html", {"form": form, "chooser": chooser, "office": office})


@login_required
@require_POST
def invitation_renew(request, pk):
    invitation = own_invitation(request.user, pk)
    return letter(request, invitation, accounts.renew(invitation, by=request.user))


@login_required
@require_POST
def invitation_withdraw(request, pk):
    accounts.withdraw(own_invitation(request.user, pk), by=request.user)
    messages.success(request, _("The invitation is withdrawn. Its code no longer works."))
    return redirect("invitations")


def own_invitation(user, pk):
    return get_object_or_404(accounts.invitations_of(user), pk=pk)


def letter(request, invitation, code):
    """The letter to hand over: the only page that ever shows the code."""
    link = settings.SITE_URL + accounts.join_path(code)
    drawing = segno.make(link, error="m", micro=False).svg_inline(scale=4, border=4, svgclass="qr", lineclass=None)
    context = {"invitation": invitation, "code": code, "link": link, "qr": mark_safe(drawing)}  # noqa: S308
    response = render(request, "portal/account/letter.html", context)
    response["Cache-Control"] = "no-store, private"
    return response


@login_required
def membership_end(request, pk):
    """End a post, now or on a day to come."""
    membership = get_object_or_404(accounts.memberships_of(request.user).select_related("user"), pk=pk)
    accounts.managing_capacity(request.user, membership)
    form = EndForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            accounts.end(membership, by=request.user, on=form.cleaned_data["on"], reason=form.cleaned_data["reason"])
        except Refused as refusal:
            messages.warning(request, refusal.message)
        else:
            messages.success(request, _("The end of the post is recorded."))
        return redirect("people")
    return render(request, "portal/account/membership_end.html", {"form": form, "membership": membership})


@login_required
@require_POST
def membership_confirm(request, pk):
    membership = get_object_or_404(accounts.pending_for(request.user), pk=pk)
    accounts.confirm(membership, by=request.user)
    messages.success(request, _("Confirmed. The role counts from now on."))
    return redirect(_after_answering(request.user))


@login_required
@require_POST
def membership_decline(request, pk):
    """Refuse to confirm: the post ends before it began."""
    membership = get_object_or_404(accounts.pending_for(request.user), pk=pk)
    accounts.decline(membership, by=request.user)
    messages.success(request, _("Declined. The role does not count."))
    return redirect(_after_answering(request.user))


def _after_answering(user):
    """To the next one who waits; who looks after nobody else is led home."""
    return "people" if accounts.looks_after_people(user) else "home"


# Coming in


@never_cache
@sensitive_post_parameters("password1", "password2")
def join(request):
    """From a code to a post: with the account at hand, or a new one.

    The code moves from the address into the session at once, so that it stays in no history and no referrer.
    """
    if "code" in request.GET:
        request.session[CODE] = request.GET["code"][:60]
        return redirect("join")
    form = CodeForm(request.POST if "code" in request.POST else None)
    if form.is_bound and form.is_valid():
        request.session[CODE] = form.cleaned_data["code"]
        return redirect("join")
    code = request.session.get(CODE)
    if form.is_bound or not code:
        return render(request, "portal/account/join_code.html", {"form": form})
    try:
        invitation = accounts.open_invitation(code)
    except Refused as refusal:
        del request.session[CODE]
        return render(request, "portal/account/join_code.html", {"form": CodeForm(), "refusal": refusal}, status=409)
    if request.user.is_authenticated:
        return take_up(request, invitation, code)
    return open_account(request, invitation, code)


def take_up(request, invitation, code):
    """The page on which a person who is signed in takes up the post."""
    if request.method == "POST":
        membership = accounts.accept(code, user=request.user)
        del request.session[CODE]
        return welcome(request, membership)
    return render(request, "portal/account/join.html", {"invitation": invitation})


def open_account(request, invitation, code):
    """The page on which a newcomer opens an account and takes up the post, in one."""
    first, _space, last = invitation.full_name.partition(" ")
    form = JoinForm(request.POST or None, initial={"first_name": first, "last_name": last.strip()})
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                user = form.save(email=invitation.email, language=(request.LANGUAGE_CODE or "th")[:2])
                membership = accounts.accept(code, user=user)
                record("account.open", user, by=user)
        except ValidationError as error:
            add_errors(form, error)
        else:
            login(request, user, backend=BACKEND)
            request.session.pop(CODE, None)
            return welcome(request, membership)
    return render(request, "portal/account/join.html", {"invitation": invitation, "form": form})


def welcome(request, membership):
    if membership.is_confirmed:
        messages.success(request, _("Welcome. You now act as %(role)s.") % {"role": membership.get_role_display()})
    else:
        messages.success(
            request,
            _("Thank you. Your role as %(role)s counts once a second person has confirmed it; we will tell you.")
            % {"role": membership.get_role_display()},
        )
    return redirect("home")


def add_errors(form, error):
    """Show on `form` what a model refused, under the field where there is one."""
    found = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
    for name, lines in found.items():
        form.add_error(name if name in form.fields else None, lines)
