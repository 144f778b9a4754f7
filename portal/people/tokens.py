"""The keys of programs: made, shown once, revoked; each of it on record."""

from django.db import transaction

from portal import clock
from portal.audit import record
from portal.models.people import ApiToken


@transaction.atomic
def make(user, *, name, can_write=False, days=90):
    """A new ApiToken for `user` and the key in clear, which nobody can read again."""
    row, key = ApiToken.make(user=user, name=name, can_write=can_write, days=days)
    record("token.make", row, by=user, details={"can_write": can_write, "days": days})
    return row, key


@transaction.atomic
def revoke(row, *, by):
    """The key stops working at once; revoking it again changes nothing."""
    if ApiToken.objects.filter(pk=row.pk, revoked_at=None).update(revoked_at=clock.now()):
        record("token.revoke", row, by=by)
