"""Every address of training's API with what no honest program sends; and every member with every kind of value."""

import pytest

from portal.models import Event
from tests.budgets.client import Program
from tests.factories import training as make
from tests.factories.places import local_government
from tests.hostile import WRITES, Siege, ask, collection_of, operations_under
from tests.training.world import World, steps
from training.models import Application, CourseRun, Credential, Enrolment, Generation, MonthlyReport, Placement

pytestmark = [pytest.mark.django_db, pytest.mark.long]

OURS = (
    "programmes/", "generations/", "host-places/", "applications/", "placements/", "courses/", "course-runs/",
    "enrolments/", "credentials/", "training-coverage/", "me/training/",
)  # fmt: skip
GENERATION = (
    "programme number name_th name_en about_th about_en opens_at closes_at min_age max_age min_degree seats months "
    "stipend_monthly_baht starts_on answer_working_days list_closes_on scorers_needed interview_weight_pct "
    "reports_needed_pct projects_needed credential_years"
)
APPLICATION = (
    "first_name last_name born_on phone email address home_province is_civil_servant has_other_stipend degree "
    "field_of_study institution graduated_year motivation experience project_idea areas"
)
COURSE = (
    "code name_th name_en level about_th about_en hours attendance_pct has_mark pass_mark credential_months "
    "signatory_name signatory_title province is_published"
)
RUN = "course mode capacity where_th online_url province trainers enrol_until is_for_officials"


@pytest.fixture(scope="module")
def operations():
    return operations_under(*(f"/api/v1/{name}" for name in OURS))


@pytest.fixture
def world():
    return World()


@pytest.fixture
def siege(operations, world):
    people = world.people
    users = [people[name] for name in ("officer", "own", "mentor", "clerk", "executive", "member")]
    return Siege(operations, world.keys, users, traces, lambda path: steps(collection_of(path)))


def traces():
    read = Event.objects.exclude(verb="personal data read").count()
    cases = (Generation, Application, Placement, MonthlyReport, CourseRun, Enrolment, Credential)
    return read, [list(model.objects.order_by("pk").values_list("pk", "state", "version")) for model in cases]


def test_every_operation_is_reached(operations):
    methods = [method for method, _path in operations]

    assert methods.count("get") > 50
    assert sum(methods.count(method) for method in WRITES) > 40


@pytest.mark.parametrize("way", ["bodies", "queries", "odd_keys", "strangers"])
def test_hostile(siege, way):
    before = traces()

    assert getattr(siege, way)() == []
    assert traces() == before


def test_every_member_meets_every_value(world):
    people = {name: Program(user) for name, user in world.people.items()}
    officer, own, member = people["officer"], people["own"], people["member"]
    generation, run = f"generations/{world.call.generation.pk}/", f"course-runs/{world.run.pk}/"
    placement, open_call = f"placements/{world.placement.pk}/", make.Call().open()
    draft = open_call.draft(local_government())
    applicant = Program(make.fresh(draft.applicant))
    scored = open_call.eligible(local_government())

    faults = ask(officer, "post", "generations/", GENERATION) + ask(officer, "patch", generation, GENERATION)
    faults += ask(officer, "put", f"{generation}quotas/", "quotas") + ask(
        officer, "put", f"{generation}criteria/", "criteria"
    )
    faults += ask(officer, "post", f"{generation}slots/", "starts_at ends_at where")
    faults += ask(officer, "post", f"{generation}stipends/", "month")
    faults += ask(own, "post", f"{generation}slots/{world.slot.pk}/book/", "application")
    faults += ask(officer, "post", f"programmes/{world.call.generation.programme_id}/notices/", "text_th text_en")
    faults += ask(people["local_officer"], "post", "host-places/", "generation local_government work_th mentor")
    faults += ask(applicant, "post", "applications/", "generation")
    faults += ask(applicant, "patch", f"applications/{draft.pk}/", APPLICATION)
    faults += ask(applicant, "put", f"applications/{draft.pk}/consents/", "has_read purposes")
    member = Program(make.fresh(open_call.members[0]))
    faults += ask(member, "put", f"applications/{scored.pk}/evaluation/", "scores note send")
    faults += ask(own, "patch", f"{placement}reports/{world.report.pk}/", "work results problems")
    faults += ask(own, "post", f"{placement}projects/", "name_th role_th case_number value_baht")
    faults += ask(officer, "patch", placement, "mentor") + ask(own, "post", f"{placement}reports/", "month")
    faults += ask(officer, "post", "courses/", COURSE)
    faults += ask(officer, "patch", f"courses/{world.run.course_id}/", COURSE)
    faults += ask(officer, "post", "course-runs/", RUN) + ask(officer, "patch", run, RUN)
    faults += ask(officer, "post", f"{run}sessions/", "starts_at ends_at title_th")
    faults += ask(officer, "post", f"{run}attendance/", "source reason entries")
    faults += ask(officer, "post", f"{run}marks/", "marks")
    faults += ask(people["clerk"], "post", f"{run}enrolments/", "local_government people")
    faults += ask(own, "post", "enrolments/", "run") + ask(own, "post", "me/training/claim/", "code")
    faults += ask(people["clerk"], "put", f"credentials/{world.credential.pk}/share/", "shares_name shares_office")

    assert faults == []
