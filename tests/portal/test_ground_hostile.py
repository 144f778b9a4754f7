"""Every address of the ground floor's API (places, the register, the record, inbox and jobs) with what no
honest program sends; and every member of every body with every kind of value.
"""

import csv
import io

import pytest
from django.core.files.base import ContentFile

from portal import clock, jobs, sealing
from portal.models import Event, LocalGovernment, NationalList, PlaceChange, PlaceReport
from portal.register import changes, relisting
from portal.roles import Role
from tests.budgets.client import Program
from tests.factories.people import person
from tests.factories.places import local_government
from tests.hostile import WRITES, Siege, ask, operations_under

pytestmark = [pytest.mark.django_db, pytest.mark.long]
OURS = (
    "provinces/", "districts/", "local-governments/", "place-changes/", "place-reports/", "national-lists/",
    "events/", "seals/", "tasks/", "jobs/", "notices/",
)  # fmt: skip
GAZETTE = {"gazette_ref": "เล่ม 143 ตอน 1"}


class Ground:
    """A place with a change that waits, a report, a national list, a seal and a job."""

    def __init__(self):
        self.dla = person(Role.DLA_OFFICER)
        self.place = local_government(code="05810001")
        self.clerk = person(Role.LOCAL_CLERK, at=self.place)
        on = clock.today().replace(year=clock.today().year + 1)
        self.change = changes.announce("rename", by=self.dla, place=self.place, name_th="ใหม่", on=on, **GAZETTE)
        self.report = changes.report(self.place, text="ผิด", by=self.clerk)
        text = io.StringIO()
        relisting.present_list(text)
        file = ContentFile(text.getvalue().encode(), name="list.csv")
        self.national = relisting.upload(file, by=self.dla)
        self.job = jobs.start("verify_audit", self.dla)
        self.seal = sealing.seal(clock.now())

    def keys(self, collection):
        return {
            "provinces": {"code": self.place.province.code, "id": self.place.province_id},
            "districts": {"code": self.place.district.code, "id": self.place.district_id},
            "place-changes": {"id": self.change.pk},
            "place-reports": {"id": self.report.pk},
            "national-lists": {"id": self.national.pk},
            "events": {"id": Event.objects.first().pk},
            "seals": {"number": self.seal.number},
            "jobs": {"id": self.job.pk},
            "notices": {"id": 0},
        }.get(collection, {"id": self.place.pk})


@pytest.fixture
def ground(settings, tmp_path):
    settings.SEALS_DIR = tmp_path / "seals"
    return Ground()


@pytest.fixture(scope="module")
def operations():
    return operations_under(*(f"/api/v1/{name}" for name in OURS))


@pytest.fixture
def siege(operations, ground):
    users = [ground.dla, ground.clerk, person(Role.AUDITOR)]
    return Siege(operations, ground.keys, users, traces, lambda path: [])


def traces():
    models = (LocalGovernment, PlaceChange, PlaceReport, NationalList)
    return Event.objects.exclude(verb="seal.read").count(), [list(model.objects.values()) for model in models]


def test_every_operation_is_reached(operations):
    methods = [method for method, _path in operations]

    assert methods.count("get") > 15
    assert sum(methods.count(method) for method in WRITES) > 5


@pytest.mark.parametrize("way", ["bodies", "queries", "odd_keys", "strangers"])
def test_hostile(siege, way):
    before = traces()

    assert getattr(siege, way)() == []
    assert traces() == before


def test_every_member_meets_every_value(ground):
    dla, clerk = Program(ground.dla), Program(ground.clerk)
    members = "kind place into name_th name_en new_kind code district subdistrict cases on gazette_ref"

    faults = ask(dla, "post", "place-changes/", members)
    for kind in ("add", "rename", "upgrade", "merge", "split", "close"):
        faults += ask(dla, "post", f"place-changes/?kind={kind}", members)
    faults += ask(clerk, "post", "place-reports/", "local_government text")
    faults += ask(dla, "post", f"place-reports/{ground.report.pk}/answer/", "answer is_corrected")
    faults += ask(dla, "post", f"national-lists/{ground.national.pk}/accept/", "rows on gazette_ref")
    faults += ask(dla, "post", "national-lists/", "file")

    assert faults == []


def test_splits_meet_every_value_beside_fitting_ones(ground):
    dla = Program(ground.dla)
    dla.client.raise_request_exception = False
    other = local_government(district=ground.place.district)
    good = {"kind": "split", "place": str(other.pk), "name_th": "เทศบาลตำบลใหม่", "new_kind": "sao", "code": "05810007"}
    good |= {"district": str(other.district_id), "cases": [], "on": clock.today().isoformat(), **GAZETTE}
    odd = [None, True, 1, 2**70, [], {}, [1], [None], ["x"], ["budgets.proposal:9"], "ก" * 5000]

    answers = {
        (name, str(value)[:20]): dla.post("place-changes/", good | {name: value}).status_code
        for name in good
        for value in odd
        if not (name == "cases" and value == [])
    }

    assert {key: status for key, status in answers.items() if status not in {400, 409}} == {}
    assert dla.post("place-changes/", good).status_code == 201


def test_a_list_in_a_strange_shape_is_told_so(ground):
    dla = Program(ground.dla)
    head = csv.DictReader(io.StringIO(",".join(relisting.HEAD))).fieldnames
    files = [b"", b"\xff\xfe", b"a,b\n1,2", ",".join(head).encode(), ("\n".join([",".join(head)] * 3)).encode(),
             b'"' * 9000, b"\x00" * 100, (",".join(head) + "\n" + "x," * 400).encode()]  # fmt: skip

    statuses = [dla.upload("national-lists/", file=ContentFile(one, name="list.csv")).status_code for one in files]

    assert set(statuses) == {400}
    assert NationalList.objects.count() == 1
