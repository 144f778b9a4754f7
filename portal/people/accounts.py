"""Accounts and posts: how people come in, what they hold, how that ends.

A post is an `Invitation` until it is taken up and a `Membership` from then on; the same permissions ask the
same place of both (`portal/rules.py`).
"""

import secrets
from datetime import datetime, time, timedelta

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal import access, clock, notices
from portal.audit import record
from portal.errors import Refused
from portal.models.people import ApiToken, Invitation, Membership, User
from portal.people import devices, guessing
from portal.registry import Task
from portal.roles import DECIDING_ROLES, LOCAL_ROLES, Role
from portal.thai.dates import thaidate
from portal.thai.digits import to_arabic

INVITES = ("portal.invite_anyone", "portal.invite_province", "portal.invite_colleague")
MANAGES = ("portal.change_membership", "portal.invite_colleague")
VALID_FOR = timedelta(days=30)
ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
READ_AS = str.maketrans("O0U", "QQV")
CODE_LENGTH = 16
WATCHED = DECIDING_ROLES | {Role.OPERATOR}

written_day = lazy(thaidate, str)
in_their_words = lazy(lambda words: words(), str)

LETTERS = {
    "account/email/password_reset_key": (
        _("Choose a new password"),
        _(
            "Somebody, hopefully you, asked for a new password for the account “%(username)s”. "
            "Open the link to choose it. If it was not you, there is nothing to do: the old password goes on working."
        ),
    ),
    "account/email/unknown_account": (
        _("No account with this address"),
        _(
            "Somebody asked for a new password with this e-mail address, but no account of the portal has it. "
            "Perhaps you gave another address, or none: ask whoever invited you."
        ),
    ),
}


class AccountAdapter(DefaultAccountAdapter):
    """How allauth behaves here: its letters go through the outbox, and people meet the portal in their language."""

    def is_open_for_signup(self, request):
        return True

    def format_email_subject(self, subject):
        return subject

    def save_user(self, request, user, form, commit=True):
        user.language = (get_language() or "th")[:2]
        return super().save_user(request, user, form, commit)

    def post_login(self, request, user, **kwargs):
        response = remember_language(super().post_login(request, user, **kwargs), user.language)
        return devices.remember(request, response, user.username)

    def _get_login_attempts_cache_key(self, request, **credentials):
        key = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{key} known" if devices.knows(request, credentials.get("username", "")) else key

    def pre_authenticate(self, request, **credentials):
        super().pre_authenticate(request, **credentials)
        self._guess = guessing.take(self._get_login_attempts_cache_key(request, **credentials))
        if self._guess is None:
            raise self.validation_error("too_many_login_attempts")

    def _rollback_login_failed_rl_usage(self):
        super()._rollback_login_failed_rl_usage()
        guessing.give_back(self._guess)

    def _delete_login_attempts_cached_email(self, request, **credentials):
        super()._delete_login_attempts_cached_email(request, **credentials)
        guessing.forgive(self._get_login_attempts_cache_key(request, **credentials))

    def send_mail(self, template_prefix, email, context):
        user = context.get("user")
        language = user.language if user else get_language() or "th"
        if template_prefix in LETTERS:
            subject, body = LETTERS[template_prefix]
            facts = {"username": user.username if user else ""}
            url = context.get("password_reset_url", "")
        else:
            letter = self.render_mail(template_prefix, email, {**context, "request": self.request, "email": email})
            subject, body, facts, url = letter.subject, letter.body, {}, ""
        notices.write_to(
            email, "account", subject=subject, body=body, url=url, language=language[:2], is_secret=True, **facts
        )


