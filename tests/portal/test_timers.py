"""What runs by itself: timers, jobs, the heartbeat, and the process that holds them."""

import logging
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.core.management import call_command

from portal import clock, files, jobs, notices, registry, tasks
from portal.errors import Refused
from portal.models.jobs import Heartbeat, Job, JobState
from portal.models.outbox import Notice
from tests.factories.people import person

NOW = clock.now().replace(microsecond=0)


@pytest.fixture
def no_timers(monkeypatch):
    monkeypatch.setattr(registry, "TIMERS", [])


@pytest.fixture
def kinds(monkeypatch):
    monkeypatch.setattr(jobs, "KINDS", {})


@pytest.mark.django_db
def test_a_failing_timer_does_not_hold_up_the_others(no_timers, caplog):
    done = []

    @registry.timer
    def breaks():
        raise ValueError("broken")

    @registry.timer
    def works():
        done.append(True)

    tasks.run_timers()

    assert done == [True]
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        f"Timer {breaks.__module__}.{breaks.__qualname__} failed."
    ]
    assert Heartbeat.objects.get(name=jobs.TIMERS)


def test_a_timer_registered_twice_runs_once(no_timers):
    def work():
        """Nothing."""

    registry.timer(work)
    registry.timer(work)

    assert [function for _name, function in registry.timers()] == [work]


@pytest.mark.django_db
def test_each_keeps_what_succeeded_and_undoes_what_failed():
    people = [person(username=name) for name in ("one", "two", "three")]

    def rename(user):
        user.first_name = "changed"
        user.save()
        if user.username == "two":
            raise RuntimeError
        if user.username == "three":
            raise Refused("no", code="lost_race")

    assert tasks.each(people, rename) == 1

    names = dict(type(people[0]).objects.values_list("username", "first_name"))
    assert names == {"one": "changed", "two": "สมใจ", "three": "สมใจ"}


@pytest.mark.django_db
def test_operators_are_warned_when_timers_stand_still(settings):
    def standing():
        return any("timers" in str(line) or "ตัวตั้งเวลา" in str(line) for line in tasks.warnings())

    assert standing()
    with clock.at(NOW):
        jobs.beat(jobs.TIMERS)
        assert not standing()
    with clock.at(NOW + timedelta(minutes=4)):
        assert standing()


@pytest.mark.django_db
def test_operators_are_warned_when_mail_goes_nowhere(settings):
    jobs.beat(jobs.TIMERS)
    assert tasks.warnings() == []
    Notice.objects.create(kind="t", subject="s", body="b", email="a@example.org", failed_at=NOW)
    assert len(tasks.warnings()) == 1

    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    assert len(tasks.warnings()) == 2


@pytest.mark.django_db
def test_once_sends_letters_runs_timers_and_does_jobs(no_timers, kinds):
    jobs.job("count", "Counting")(lambda run, upto: f"counted to {upto}")
    asker = person(email="asker@example.org")
    row = jobs.start("count", asker, upto=3)
    notices.tell(asker, "t", subject="first", body="b")

    call_command("timers", once=True)

    row.refresh_from_db()
    assert (row.state, row.summary) == (JobState.DONE, "counted to 3")
    assert len(mail.outbox) == 2
    assert jobs.silence(jobs.TIMERS) < timedelta(minutes=1)


@pytest.mark.django_db
def test_a_job_keeps_its_progress_and_tells_its_asker(kinds, settings, tmp_path, client):
    settings.MEDIA_ROOT = tmp_path
    seen = []

    @jobs.job("list", "Making a list")
    def make(run, rows):
        run.progress(1, rows)
        seen.append(Job.objects.values_list("state", "done", "total").get())
        return files.keep(b"a,b\r\n", name="รายการ.csv", content_type="text/csv; charset=utf-8", by=run.by)

    asker = person()
    row = jobs.start("list", asker, rows=2)
    client.force_login(asker)
    assert 'hx-trigger="every 1s"' in client.get(f"/jobs/{row.pk}/", headers={"HX-Request": "true"}).content.decode()

    assert jobs.run_next() == row
    assert jobs.run_next() is None

    assert seen == [("running", 1, 2)]
    page = client.get(f"/jobs/{row.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in page
    assert f"/jobs/{row.pk}/file/" in page
    assert b"".join(client.get(f"/jobs/{row.pk}/file/").streaming_content) == b"a,b\r\n"
    assert Notice.objects.get().url == f"/jobs/{row.pk}/"


@pytest.mark.django_db
def test_a_job_is_seen_by_its_asker_alone(kinds, client):
    jobs.job("x", "X")(lambda run: None)
    row = jobs.start("x", person())
    client.force_login(person())

    assert client.get(f"/jobs/{row.pk}/").status_code == 404
    assert client.get(f"/jobs/{row.pk}/file/").status_code == 404
    assert client.get("/jobs/").context["rows"] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("raised", "error"),
    [(Refused("The round is closed.", code="x"), "The round is closed."), (ZeroDivisionError("secret"), "")],
)
def test_a_job_that_fails_says_so(kinds, raised, error):
    def breaks(run):
        raise raised

    jobs.job("x", "X")(breaks)
    row = jobs.start("x", person())

    jobs.run_next()

    row.refresh_from_db()
    assert row.state == JobState.FAILED
    assert row.error == error if error else row.error and "secret" not in row.error
    assert Notice.objects.count() == 1


@pytest.mark.django_db
def test_a_job_of_a_stopping_worker_waits_for_the_next(kinds):
    jobs.job("x", "X")(lambda run: run.progress(1, 2))
    row = jobs.start("x", person())

    jobs.run_next(stopping=lambda: True)

    row.refresh_from_db()
    assert row.state == JobState.QUEUED
    jobs.run_next()
    row.refresh_from_db()
    assert row.state == JobState.DONE


@pytest.mark.django_db
def test_a_job_whose_worker_died_fails_and_its_ghost_changes_nothing(kinds):
    def slow(run):
        with clock.at(NOW + timedelta(minutes=11)):
            jobs.fail_silent()
        return "too late"

    jobs.job("x", "X")(slow)
    with clock.at(NOW):
        row = jobs.start("x", person())
        jobs.run_next()

    row.refresh_from_db()
    assert (row.state, row.summary) == (JobState.FAILED, "")
    assert Notice.objects.count() == 1


@pytest.mark.django_db
def test_a_job_of_an_unknown_kind_is_not_started(kinds):
    with pytest.raises(LookupError):
        jobs.start("nothing", person())


@pytest.mark.long
def test_the_process_ends_cleanly_when_told(tmp_path):
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/portal.sqlite3",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    with subprocess.Popen(
        [sys.executable, "manage.py", "timers"],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout.readline() == "The timers are running.\n"
        process.send_signal(signal.SIGTERM)
        begun = time.monotonic()

        assert process.wait(25) == 0
        assert time.monotonic() - begun < 25
