"""Telling people: with the step, once, in their language, and again when mail was down."""

import threading
from datetime import datetime, timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, connections, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from portal import clock, notices, tasks
from portal.models.outbox import Notice, mask
from portal.models.people import User
from portal.roles import Role
from tests.factories.people import person

HERE = __name__
NOW = clock.now().replace(microsecond=0)


def letter(**kwargs):
    return Notice.objects.create(
        **{"kind": "test", "subject": "เรื่อง", "body": "ข้อความ", "email": "a@example.org", "url": "/notices/"} | kwargs
    )


class Down(EmailBackend):
    """A mail server that cannot be reached."""

    tried = 0

    def open(self):
        type(self).tried += 1
        raise ConnectionRefusedError("nobody listens")


class Picky(EmailBackend):
    """A mail server that breaks off at one address and takes the others."""

    def send_messages(self, messages):
        if messages[0].to == ["bad@example.org"]:
            raise SMTPServerDisconnected("gone")
        return super().send_messages(messages)


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_was_never_told():
    reader = person(email="reader@example.org")

    with pytest.raises(RuntimeError), transaction.atomic():
        notices.tell(reader, "test", subject="a", body="b")
        raise RuntimeError

    assert Notice.objects.count() == 0
    assert tasks.relay() == 0
    assert mail.outbox == []


@pytest.mark.django_db
def test_tell_writes_one_row_for_each_person_once():
    first, second = person(email="first@example.org"), person()
    closed = person(email="closed@example.org", is_active=False)

    notices.tell([first, second, first, closed], "test", subject="a\nb", body="c", url="/x/", about=first)

    assert list(
        Notice.objects.order_by("pk").values_list("recipient", "email", "subject", "url", "case_type", "case_id")
    ) == [
        (first.pk, "first@example.org", "a b", "/x/", "portal.user", first.pk),
        (second.pk, "", "a b", "/x/", "portal.user", first.pk),
    ]


@pytest.mark.django_db
def test_tell_speaks_the_language_of_each_reader():
    thai, english = person(language="th"), person(language="en")

    with override("th"):
        expected = (str(_("Role")), f"{Role.AUDITOR.label} 100%")

    notices.tell([thai, english], "test", subject=_("Role"), body="%(role)s 100%%", role=Role.AUDITOR.label)

    assert dict(Notice.objects.values_list("recipient__language", "subject")) == {"th": expected[0], "en": "Role"}
    assert dict(Notice.objects.values_list("recipient__language", "body")) == {"th": expected[1], "en": "Auditor 100%"}


@pytest.mark.django_db
def test_days_and_moments_are_written_for_the_reader_whoever_acts():
    midnight = datetime(2026, 12, 5, tzinfo=clock.BANGKOK)
    readers = [person(language="th"), person(language="en")]
    facts = {"day": midnight.date(), "until": midnight, "nothing": None}

    with override("en"):
        notices.tell(readers, "test", subject="%(day)s", body="%(until)s %(nothing)s", **facts)

    told = {row.language: (row.subject, row.body.replace("\u00a0", " ")) for row in Notice.objects.all()}
    assert told == {
        "th": ("5 ธันวาคม 2569", "4 ธันวาคม 2569 เวลา 23.59 น. –"),
        "en": ("5 December 2026", "4 December 2026, 23:59 –"),
    }


@pytest.mark.django_db
def test_tell_reaches_thousands_in_few_queries(django_assert_max_num_queries):
    people = User.objects.bulk_create(
        [User(username=f"many_{number}", email=f"{number}@example.org") for number in range(2500)]
    )

    with django_assert_max_num_queries(2500 / 40):
        notices.tell(people, "test", subject="a", body="b")

    assert Notice.objects.count() == 2500