def remember_language(response, language):
    """`response`, which makes the browser ask for pages in `language` from now on."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=int(timedelta(days=365).total_seconds()),
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


# Invitations


def invite(*, by, mails=True, **post):
    """A new invitation and its code in clear, which nobody can read again; mailed where there is an address.

    `post` holds the invitation's own fields: role, full_name, and where they apply local_government, province,
    agency, email, acting, order_no, valid_to. Raises PermissionDenied for a post that `by` may not fill.
    """
    invitation = Invitation(invited_by=by, **post)
    capacity = inviting_capacity(by, invitation)
    code = new_code()
    invitation.digest = digest_of(code)
    invitation.expires_at = clock.now() + VALID_FOR
    invitation.full_clean(exclude=["invited_by"])
    if invitation.valid_to and invitation.valid_to <= clock.today():
        raise ValidationError({"valid_to": _("Choose a day that is still to come.")})
    post_of(invitation).full_clean(exclude=["user", "granted_by"])
    with transaction.atomic():
        invitation.save()
        record("invitation.send", invitation, by=by, capacity=capacity, details=facts_of(invitation))
        if mails:
            mail_code(invitation, code)
    return invitation, code


def renew(invitation, *, by):
    """A fresh code for an open or expired invitation; the old one dies. The code in clear."""
    capacity = inviting_capacity(by, invitation)
    code = new_code()
    waiting = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
    with transaction.atomic():
        if not waiting.update(digest=digest_of(code), expires_at=clock.now() + VALID_FOR, invited_by=by):
            raise Refused(_("This invitation was already taken up or withdrawn."), code="invitation_closed")
        invitation.refresh_from_db()
        record("invitation.renew", invitation, by=by, capacity=capacity, details=facts_of(invitation))
        mail_code(invitation, code)
    return code


def withdraw(invitation, *, by):
    """Make an invitation worthless."""
    capacity = inviting_capacity(by, invitation)
    with transaction.atomic():
        waiting = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
        if not waiting.update(revoked_at=clock.now()):
            raise Refused(_("This invitation was already taken up or withdrawn."), code="invitation_closed")
        record("invitation.withdraw", invitation, by=by, capacity=capacity, details=facts_of(invitation))


def open_invitation(code):
    """The invitation that `code` opens now. Raises Refused `invitation_unknown`, `_closed` or `_expired`."""
    invitation = (
        Invitation.objects.filter(digest=digest_of(code)).select_related("local_government", "province").first()
    )
    if invitation is None:
        raise Refused(
            _("We do not know this code. Check it against the letter and enter it again."), code="invitation_unknown"
        )
    if invitation.accepted_at or invitation.revoked_at:
        raise Refused(
            _("This code was already used or withdrawn. Ask whoever invited you for a new one."),
            code="invitation_closed",
        )
    if not invitation.is_open(clock.now()) or (invitation.valid_to and invitation.valid_to <= clock.today()):
        raise Refused(_("This code has expired. Ask whoever invited you for a new one."), code="invitation_expired")
    if not any(access.capacity(invitation.invited_by, permission, invitation) for permission in INVITES):
        raise Refused(
            _("Whoever invited you may no longer do so. Ask the office for a new invitation."), code="inviter_left"
        )
    return invitation


@transaction.atomic
def accept(code, *, user):
    """The membership that `user` takes up with `code`. A deciding role waits for a second person's confirmation."""
    invitation = open_invitation(code)
    if invitation.invited_by_id == user.pk:
        raise Refused(_("You cannot take up a post that you offered yourself."), code="same_person")
    membership = post_of(invitation)
    membership.user = user
    membership.granted_by = invitation.invited_by
    membership.is_confirmed = invitation.role not in DECIDING_ROLES
    if twins_of(membership).exists():
        raise Refused(_("You hold this post already."), code="already_held")
    waiting = Invitation.objects.filter(pk=invitation.pk, digest=invitation.digest, accepted_at=None, revoked_at=None)
    if not waiting.update(accepted_at=clock.now(), accepted_by=user):
        raise Refused(
            _("This code was already used or withdrawn. Ask whoever invited you for a new one."),
            code="invitation_closed",
        )
    membership.full_clean()
    membership.save()
    user.__dict__.pop("_memberships", None)
    record("membership.take_up", membership, by=user, details=facts_of(invitation) | {"invitation": invitation.pk})
    tell_holders(membership)
    return membership


def inviting_capacity(user, invitation):
    """The membership through which `user` may fill this post. Raises PermissionDenied."""
    return _capacity(user, INVITES, invitation, _("You may not fill this post. Ask the operator."))


def post_of(invitation):
    """The membership that an invitation offers, unsaved and nobody's yet."""
    names = ("role", "agency", "local_government", "province", "acting", "order_no", "valid_to")
    return Membership(valid_from=clock.today(), **{name: getattr(invitation, name) for name in names})


