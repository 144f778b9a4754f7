"""Every address of the sandbox's API with what no honest program sends; and every member with every kind of value."""

import pytest

from portal import clock
from portal.models import Event
from sandboxes import measuring, reporting
from sandboxes.lifecycle import LIFECYCLES
from sandboxes.models import Pilot
from tests.budgets.client import Program
from tests.factories.sandboxes import Trial
from tests.hostile import WRITES, Siege, ask, collection_of, operations_under

pytestmark = [pytest.mark.django_db, pytest.mark.long]

LIFE = {"sandboxes": "pilot", "waivers": "waiver", "incidents": "incident"}
CONTENT = (
    "local_government title_th title_en dimension technology problem innovation area_note user_cap starts_on ends_on "
    "budget_baht budget_source participants has_public_devices personal_data subdistricts exit_summary exit_lessons"
)
POSTED = {
    "partners/": "kind name_th name_en role_th representative listing",
    "endorsements/": "place",
    "indicators/": "name_th family unit direction baseline baseline_on target stop_threshold frequency",
    "baselines/": "indicator value on reason",
    "issues/": "law provision obstacle authority remedy answer_no answered_on answer",
    "waivers/": "issue requested_on request_no",
    "incidents/": "what aware_at hurt personal_data impact",
    "notices/": "kind on how people_count summary",
    "feedback/": "kind text",
    "conflicts/": "reason",
    "amendments/": "reason changes",
    "users/": "count",
    "steps/pause/": "cause note",
    "steps/start_exit_review/": "continues note",
    "steps/approve_amendment/": "reason conditions",
}


@pytest.fixture(scope="module")
def operations():
    return operations_under("/api/v1/sandboxes/", "/api/v1/sandbox-")


@pytest.fixture
def trial():
    trial = Trial().to("live")
    trial.reading = trial.read(95)
    trial.incident = reporting.report(
        trial.pilot, by=trial.cast.officer, what="หลุด", hurt="nobody", personal_data=False, impact="part"
    )
    trial.change = measuring.propose_baseline(
        trial.indicator, by=trial.cast.officer, value=61, on=clock.today(), reason="นับใหม่"
    )
    return trial


@pytest.fixture
def siege(operations, trial):
    pilot, cast = trial.pilot, trial.cast
    rows = {
        "sandboxes": pilot, "partners": pilot.partners.get(), "documents": pilot.documents.first(),
        "plans": pilot.plans.get(), "indicators": trial.indicator, "readings": trial.reading,
        "reviews": pilot.safeguard_reviews.get(), "baselines": trial.change, "issues": trial.issue,
        "waivers": trial.waiver, "incidents": trial.incident, "notices": pilot.notices.first(),
        "gates": pilot.gates.first(),
    }  # fmt: skip
    parents = {"pilot_id": pilot.pk, "indicator_id": trial.indicator.pk, "incident_id": trial.incident.pk}
    parents["receiver"] = "depa"
    people = [cast.officer, cast.executive, cast.case_officer, cast.depa, cast.partner]

    def keys(collection):
        return {"id": rows[collection].pk if collection in rows else 1, **parents}

    return Siege(operations, keys, people, traces, lambda path: LIFECYCLES[LIFE[collection_of(path)]].steps)


def traces():
    return Event.objects.count(), list(Pilot.objects.order_by("pk").values_list("pk", "state", "version", "title_th"))


def test_every_operation_is_reached(operations):
    methods = [method for method, _path in operations]

    assert methods.count("get") > 30
    assert sum(methods.count(method) for method in WRITES) > 30


@pytest.mark.parametrize("way", ["bodies", "queries", "odd_keys", "strangers"])
def test_hostile(siege, way):
    before = traces()

    assert getattr(siege, way)() == []
    assert traces() == before


def test_every_member_meets_every_value(trial):
    at = f"sandboxes/{trial.pilot.pk}/"
    officer, concept = Program(trial.cast.officer), Trial(trial.cast).to("complete")
    case_officer = Program(trial.cast.case_officer)

    faults = ask(officer, "post", "sandboxes/", CONTENT) + ask(
        officer, "patch", f"sandboxes/{concept.pilot.pk}/", CONTENT
    )
    for path, fields in POSTED.items():
        who = case_officer if path in {"issues/", "conflicts/"} else officer
        faults += ask(who, "post", at + path, fields)
    faults += ask(officer, "post", f"{at}indicators/{trial.indicator.pk}/readings/", "on value evidence file corrects")
    faults += ask(officer, "post", f"{at}incidents/{trial.incident.pk}/tellings/", "receiver sent_at reference file")
    faults += ask(
        officer, "post", f"{at}incidents/{trial.incident.pk}/reports/", "step findings measures affected_count"
    )
    faults += ask(case_officer, "patch", f"{at}issues/{trial.issue.pk}/", POSTED["issues/"])

    assert faults == []
    assert trial.fresh().state == "live"