@pytest.mark.django_db
def test_relay_sends_a_letter_once_under_its_own_message_id(settings):
    row = letter()

    assert (tasks.relay(), tasks.relay()) == (1, 0)

    [sent] = mail.outbox
    row.refresh_from_db()
    assert sent.to == ["a@example.org"]
    assert sent.extra_headers["Message-ID"] == f"<{row.message_id}@localhost>"
    assert sent.body.splitlines()[:3] == ["ข้อความ", "", f"{settings.SITE_URL}/notices/"]
    assert (row.state, row.attempts, row.claimed_until) == ("sent", 1, None)


@pytest.mark.django_db
def test_relay_passes_over_who_has_no_address():
    letter(email="", recipient=person())

    assert tasks.relay() == 0


@pytest.mark.django_db
def test_a_held_letter_waits_for_its_release():
    row = letter(recipient=person(), held_until=notices.UNTIL_RELEASED)
    assert tasks.relay() == 0
    assert notices.unread_count(row.recipient) == 0

    assert notices.release(Notice.objects.filter(kind="test")) == 1

    assert notices.unread_count(row.recipient) == 1
    assert tasks.relay() == 1


@pytest.mark.django_db
def test_a_letter_held_until_a_moment_goes_from_that_moment():
    letter(held_until=NOW + timedelta(hours=1), created_at=NOW, next_try_at=NOW)

    with clock.at(NOW + timedelta(minutes=59)):
        assert tasks.relay() == 0
    with clock.at(NOW + timedelta(hours=1)):
        assert tasks.relay() == 1


@pytest.mark.django_db
def test_an_unreachable_server_puts_all_off_and_is_asked_once(settings):
    settings.EMAIL_BACKEND = f"{HERE}.Down"
    Down.tried = 0
    rows = [letter(next_try_at=NOW) for _number in range(3)]

    with clock.at(NOW):
        assert tasks.relay() == 0

    for row in rows:
        row.refresh_from_db()
        assert (row.state, row.attempts) == ("retrying", 1)
        assert row.next_try_at == NOW + timedelta(minutes=1)
        assert row.last_error == "ConnectionRefusedError: nobody listens"
    assert Down.tried == 1


@pytest.mark.django_db
def test_tries_are_spaced_and_end_in_a_dead_letter(settings):
    settings.EMAIL_BACKEND = f"{HERE}.Down"
    row, moment, waits = letter(next_try_at=NOW), NOW, []

    while row.failed_at is None:
        with clock.at(moment):
            tasks.relay()
        row.refresh_from_db()
        waits.append((row.next_try_at - moment).total_seconds() / 60)
        moment = row.next_try_at

    assert waits == [1, 5, 15, 60, 120, 240, 480, 960, 1440, 0]
    assert (row.attempts, row.state) == (10, "failed")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with clock.at(moment + timedelta(days=30)):
        assert tasks.relay() == 0
        assert notices.revive(row)
        assert tasks.relay() == 1


@pytest.mark.django_db
def test_one_bad_letter_does_not_hold_up_the_others(settings):
    settings.EMAIL_BACKEND = f"{HERE}.Picky"
    bad = letter(email="bad@example.org")
    letter(email="good@example.org")

    assert tasks.relay() == 1

    bad.refresh_from_db()
    assert bad.state == "retrying"
    assert [sent.to for sent in mail.outbox] == [["good@example.org"]]


@pytest.mark.django_db
def test_a_letter_whose_relay_died_is_sent_after_its_lease():
    letter(next_try_at=NOW)
    with clock.at(NOW):
        assert len(tasks.claim(10)) == 1
        assert tasks.relay() == 0

    with clock.at(NOW + tasks.LEASE):
        assert tasks.relay() == 1


@pytest.mark.django_db
def test_a_letter_that_kills_its_relay_is_given_up():
    row, moment = letter(next_try_at=NOW), NOW
    for _try in range(tasks.TRIES):
        with clock.at(moment):
            assert [one.pk for one in tasks.claim(10)] == [row.pk]
        moment += tasks.LEASE

    with clock.at(moment):
        assert tasks.relay() == 0

    row.refresh_from_db()
    assert row.state == "failed"


