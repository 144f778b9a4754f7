"""The second factor: six digits from a telephone beside the password (TOTP, RFC 6238), by allauth.

Whoever likes may turn it on. Where `SECOND_FACTOR` says so, and so wherever the portal is public, the posts that decide
for the country, read everything or look after accounts open nothing without it: no page, and nothing of the API in a
browser's session. A key of the API is made in such a session and stands for it.
"""

from io import BytesIO

import segno
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import access, clock, keys, notices
from portal.api.problems import Problem
from portal.audit import record
from portal.models.people import Membership, User
from portal.roles import DECIDING_ROLES, Role

DEMANDED_OF = DECIDING_ROLES | {Role.AUDITOR, Role.OPERATOR}
SHOWN = "second_factor"  # in a session: the factor was turned on here, and so was shown
OPEN = {"account_login", "account_logout", "account_reauthenticate", "set_language", "privacy", "accessibility"}
DEMANDED = _("Your post demands a second factor. Turn it on now; it takes two minutes.")
TURNED_ON = (
    _("A second factor guards your account"),
    _("From now on signing in as %(person)s also asks for an app's code. If it was not you, tell an operator now."),
)
TAKEN_OFF = (
    _("The second factor of your account is gone"),
    _("Signing in as %(person)s asks for the password alone now. If it was not you, tell an operator now."),
)


class Adapter(DefaultMFAAdapter):
    """How allauth's second factor behaves here: its secrets lie encrypted, under a key outside the database."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code does not fit. It changes every 30 seconds: enter the one shown now."),
        "cannot_delete_authenticator": _("Your post demands the second factor: it cannot be turned off."),
    }

    def get_totp_issuer(self):
        return str(settings.PORTAL_NAME)

    def get_totp_label(self, user):
        return user.username

    def build_totp_svg(self, url):
        drawn = BytesIO()
        segno.make(url, error="m").save(drawn, kind="svg", border=2, light="#fff", xmldecl=False)
        return drawn.getvalue().decode()

    def can_delete_authenticator(self, authenticator):
        return not is_demanded_of(authenticator.user)

    def encrypt(self, text):
        return keys.box("second-factor").encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return keys.box("second-factor").decrypt(encrypted_text.encode()).decode()


class SecondFactor:
    """Middleware: leads those whose post demands the factor to the page that turns it on, before anything else."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if not settings.SECOND_FACTOR or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        match = request.resolver_match
        if match.url_name in OPEN or (match.url_name or "").startswith("mfa_"):
            return None
        if not is_demanded_of(request.user) or was_shown(request):
            return None
        if request.path.startswith("/api/"):
            return Problem(403, "second_factor_needed", DEMANDED).http()
        messages.warning(request, DEMANDED)
        return redirect("mfa_activate_totp")


def is_demanded_of(user):
    """Whether the portal demands the factor of a post that `user` holds today."""
    return settings.SECOND_FACTOR and any(post.role in DEMANDED_OF for post in access.posts(user))


def was_shown(request):
    """Whether this session came in with the factor, or turned it on."""
    ways = {one["method"] for one in get_authentication_records(request, request.user)}
    return "mfa" in ways or SHOWN in request.session


@transaction.atomic
def take_off(user, *, by):
    """Take the factor off an account whose owner lost telephone and codes; whether there was one.

    The owner is told, and so are the operators.
    """
    found = Authenticator.objects.filter(user=user).order_by("type")
    for one in found:
        one.taken_off_by = by
        one.delete()
    return bool(found)


@receiver(post_save, sender=Authenticator)
def note_turned_on(instance, created, **_facts):
    if created and instance.type == Authenticator.Type.TOTP:
        if context.request:
            context.request.session[SHOWN] = True
        _write_down("second_factor.turn_on", instance.user, TURNED_ON)


@receiver(post_delete, sender=Authenticator)
def note_turned_off(instance, origin, **_facts):
    if instance is not origin or instance.type != Authenticator.Type.TOTP:
        return
    if by := getattr(instance, "taken_off_by", None):
        operators = Membership.objects.in_force(clock.today()).filter(role=Role.OPERATOR)
        _write_down(
            "second_factor.take_off", instance.user, TAKEN_OFF, by, User.objects.filter(memberships__in=operators)
        )
    else:
        _write_down("second_factor.turn_off", instance.user, TAKEN_OFF)


def _write_down(verb, user, letter, by=None, also=()):
    subject, body = letter
    record(verb, user, by=by or user)
    told = [user, *also]
    notices.tell(told, "access", subject=subject, body=body, url=reverse("account"), about=user, person=user.username)
