"""What runs by itself: the relay of letters, the registered timers, the queue of jobs.

`manage.py timers` runs them without a broker; with one, Celery's beat sends the tasks at the end of this page.
"""

import logging
from datetime import timedelta
from urllib.parse import urlsplit

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from portal import clock, files, jobs
from portal.errors import Refused
from portal.models.outbox import Notice, mask
from portal.registry import timer, timers

log = logging.getLogger(__name__)

BATCH = 20
LEASE = timedelta(minutes=10)
BACK_OFF = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240, 480, 960, 1440)]
TRIES = len(BACK_OFF) + 1
STANDSTILL = timedelta(minutes=3)
SWEEP_EVERY = timedelta(days=1)


def relay(limit=200):
    """Mail the letters that are due, at most `limit`; how many were sent.

    Each letter goes out at least once, always under the same Message-ID. Any number of relays may run.
    """
    _give_up_on_stranded()
    sent = 0
    while limit > 0 and (letters := claim(min(BATCH, limit))):
        limit -= len(letters)
        delivered, reachable = _deliver(letters)
        sent += delivered
        if not reachable:
            break
    return sent


def claim(count):
    """Up to `count` due letters, now in this relay's hands until their `claimed_until`."""
    moment = clock.now()
    until = moment + LEASE
    with transaction.atomic():
        due = Notice.objects.due(moment).order_by("next_try_at", "pk")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        keys = [notice.pk for notice in due[:count]]
        mine = Notice.objects.due(moment).filter(pk__in=keys)
        mine.update(claimed_until=until, attempts=F("attempts") + 1)
    return list(Notice.objects.filter(pk__in=keys, claimed_until=until).order_by("next_try_at", "pk"))


def _deliver(letters):
    """How many of `letters` were sent, and whether the mail server could be reached to the end."""
    server, sent = get_connection(), 0
    try:
        server.open()
        for number, letter in enumerate(letters):
            try:
                if not server.send_messages([compose(letter, server)]):
                    raise OSError("The mail server took nothing.")
            except Exception as error:
                _put_off([letter], error)
                server.close()
                try:
                    server.open()
                except Exception as unreachable:
                    _put_off(letters[number + 1 :], unreachable)
                    return sent, False
            else:
                _mark_sent(letter)
                sent += 1
    except Exception as unreachable:
        _put_off(letters, unreachable)
        return sent, False
    finally:
        server.close()
    return sent, True


def compose(letter, server=None):
    """The e-mail for a notice: plain text, in the reader's language, with one link."""
    host = urlsplit(settings.SITE_URL).hostname
    with override(letter.language):
        link = f"{settings.SITE_URL}{letter.url}" if letter.url.startswith("/") else letter.url
        footer = f"{settings.PORTAL_NAME}\n{_('This letter was sent by the portal. Please do not answer it.')}"
    return EmailMessage(
        subject=letter.subject,
        body="\n\n".join(part for part in (letter.body, link, f"-- \n{footer}") if part),
        to=[letter.email],
        connection=server,
        headers={
            "Message-ID": f"<{letter.message_id}@{host}>",
            "Auto-Submitted": "auto-generated",
            "Content-Language": letter.language,
        },
    )


def _mark_sent(letter):
    columns = {"sent_at": clock.now(), "claimed_until": None, "last_error": ""}
    if letter.is_secret and not settings.DEMO:
        columns |= {"body": mask(letter.body), "url": letter.url.split("?")[0]}
    Notice.objects.filter(pk=letter.pk).update(**columns)


def _put_off(letters, error):
    """Try these again later, or give up on those that had their last try."""
    moment = clock.now()
    for letter in letters:
        log.warning("Letter %s was not sent (try %s): %s", letter.message_id, letter.attempts, type(error).__name__)
        columns = {"claimed_until": None, "last_error": f"{type(error).__name__}: {error}".replace("\0", "")[:300]}
        if letter.attempts >= TRIES:
            columns["failed_at"] = moment
        else:
            columns["next_try_at"] = moment + BACK_OFF[letter.attempts - 1]
        Notice.objects.filter(pk=letter.pk, claimed_until=letter.claimed_until).update(**columns)


def _give_up_on_stranded():
    """A letter that took its relay down with it on every try is not tried for ever."""
    moment = clock.now()
    stranded = Notice.objects.due(moment).filter(attempts__gte=TRIES)
    stranded.update(failed_at=moment, claimed_until=None, last_error="The relay stopped while sending it.")


def run_timers():
    """Run every registered timer once; one that fails is logged and does not hold up the others."""
    for name, work in timers():
        try:
            work()
        except Exception:
            log.exception("Timer %s failed.", name)
    jobs.beat(jobs.TIMERS)


def each(items, do):
    """Call `do(item)` for each, in a transaction of its own; how many succeeded. Failures are logged."""
    succeeded = 0
    for item in items:
        try:
            with transaction.atomic():
                do(item)
        except Refused as refusal:
            log.info("%s was passed over: %s", item, refusal.code)
        except Exception:
            log.exception("%s failed for %s.", getattr(do, "__qualname__", do), item)
        else:
            succeeded += 1
    return succeeded


@timer
def fail_silent_jobs():
    jobs.fail_silent()


@timer
def sweep_files():
    """Once a day, drop uploads whose transaction was rolled back."""
    since = jobs.silence("sweep_files")
    if since is None or since >= SWEEP_EVERY:
        jobs.beat("sweep_files")
        files.sweep()


def warnings():
    """What an operator should know at once, as lines of text; empty when all is well."""
    lines = []
    quiet = jobs.silence(jobs.TIMERS)
    if quiet is None or quiet > STANDSTILL:
        lines.append(_("The timers stand still: deadlines are not recorded and no mail is sent."))
    if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        lines.append(_("No mail server is set up: letters are written to the console only."))
    if Notice.objects.dead().filter(sent_at=None).exists():
        lines.append(_("Some letters could not be delivered. See the outbox."))
    return lines


@shared_task(name="portal.tasks.relay_notices")
def relay_notices():
    relay()


@shared_task(name="portal.tasks.run_timers")
def run_timers_task():
    run_timers()


@shared_task(name="portal.tasks.run_jobs")
def run_jobs():
    jobs.run_next()