@pytest.mark.django_db
def test_the_code_of_a_secret_letter_does_not_outlive_its_sending():
    row = letter(is_secret=True, url="/join/?code=ABCD", body="See https://portal.example/join/?code=ABCD now")

    tasks.relay()

    row.refresh_from_db()
    assert "code=ABCD" in mail.outbox[0].body
    assert (row.url, row.body) == ("/join/", "See https://portal.example/… now")


def test_mask_leaves_only_the_host():
    assert mask("a https://x.example/reset/1-abc/ b") == "a https://x.example/… b"


@pytest.mark.django_db
def test_the_bell_shows_only_my_own_and_marks_as_read(client):
    me, other = person(), person()
    notices.tell([me, other], "test", subject="เรื่องหนึ่ง", body="b", url="/notices/")
    mine = Notice.objects.get(recipient=me)
    client.force_login(me)

    assert client.get("/notices/").content.decode().count("เรื่องหนึ่ง") == 1
    assert client.post(f"/notices/{mine.pk}/").url == "/notices/"
    assert client.post(f"/notices/{Notice.objects.get(recipient=other).pk}/").status_code == 404

    assert (notices.unread_count(me), notices.unread_count(other)) == (0, 1)


@pytest.mark.django_db
def test_a_notice_never_leads_elsewhere(client):
    me = person()
    notices.tell(me, "test", subject="a", body="b", url="https://evil.example/")
    client.force_login(me)

    assert client.post(f"/notices/{Notice.objects.get().pk}/").url == "/notices/"


@pytest.mark.django_db
def test_the_outbox_is_for_operators_and_masks_what_opens_something(client, settings):
    row = letter(is_secret=True, url="/join/?code=SECRET", body="https://portal.example/reset/SECRET/")
    for user, status in [(person(), 403), (person(Role.AUDITOR), 403), (person(Role.OPERATOR), 200)]:
        client.force_login(user)
        assert client.get("/outbox/").status_code == status
        answer = client.get(f"/outbox/{row.pk}/")
        assert answer.status_code == status
        assert "SECRET" not in answer.content.decode()

    settings.DEMO = True

    assert "SECRET" in client.get(f"/outbox/{row.pk}/").content.decode()


@pytest.mark.django_db
def test_an_operator_may_try_a_dead_letter_again(client):
    row = letter(failed_at=NOW, attempts=10, last_error="x")
    client.force_login(person(Role.OPERATOR))

    client.post(f"/outbox/{row.pk}/resend/")

    row.refresh_from_db()
    assert (row.state, row.attempts) == ("waiting", 0)


@pytest.mark.django_db
def test_a_forgotten_password_is_answered_through_the_outbox(client):
    person(username="somchai", email="somchai@example.org", password="an-old-password-1")

    client.post("/account/password/reset/", {"email": "somchai@example.org"})

    row = Notice.objects.get()
    assert (row.email, row.is_secret, "/account/password/reset/key/" in row.url) == ("somchai@example.org", True, True)
    assert mail.outbox == []
    tasks.relay()
    assert "/account/password/reset/key/" in mail.outbox[0].body


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_relays_side_by_side_send_nothing_twice():
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    Notice.objects.bulk_create(
        [
            Notice(kind="t", subject=str(n), body="b", email=f"{n}@example.org", next_try_at=NOW, created_at=NOW)
            for n in range(300)
        ]
    )
    claimed, start = [], threading.Barrier(4)

    def work():
        start.wait()
        while letters := tasks.claim(7):
            claimed.extend(one.pk for one in letters)
        connections.close_all()

    threads = [threading.Thread(target=work) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(claimed) == len(set(claimed))
    assert set(claimed) == set(Notice.objects.values_list("pk", flat=True))
