"""Signing around the closing moment over HTTP: every answer is judged by the one clock, on both engines."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx
import pytest

from tests.services import migrated, postgres
from tests.services.portal import environment, manage, served

CASES, AROUND = 24, 1.0
CLOSES = """
import datetime, json
from budgets.models import Round
closes = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=5)
Round.objects.update(closes_at=closes)
print(json.dumps(closes.isoformat()))
"""


def seconds(moment):
    return datetime.fromisoformat(moment).timestamp()


def plant(settings, code):
    """What the code prints as JSON, run inside a portal with `settings`."""
    return json.loads(manage(settings, "shell", "--no-imports", "-c", code).stdout.strip().splitlines()[-1])


def race(settings):
    """(closing moment, [(sent, answered, status, code)], submitted_at of the cases), moments in seconds since 1970."""
    planted = plant(settings, f"from tests.chaos.cases import plant_verified; plant_verified({CASES})")
    executive = {"Authorization": f"Bearer {planted['tokens']['executive']}"}
    with served(settings, timers=False) as portal:
        closes = seconds(plant(settings, CLOSES))

        def submit(index):
            with httpx.Client(base_url=portal.url, headers=executive, timeout=60) as client:
                client.get("/healthz")
                offset = AROUND * (2 * index / (CASES - 1) - 1)
                time.sleep(max(closes + offset - time.time(), 0))
                sent = time.time()
                answer = client.post(f"/api/v1/proposals/{planted['cases'][index]}/steps/submit/", json={})
                return sent, time.time(), answer.status_code, answer.json().get("code")

        with ThreadPoolExecutor(CASES) as pool:
            answers = list(pool.map(submit, range(CASES)))
        with httpx.Client(base_url=portal.url, headers=executive, timeout=60) as client:
            cases = [client.get(f"/api/v1/proposals/{pk}/").json() for pk in planted["cases"]]
    return closes, answers, [case["submitted_at"] and seconds(case["submitted_at"]) for case in cases]


def misjudged(closes, answers, stamps):
    """The cases, by place, whose answer the closing moment does not bear out."""
    wrong = []
    for place, ((sent, answered, status, code), stamp) in enumerate(zip(answers, stamps, strict=True)):
        in_time = status == 200 and stamp is not None and stamp < closes and sent < closes
        too_late = (status, code) == (409, "deadline_passed") and stamp is None and answered > closes
        if not in_time and not too_late:
            wrong.append((place, sent - closes, answered - closes, status, code, stamp and stamp - closes))
    return wrong


@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
def test_no_submission_around_the_closing_moment_is_misjudged(engine, request, tmp_path):
    if engine == "postgresql":
        server = request.getfixturevalue("postgres_server")
        with postgres.database(server, "portal_deadline", template=migrated.postgresql(server)) as url:
            closes, answers, stamps = race(environment(tmp_path, DATABASE_URL=url, WEB_WORKERS=2))
    else:
        settings = environment(tmp_path, DATABASE_URL=migrated.put_into(tmp_path), WEB_WORKERS=2)
        closes, answers, stamps = race(settings)

    assert misjudged(closes, answers, stamps) == []
    assert {status for _sent, _answered, status, _code in answers} == {200, 409}


def test_a_stamp_at_the_closing_moment_would_be_told():
    """The judge itself: accepted with a stamp at the moment, or refused before it, is misjudged."""
    closes = 100.0

    assert misjudged(closes, [(99.9, 100.2, 200, None)], [100.0]) != []
    assert misjudged(closes, [(99.0, 99.5, 409, "deadline_passed")], [None]) != []
    assert misjudged(closes, [(99.0, 99.5, 200, None), (100.1, 100.2, 409, "deadline_passed")], [99.2, None]) == []
