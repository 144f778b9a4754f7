"""The programs that pull the register with a key: when they last called, how far they have read, who has not heard."""

from datetime import timedelta

from django.db.models import F, Q, Subquery

from portal import clock
from portal.models import ApiToken
from providers.models import ApiClient, Edition, Record

NOTED_EVERY = timedelta(minutes=1)
_noted = {}


def note(token, position=None):
    """Remember that `token` called just now, having read up to `position` (None: it did not follow the changes).

    Written once a minute, or when the position moved; a position is what the caller says that it has.
    """
    now, (before, known) = clock.now(), _noted.get(token.digest, (None, None))
    if before is not None and before <= now < before + NOTED_EVERY and position in (None, known):
        return
    if len(_noted) > 10_000:
        _noted.clear()
    _noted[token.digest] = (now, known if position is None else position)
    values = {"last_called_at": now}
    if position is not None:
        values |= {"position": position, "position_at": now}
    if not ApiClient.objects.filter(token=token).update(**values):
        ApiClient.objects.update_or_create(token=token, defaults=values)


def keys_of(user):
    """The keys of `user` that work, with `behind`: how many changes each has not read (None: it never followed)."""
    last = Subquery(Edition.objects.filter(pk=1).values("seq"))
    return (
        ApiToken.objects.filter(user=user, revoked_at=None, expires_at__gt=clock.now())
        .select_related("registry_client")
        .annotate(behind=last - F("registry_client__position"))
        .order_by("-pk")
    )


def news_of(listing):
    """The record by which `listing` came into its present state, or None where no record tells of it."""
    found = None
    for record in Record.objects.filter(kind="listing", object_id=listing.pk, op="upsert").order_by("-seq"):
        if f'"status":"{listing.state}"' not in record.body:
            break
        found = record
    return found


def unheard(seq):
    """The programs with a working key that have not read up to `seq`: those furthest behind first."""
    working = ApiClient.objects.filter(token__revoked_at=None, token__expires_at__gt=clock.now())
    return (
        working.filter(Q(position=None) | Q(position__lt=seq))
        .select_related("token__user")
        .order_by(F("position").asc(nulls_first=True), "pk")
    )
