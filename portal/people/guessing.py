"""Five wrong passwords for an account within five minutes, however many are tried at once on however many machines.

Each try is a row of its own, taken by a constraint or a compare-and-set update before the password is looked at: the
database decides, so that nothing depends on a cache that each process may have for itself.
"""

import hashlib
from datetime import timedelta

from django.db import IntegrityError, transaction

from portal import clock
from portal.models.guesses import Guess
from portal.registry import timer

MOST = 5
WITHIN = timedelta(minutes=5)
KEPT = timedelta(hours=1)


def take(account):
    """The `Guess` that lets one try at `account` (a text) go on, or None where there have been enough."""
    key, now = _key(account), clock.now()
    held = dict(Guess.objects.filter(key=key).values_list("slot", "at"))
    for slot in range(MOST):
        if slot not in held:
            try:
                with transaction.atomic():
                    return Guess.objects.create(key=key, slot=slot, at=now)
            except IntegrityError:  # another try was first
                continue
        is_over = held[slot] <= now - WITHIN
        if is_over and Guess.objects.filter(key=key, slot=slot, at=held[slot]).update(at=now):
            return Guess(key=key, slot=slot, at=now)
    return None


def give_back(guess):
    """The password was right: the try does not count."""
    Guess.objects.filter(key=guess.key, slot=guess.slot, at=guess.at).delete()


def forgive(account):
    """The owner has another way in and chose a new password: no try counts any more."""
    Guess.objects.filter(key=_key(account)).delete()


def _key(account):
    return hashlib.sha256(account.encode()).hexdigest()


@timer
def forget_guesses():
    """Delete the tries that have not counted for long."""
    Guess.objects.filter(at__lte=clock.now() - KEPT).delete()
