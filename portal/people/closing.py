"""Closing one's own account: what the law does not need kept is erased, for good and after a backup too.

Whoever still holds a post or something of the portal hands that over first (`registry.tie`). The apps erase their part
(`registry.eraser`). The name alone stays where the acts of an office or the accounts of public money need it
(`registry.keeper`); a timer takes it away once nothing needs it any more.
"""

import json
import os
from datetime import datetime
from pathlib import Path

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from portal import access, clock, registry
from portal.audit import record
from portal.errors import Refused
from portal.models import AccessReset, ApiToken, Invitation, Membership, User
from portal.models.outbox import Notice

KIND = "account"
EMPTIED = ("email", "phone", "title")
_seen = {}


@registry.tie
def posts_in_force(user):
    """The posts that somebody holds: a post is handed over or ended first."""
    return [_("You hold a post: %(post)s.") % {"post": post} for post in access.posts(user)]


@registry.keeper
def acted_in_an_office(user):
    return Membership.objects.filter(user=user, is_confirmed=True).exists()


def ties(user):
    """What keeps `user` from closing the account now, as texts."""
    return [text for tie in registry.TIES for text in tie(user)]


def keeps_name(user):
    """Whether acts or accounts need to know who `user` was."""
    return any(keeper(user) for keeper in registry.KEEPERS)


@transaction.atomic
def close(user, *, by):
    """Close the account of `user` on their wish; the anonymous row that is left. Refused `still_held`."""
    if by.pk != user.pk or user.is_timer:
        raise PermissionDenied(_("Everybody closes their own account alone."))
    held = ties(user)
    if held:
        raise Refused(_("Hand this over first: %(first)s") % {"first": " ".join(held)}, code="still_held", held=held)
    record("account.erase", user, by=user)
    closed = erase(user)
    transaction.on_commit(write_down)
    return closed


def erase(user):
    """`user` without an entrance and without what is personal."""
    for eraser in registry.ERASERS:
        eraser(user)
    user = User.objects.get(pk=user.pk)
    _empty_letters(user)
    Invitation.objects.filter(accepted_by=user).update(full_name="", email="")
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=clock.now())
    ApiToken.objects.filter(user=user).update(name="")
    AccessReset.objects.filter(user=user, used_at=None).update(expires_at=clock.now())
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    for name in EMPTIED if keeps_name(user) else (*EMPTIED, "first_name", "last_name"):
        setattr(user, name, "")
    user.username, user.is_active, user.last_login = erased_name(user), False, None
    user.set_unusable_password()
    user.save()
    return user


def _empty_letters(user):
    own = Notice.objects.filter(recipient=user)
    own.unsent().delete()
    mailed = Notice.objects.filter(recipient=None, email__iexact=user.email) if user.email else Notice.objects.none()
    for letters in (own, mailed):
        letters.update(body="", email="", url="")
    own.update(recipient=None)


def erased_name(user):
    return f"erased-{user.pk}"


def erased():
    """The accounts that were closed, as a queryset."""
    return User.objects.filter(is_active=False, username__startswith="erased-")


# The ledger, outside the database


def path():
    return Path(settings.KEYS_DIR) / "erasures.jsonl"


def ledger():
    """`{id: moment}` of the accounts that the ledger knows as closed, with when each was opened."""
    if not path().exists():
        return {}
    with path().open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file if line.endswith("}\n")]
    return {line["id"]: datetime.fromisoformat(line["made_at"]) for line in lines if line["kind"] == KIND}


def write_down():
    """Append the closed accounts that the ledger does not know yet."""
    known = ledger()
    fresh = [one for one in erased().order_by("pk") if known.get(one.pk) != one.date_joined]
    if fresh:
        path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8") as file:
            for one in fresh:
                line = {"kind": KIND, "id": one.pk, "made_at": one.date_joined.isoformat()}
                file.write(f"{json.dumps(line)}\n")
            file.flush()
            os.fsync(file.fileno())


@registry.timer
def erase_accounts_again():
    """Close again what a backup brought back, and take away names that nothing needs any more; how many."""
    stamp = path().stat().st_size if path().exists() else 0, erased().count(), clock.today()
    if _seen.get(str(path())) == stamp:
        return 0
    known = ledger()
    brought_back = User.objects.filter(pk__in=known).exclude(pk__in=erased())
    again = [user for user in brought_back if known[user.pk] == user.date_joined]
    named = [user for user in erased().exclude(first_name="", last_name="") if not keeps_name(user)]
    for user in again:
        with transaction.atomic():
            erase(user)
    User.objects.filter(pk__in=[user.pk for user in named]).update(first_name="", last_name="")
    write_down()
    _seen[str(path())] = path().stat().st_size if path().exists() else 0, erased().count(), clock.today()
    return len(again) + len(named)