def twins_of(membership):
    """The same post in the same hands, in force or waiting."""
    same = ("user", "role", "agency", "local_government", "province")
    day = clock.today()
    return Membership.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=day), revoked_at=None, **{name: getattr(membership, name) for name in same}
    )


def facts_of(post):
    """What an event keeps of a post: no names and no addresses."""
    return {
        "role": post.role,
        "agency": post.agency,
        "local_government": post.local_government_id,
        "province": post.province_id,
        "acting": post.acting,
        "order_no": post.order_no,
        "valid_to": post.valid_to,
    }


def new_code():
    """Sixteen letters and digits that are hard to mistake, in groups of four."""
    letters = [secrets.choice(ALPHABET) for _place in range(CODE_LENGTH)]
    return "-".join("".join(letters[start : start + 4]) for start in range(0, CODE_LENGTH, 4))


def digest_of(code):
    """The hash under which a code is kept; spaces, dashes, case and look-alikes do not matter."""
    plain = "".join(one for one in to_arabic(code).upper() if one.isalnum()).translate(READ_AS)
    return ApiToken.hash(plain)


def join_path(code):
    """The address that a code opens, without the host."""
    return f"{reverse('join')}?code={code}"


def mail_code(invitation, code):
    """Send the code where there is an address; without one the letter is handed over on paper.

    The code stands in the link alone, which the outbox masks.
    """
    if not invitation.email:
        return
    place = invitation.local_government or invitation.province
    notices.write_to(
        invitation.email,
        "invitation",
        subject=_("Invitation to the smart-city portal"),
        body=_(
            "Dear %(name)s\n\nYou are invited to the smart-city portal as %(role)s%(place)s.\n"
            "Open the link before %(until)s. It works once, and for you alone: do not pass it on."
        ),
        url=join_path(code),
        about=invitation,
        is_secret=True,
        name=invitation.full_name,
        role=Role(invitation.role).label,
        place=in_their_words(lambda: f" · {place}" if place else ""),
        until=written_day(invitation.expires_at),
    )


# Posts that are held


def confirm(membership, *, by):
    """Put a deciding role in force, as the second person.

    Raises PermissionDenied unless `by` is an operator or holds the role, and neither granted it nor receives it.
    """
    if not may_confirm(by, membership):
        raise PermissionDenied(_("Another person who holds this role, or a second operator, must confirm it."))
    with transaction.atomic():
        pending = Membership.objects.filter(pk=membership.pk, is_confirmed=False, revoked_at=None)
        if not pending.update(is_confirmed=True):
            raise Refused(_("This post is no longer waiting for confirmation."), code="not_pending")
        membership.refresh_from_db()
        record("membership.confirm", membership, by=by, details=facts_of(membership))
        notices.tell(
            membership.user,
            "membership",
            subject=_("Your role is confirmed: %(role)s"),
            body=_("From now on you can act as %(role)s."),
            url=reverse("account"),
            about=membership,
            role=Role(membership.role).label,
        )
    return membership


def decline(membership, *, by):
    """Refuse a post that waits for confirmation: it ends before it began. For those who could confirm it."""
    if not may_confirm(by, membership):
        raise PermissionDenied(_("Another person who holds this role, or a second operator, must confirm it."))
    with transaction.atomic():
        pending = Membership.objects.filter(pk=membership.pk, is_confirmed=False, revoked_at=None)
        if not pending.update(revoked_at=clock.now()):
            raise Refused(_("This post is no longer waiting for confirmation."), code="not_pending")
        record("membership.decline", membership, by=by, details=facts_of(membership))
        notices.tell(
            [membership.user, membership.granted_by],
            "membership",
            subject=_("Not confirmed: %(role)s"),
            body=_("%(by)s declined to confirm the role %(role)s of %(person)s. It does not count."),
            url=reverse("account"),
            about=membership,
            role=Role(membership.role).label,
            person=str(membership.user),
            by=str(by),
        )


def may_confirm(user, membership):
    """Whether `user` is a second pair of eyes for a post that waits."""
    if user.pk in {membership.user_id, membership.granted_by_id}:
        return False
    return user.has_perm("portal.change_membership", membership) or any(
        held.role == membership.role for held in access.memberships(user)
    )


