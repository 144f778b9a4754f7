"""Who passes which door of training's API, written out by hand; what is not theirs to see is 404 to strangers.

Steps stand in the matrix of the lifecycles. A door is passed when the answer is neither 403 nor 404.
"""

import pytest
from django.db import transaction

from tests.hostile import Siege, collection_of, operations_under, program_of
from tests.training.test_hostile import OURS
from tests.training.world import World, steps

pytestmark = [pytest.mark.django_db, pytest.mark.long]

PROGRAMME, OWN, READERS = "officer", "own", "own officer"
CONDUCTS = "officer province trainer"
SEES = "own officer mentor local_officer clerk executive province auditor dla"
MAY = {
    "get applications/{application_id}/documents/": READERS,
    "post applications/{application_id}/documents/": OWN,
    "get applications/{application_id}/documents/{id}/": READERS,
    "delete applications/{application_id}/documents/{id}/": OWN,
    "get applications/{application_id}/documents/{id}/file/": READERS,
    "get applications/{id}/": "own officer auditor",
    "put applications/{id}/": OWN,
    "patch applications/{id}/": OWN,
    "get applications/{id}/check/": OWN,
    "post applications/{id}/conflict/": "",
    "get applications/{id}/consents/": OWN,
    "put applications/{id}/consents/": OWN,
    "get applications/{id}/data/": OWN,
    "post applications/{id}/erase/": OWN,
    "get applications/{id}/evaluation/": "",
    "put applications/{id}/evaluation/": "",
    "get applications/{id}/person/": READERS,
    "get applications/{id}/readings/": OWN,
    "get applications/{id}/scores/": OWN,
    "post course-runs/": CONDUCTS,
    "put course-runs/{id}/": CONDUCTS,
    "patch course-runs/{id}/": CONDUCTS,
    "get course-runs/{run_id}/attendance/": CONDUCTS,
    "post course-runs/{run_id}/attendance/": CONDUCTS,
    "post course-runs/{run_id}/enrolments/": f"{CONDUCTS} mentor local_officer clerk",
    "post course-runs/{id}/letters/": CONDUCTS,
    "post course-runs/{run_id}/marks/": CONDUCTS,
    "get course-runs/{run_id}/results/": CONDUCTS,
    "post course-runs/{run_id}/results/": CONDUCTS,
    "post course-runs/{run_id}/sessions/": CONDUCTS,
    "delete course-runs/{run_id}/sessions/{id}/": CONDUCTS,
    "post courses/": "officer province",
    "put courses/{id}/": PROGRAMME,
    "patch courses/{id}/": PROGRAMME,
    "get credentials/{id}/": "officer mentor local_officer clerk executive",
    "put credentials/{id}/share/": "clerk",
    "get credentials/{serial}/badge.json/": "clerk",
    "get enrolments/{id}/": f"own {CONDUCTS}",
    "get enrolments/{id}/attendance/": f"own {CONDUCTS}",
    "post enrolments/{id}/confirm-again/": OWN,
    "post generations/": PROGRAMME,
    "get generations/{generation_id}/board/": PROGRAMME,
    "post generations/{generation_id}/board/": PROGRAMME,
    "post generations/{generation_id}/slots/": PROGRAMME,
    "get generations/{generation_id}/slots/{id}/": "officer auditor",
    "delete generations/{generation_id}/slots/{id}/": PROGRAMME,
    "post generations/{generation_id}/slots/{id}/book/": PROGRAMME,
    "post generations/{generation_id}/stipends/": PROGRAMME,
    "get generations/{generation_id}/stipends/{month}/": PROGRAMME,
    "post generations/{id}/letters/": PROGRAMME,
    "post training-coverage/invite/": "officer province",
    "put generations/{id}/": PROGRAMME,
    "patch generations/{id}/": PROGRAMME,
    "put generations/{id}/criteria/": PROGRAMME,
    "put generations/{id}/quotas/": PROGRAMME,
    "post host-places/{id}/widen/": PROGRAMME,
    "post host-places/": "mentor local_officer clerk",
    "get placements/{id}/": SEES,
    "put placements/{id}/": "officer mentor local_officer clerk",
    "patch placements/{id}/": "officer mentor local_officer clerk",
    "get placements/{id}/check/": SEES,
    "get placements/{placement_id}/handover/": SEES,
    "get placements/{placement_id}/handover/{id}/": SEES,
    "post placements/{placement_id}/handover/{id}/done/": "officer mentor",
    "get placements/{placement_id}/leaves/": SEES,
    "get placements/{placement_id}/leaves/{id}/": SEES,
    "get placements/{placement_id}/projects/": SEES,
    "post placements/{placement_id}/projects/": OWN,
    "get placements/{placement_id}/projects/{id}/": SEES,
    "get placements/{placement_id}/reports/": SEES,
    "post placements/{placement_id}/reports/": OWN,
    "get placements/{placement_id}/reports/{id}/": OWN,
    "put placements/{placement_id}/reports/{id}/": OWN,
    "patch placements/{placement_id}/reports/{id}/": OWN,
    "post programmes/{programme_id}/notices/": PROGRAMME,
}
HIDDEN = ("applications/{", "placements/{", "enrolments/{", "credentials/{id}")


def test_doors_are_open_to_their_roles_alone():
    world = World()
    operations = operations_under(*(f"/api/v1/{name}" for name in OURS))
    siege = Siege(operations, world.keys, [], None, lambda path: steps(collection_of(path)))
    clients = {name: program_of(user) for name, user in world.people.items()}
    doors = {f"{method} {path[8:]}": (method, path) for method, path in operations if "/steps/" not in path}
    wrong = []
    for door, (method, path) in doors.items():
        answers = {name: knock(client, method, siege.filled(path)[0]) for name, client in clients.items()}
        passed = {name for name, status in answers.items() if status not in {403, 404}}
        may = set(MAY[door].split()) if door in MAY else set(clients)
        seen_by_strangers = path[8:].startswith(HIDDEN) and answers["stranger"] != 404
        if passed != may or seen_by_strangers:
            wrong.append((door, sorted(passed ^ may), answers["stranger"]))

    assert wrong == []
    assert set(MAY) <= set(doors)


def knock(client, method, address):
    """The status of a request with an empty body; what it changed is taken back."""
    with transaction.atomic():
        body = {} if method == "get" else {"data": "{}", "content_type": "application/json"}
        answer = getattr(client, method)(address, headers={"If-Match": "*"}, **body)
        transaction.set_rollback(True)
    return answer.status_code


def test_auditor_reads_no_names():
    world = World()
    auditor = program_of(world.people["auditor"])
    names = [world.own.username, world.own.first_name, "กานต์", "kan@example.org"]

    for path in ("applications/", "placements/", f"placements/{world.placement.pk}/", "enrolments/", "credentials/"):
        text = auditor.get(f"/api/v1/{path}").content.decode()
        assert not [name for name in names if name in text], path
