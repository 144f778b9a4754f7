"""New access for somebody who lost it and has no e-mail: a code on paper, handed over by the province."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import access, clock, notices
from portal.audit import record
from portal.errors import Refused
from portal.models.orders import AccessReset
from portal.models.people import Membership, User
from portal.people import accounts

VALID_FOR = timedelta(days=7)


def may_reset(user, person):
    """Whether `user` may hand `person` new access: an operator anybody; a province those who hold posts in its
    local governments and nowhere else.
    """
    if user.pk == person.pk:
        return False
    if access.holding(user, "portal.invite_anyone"):
        return True
    held = Membership.objects.in_force(clock.today()).filter(user=person).select_related("local_government")
    held = list(held)
    return bool(held) and all(user.has_perm("portal.invite_province", membership) for membership in held)


def issue(person, *, by):
    """The new `AccessReset` and its code in clear, which nobody can read again; earlier codes die.

    The old password goes on working until the code is used. Raises PermissionDenied.
    """
    if not may_reset(by, person):
        raise PermissionDenied(_("Only the province of this person's office, or an operator, gives new access."))
    code = accounts.new_code()
    with transaction.atomic():
        AccessReset.objects.filter(user=person, used_at=None).update(expires_at=clock.now())
        reset = AccessReset.objects.create(
            user=person, digest=accounts.digest_of(code), issued_by=by, expires_at=clock.now() + VALID_FOR
        )
        record("access.issue", person, by=by)
        _tell([person], _("A code for a new password was made for you"), reset)
    return reset, code


def use(code, *, password):
    """The person who chose a new password with `code`; every session of theirs ends.

    Raises Refused `code_unknown`, `code_used` or `code_expired`.
    """
    reset = AccessReset.objects.filter(digest=accounts.digest_of(code)).select_related("user", "issued_by").first()
    if reset is None:
        raise Refused(
            _("We do not know this code. Check it against the letter and enter it again."), code="code_unknown"
        )
    if not reset.user.is_active or (reset.used_at is None and clock.now() >= reset.expires_at):
        raise Refused(_("This code has expired. Ask for a new one."), code="code_expired")
    with transaction.atomic():
        if not AccessReset.objects.filter(pk=reset.pk, used_at=None).update(used_at=clock.now()):
            raise Refused(_("This code was already used. Ask for a new one."), code="code_used")
        user = User.objects.get(pk=reset.user_id)
        user.set_password(password)
        user.save(update_fields=["password"])
        record("access.use", user, by=user, details={"issued_by": reset.issued_by.username})
        _tell([user, reset.issued_by, *witnesses(user)], _("New password: %(person)s"), reset)
    return user


def witnesses(user):
    """The colleagues of a person, who are told that there is a new password."""
    places = Membership.objects.in_force(clock.today()).filter(user=user).values("local_government")
    held = Membership.objects.in_force(clock.today()).filter(local_government__in=places)
    return User.objects.filter(memberships__in=held, is_active=True).exclude(pk=user.pk).distinct()


def _tell(people, subject, reset):
    notices.tell(
        people,
        "access",
        subject=subject,
        body=_(
            "%(by)s handed %(person)s a code for a new password. "
            "If this is not right, tell the province's office or an operator at once."
        ),
        url=reverse("account"),
        about=reset.user,
        person=str(reset.user),
        by=str(reset.issued_by),
    )