def end(membership, *, by, on=None, reason=""):
    """End a post now, or `on` a day to come (the first day on which it no longer counts)."""
    capacity = managing_capacity(by, membership)
    with transaction.atomic():
        refuse_last_operator(membership)
        rows = Membership.objects.filter(pk=membership.pk, revoked_at=None)
        change = (
            {"valid_to": on} if on and on > max(clock.today(), membership.valid_from) else {"revoked_at": clock.now()}
        )
        if not rows.update(**change):
            raise Refused(_("This post has ended already."), code="already_ended")
        membership.refresh_from_db()
        record(
            "membership.end", membership, by=by, capacity=capacity, details=facts_of(membership) | {"reason": reason}
        )
        notices.tell(
            membership.user,
            "membership",
            subject=_("Your role ends: %(role)s"),
            body=_("%(by)s recorded that you no longer act as %(role)s from %(day)s. If that is wrong, contact them."),
            url=reverse("account"),
            about=membership,
            role=Role(membership.role).label,
            by=str(by),
            day=written_day(clock.today() if membership.revoked_at else on),
        )
    return membership


def managing_capacity(user, membership):
    """The membership through which `user` may end this post. Raises PermissionDenied."""
    return _capacity(user, MANAGES, membership, _("You may not change this post. Ask the operator."))


def refuse_last_operator(membership):
    if membership.role != Role.OPERATOR:
        return
    others = Membership.objects.in_force(clock.today()).holding(Role.OPERATOR).exclude(pk=membership.pk)
    if not others.filter(user__is_active=True).exists():
        raise Refused(_("This is the last operator. Appoint another one first."), code="last_operator")


def tell_holders(membership):
    """Tell those who hold a deciding role, and the operators, that somebody is to join them."""
    if membership.role not in WATCHED:
        return
    present = Membership.objects.in_force(clock.today()).holding(membership.role, Role.OPERATOR)
    others = User.objects.filter(memberships__in=present).exclude(pk=membership.user_id).distinct()
    body = _("%(person)s was appointed as %(role)s by %(by)s.")
    if not membership.is_confirmed:
        body = _("%(person)s was appointed as %(role)s by %(by)s. The role counts once a second person confirms it.")
    notices.tell(
        others,
        "membership",
        subject=_("New holder of a role: %(role)s"),
        body=body,
        url=reverse("people"),
        about=membership,
        person=str(membership.user),
        role=Role(membership.role).label,
        by=str(membership.granted_by),
    )


# Who sees what


def looks_after_people(user):
    """Whether the pages about people are for `user`: by permission, or because a post waits for them."""
    return may_invite(user) or (user.is_authenticated and pending_for(user).exists())


def may_invite(user):
    """Whether `user` may fill some post somewhere."""
    return any(access.holding(user, permission) for permission in INVITES)


def invitations_of(user):
    """The invitations that `user` may manage, as a queryset."""
    return Invitation.objects.filter(_within(user, "portal.invite_anyone"))


def memberships_of(user):
    """The posts that `user` may look after, as a queryset: all but the timer's, or those of the own offices."""
    return Membership.objects.filter(_within(user, "portal.change_membership")).exclude(role=Role.TIMER)


def pending_for(user):
    """The posts that wait for the confirmation of `user`, as a queryset."""
    pending = Membership.objects.filter(is_confirmed=False, revoked_at=None).exclude(user=user).exclude(granted_by=user)
    if user.has_perm("portal.change_membership"):
        return pending
    return pending.filter(role__in={held.role for held in access.memberships(user)} & DECIDING_ROLES)


def pending_tasks(user):
    """The inbox's lines for posts that wait."""
    if not user.is_authenticated:
        return
    for membership in pending_for(user).select_related("user").order_by("pk"):
        yield Task(
            area="people",
            title=f"{membership.user} · {membership.get_role_display()}",
            url=reverse("people"),
            verb=_("Confirm the appointment"),
            since=datetime.combine(membership.valid_from, time.min, clock.BANGKOK),
        )


def _within(user, everywhere):
    if access.holding(user, everywhere):
        return Q()
    offices = access.scope(user, "portal.invite_province") | access.scope(user, "portal.invite_colleague")
    return offices & Q(role__in=LOCAL_ROLES)


def _capacity(user, permissions, post, refusal):
    found = (access.capacity(user, permission, post) for permission in permissions)
    capacity = next(filter(None, found), None)
    if capacity is None:
        raise PermissionDenied(refusal)
    return capacity
