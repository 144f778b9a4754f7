"""Events under seal: whatever is done to them behind the portal's back is found and named."""

import json
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from portal import clock, jobs, sealing
from portal.audit import record
from portal.models import Event, Seal
from portal.roles import Role
from tests.factories.budgets import Story
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(settings, tmp_path, monkeypatch, django_capture_on_commit_callbacks):
    """Seals on nine events, three each, an hour apart; their files in a folder of their own."""
    settings.SEALS_DIR = tmp_path / "seals"
    monkeypatch.setattr(sealing, "BATCH", 3)
    officer, begun = person(), clock.now() - timedelta(hours=9)
    for run in range(3):
        with clock.at(begun + timedelta(hours=3 * run)), django_capture_on_commit_callbacks(execute=True):
            for number in range(3):
                record("case.step", officer, by=officer, after=f"state {run}{number}", details={"ก": [1, "๑"]})
            sealing.seal_events()
    return list(Seal.objects.order_by("number"))


def sql(text, *values):
    """Change the database behind the ORM's back."""
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def said():
    """The first fault as the command names it, or None."""
    errors = StringIO()
    try:
        call_command("verify_audit", stdout=StringIO(), stderr=errors)
    except CommandError:
        return errors.getvalue().splitlines()[0]
    return None


def event_of(seal, place):
    return seal.leaves[place][0]


def test_what_nobody_touched_is_as_it_was_sealed(sealed):
    assert [seal.count for seal in sealed] == [3, 3, 3]
    assert [seal.previous for seal in sealed[1:]] == [seal.digest for seal in sealed[:2]]
    assert said() is None
    kept = json.loads(sealing.path_of(2).read_bytes())
    assert (kept["digest"], kept["signature"]) == (sealed[1].digest, sealed[1].signature)
    assert sealing.seal(clock.now()) is None


@pytest.mark.parametrize(
    ("column", "value"),
    [("after", "allocated"), ("details", '{"ก": [2, "๑"]}'), ("role", "operator"), ("actor_id", None)],
)
def test_changed_row_is_named(sealed, column, value):
    key = event_of(sealed[1], 1)

    sql(f"UPDATE portal_event SET {connection.ops.quote_name(column)} = %s WHERE id = %s", value, key)

    assert said() == f"Event {key}, seal 2: it was changed."


def test_removed_row_is_named(sealed):
    key = event_of(sealed[0], 2)

    sql("DELETE FROM portal_event WHERE id = %s", key)

    assert said() == f"Event {key}, seal 1: it was removed."


def test_row_put_in_among_sealed_ones_is_named(sealed):
    facts = Event.objects.filter(pk=event_of(sealed[0], 2)).values().get()
    Event.objects.bulk_create([Event(**facts | {"id": -5, "after": "allocated"})])

    assert said() == "Event -5, seal 3: it was put in among sealed ones."


def test_event_told_as_older_than_it_is_is_named(sealed, django_capture_on_commit_callbacks):
    officer = person()
    with clock.at(clock.now() - timedelta(days=30)):
        late = record("case.step", officer, by=officer)

    with django_capture_on_commit_callbacks(execute=True):
        sealing.seal_events()

    assert said() == f"Event {late.pk}, seal 4: it bears a moment before it was written."


def test_seal_changed_with_its_event_fails_by_digest_signature_and_file(sealed):
    key = event_of(sealed[1], 0)
    sql("UPDATE portal_event SET verb = 'case.other' WHERE id = %s", key)
    [row] = Event.objects.filter(pk=key).values_list(*sealing.FIELDS)
    forged = Seal.objects.get(number=2)
    forged.leaves[0][1] = sealing.leaf_of(row)
    forged.digest = sealing.digest_of(forged)
    forged.save()

    told = [str(fault) for fault in sealing.faults()]

    assert len(told) == 3 and {fault.seal for fault in sealing.faults()} == {2, 3}


def test_tail_that_is_cut_off_is_missed_and_can_be_set_aside_on_record(sealed):
    sql("DELETE FROM portal_event WHERE id > %s", sealed[1].last_event)
    sql("DELETE FROM portal_seal WHERE number = 3")

    assert said() == "Seal 3: it was cut off: there is its file, and no such seal."
    call_command("verify_audit", set_aside="restored the backup of the morning", stdout=StringIO())
    assert said() is None
    assert Event.objects.get(verb="audit.set_aside").details["seals"] == [3]


def test_event_that_is_committed_late_is_sealed_later_and_is_no_fault(
    settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.SEALS_DIR = tmp_path / "seals"
    officer = person()
    _first, late, _last = (record("case.step", officer, by=officer) for _number in range(3))
    kept = Event.objects.filter(pk=late.pk).values().get()
    sql("DELETE FROM portal_event WHERE id = %s", late.pk)
    with django_capture_on_commit_callbacks(execute=True):
        sealing.seal(clock.now())
    Event.objects.bulk_create([Event(**kept)])

    between = list(sealing.faults())
    with django_capture_on_commit_callbacks(execute=True):
        made = sealing.seal(clock.now())

    assert (between, [key for key, _leaf in made.leaves]) == ([], [late.pk])
    assert late.pk not in dict(made.gaps)
    assert list(sealing.faults()) == []


def test_auditor_reads_steps_and_states_in_words_beside_their_codes(client):
    case = Story().to("submitted").proposal
    client.force_login(person(Role.AUDITOR))

    shown = client.get(reverse("audit"), {"q": "proposal.submit", "case": f"budgets.proposal {case.pk}"})
    rows = " ".join(re.sub(r"<[^>]+>", " ", shown.content.decode()).split())

    assert "ลงนามและส่งข้อเสนอ proposal.submit" in rows
    assert f"ข้อเสนอโครงการ budgets.proposal {case.pk}" in rows
    assert "รอรับรอง → ส่งแล้ว" in rows


def test_auditor_sees_what_happened_takes_the_checkpoint_and_verifies(client, sealed):
    auditor = person(Role.AUDITOR)
    client.force_login(auditor)
    events = client.get(reverse("audit"), {"q": "case.", "case": "portal.user"})
    seals = client.get(reverse("seals"))
    file = client.get(sealed[2].get_absolute_url())
    client.post(reverse("seals-verify"))
    job = jobs.run_next()
    listed = client.get("/api/v1/seals/").json()["results"]
    client.force_login(person(Role.PROGRAMME_MANAGER))

    assert len(events.context["rows"]) == 9 and sealed[2].digest in seals.text
    assert file.content == sealing.path_of(3).read_bytes()
    assert job.state == "done" and "9" in job.summary
    assert [row["number"] for row in listed] == [3, 2, 1]
    assert [client.get(reverse(name)).status_code for name in ("audit", "seals")] == [403, 403]
    assert client.get("/api/v1/seals/").status_code == 403
