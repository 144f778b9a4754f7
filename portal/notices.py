"""Telling people: rows written with the step that tells, and sent later by the relay in `portal.tasks`."""

from datetime import UTC, date, datetime
from uuid import uuid4

from django.utils.translation import override

from portal import clock
from portal.models.outbox import Notice
from portal.thai.dates import thaidate, thaidatetime

UNTIL_RELEASED = datetime(9999, 1, 1, tzinfo=UTC)
BATCH = 1000


def tell(recipients, kind, *, subject, body, url="", about=None, held_until=None, by_email=True, **facts):
    """Write one notice for each of `recipients` (users, one or many); the rows.

    Runs in the caller's transaction: what is rolled back was never told. `subject` and `body` may be lazy and
    are rendered once per language; with `facts` they are filled by `%`: facts may be lazy as well, and days and moments
    are given as such and written in the reader's language.
    People whose account is closed are left out. A letter with `held_until=UNTIL_RELEASED` waits for `release`.
    """
    people = {person.pk: person for person in several(recipients) if person.is_active}
    moment, texts, rows = clock.now(), {}, []
    for person in people.values():
        if person.language not in texts:
            texts[person.language] = _rendered(person.language, subject, body, facts)
        title, text = texts[person.language]
        rows.append(
            Notice(
                message_id=uuid4(),
                recipient=person,
                email=person.email if by_email else "",
                language=person.language,
                kind=kind,
                subject=title,
                body=text,
                url=url,
                held_until=held_until,
                created_at=moment,
                next_try_at=moment,
                **_filed_under(about),
            )
        )
    return Notice.objects.bulk_create(rows, batch_size=BATCH)


def write_to(email, kind, *, subject, body, url="", about=None, language="th", is_secret=False, **facts):
    """Write one letter to an address: it stands under nobody's bell. `is_secret` says that a link opens something."""
    title, text = _rendered(language, subject, body, facts)
    return Notice.objects.create(
        email=email,
        language=language,
        kind=kind,
        subject=title,
        body=text,
        url=url,
        is_secret=is_secret,
        **_filed_under(about),
    )


def release(notices):
    """Let the held ones among `notices` (a queryset) go now; how many there were."""
    moment = clock.now()
    return notices.held(moment).update(held_until=None, created_at=moment, next_try_at=moment)


def unread_count(user):
    """How many notices wait under the bell of `user`."""
    if not user.is_authenticated:
        return 0
    return Notice.objects.bell_of(user, clock.now()).unread().count()


def mark_read(notices):
    """Mark `notices` (a queryset) as read; how many were not."""
    return notices.unread().update(read_at=clock.now())


def forget(person, about):
    """Take what was told about `about` from under the bell of `person`, and stop what was not yet mailed.

    Letters that went out stay in the outbox.
    """
    told = Notice.objects.about(about).filter(recipient=person)
    told.unsent().delete()
    told.update(recipient=None)


def revive(notice):
    """Give a letter that was given up on its tries again; whether it was."""
    dead = Notice.objects.dead().filter(pk=notice.pk)
    return bool(dead.update(failed_at=None, attempts=0, next_try_at=clock.now()))


def several(recipients):
    """The users in `recipients`, which is one or many."""
    return [recipients] if hasattr(recipients, "pk") else recipients


def _rendered(language, subject, body, facts):
    with override(language):
        written = {name: _written(fact) for name, fact in facts.items()}
        title, text = (str(part) % written if facts else str(part) for part in (subject, body))
    return " ".join(title.split())[:250], text


def _written(fact):
    """A fact as a text says it: a deadline at midnight as the minute before, nothing as a dash."""
    match fact:
        case datetime():
            return thaidatetime(clock.last_minute(fact))
        case date():
            return thaidate(fact)
        case None:
            return "–"
    return fact


def _filed_under(about):
    return {"case_type": about._meta.label_lower, "case_id": about.pk} if about is not None else {}
