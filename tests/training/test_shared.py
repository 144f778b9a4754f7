"""What training shows elsewhere: search, municipality, first page, inbox, proof, the seam for budgets."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from portal import clock, registry
from portal.roles import Role
from tests.factories import training as make
from tests.factories.budgets import Office, Story
from tests.factories.people import person
from tests.factories.places import local_government
from tests.factories.sandboxes import Cast, Trial
from training import coverage, inbox, seams, service

pytestmark = pytest.mark.django_db


def test_trained_officer_qualifies_for_24_months_and_citizens_do_not():
    place, other = local_government(), local_government()
    credential = make.trained(place)
    make.trained(other, level="citizen")
    today = clock.today()

    [found] = seams.qualified_people(place, today)
    assert (found.kind, found.name) == (seams.OFFICER, credential.holder_th)
    assert seams.is_qualified(place, found.until)
    assert not seams.is_qualified(place, found.until + timedelta(days=1))
    assert not seams.is_qualified(other, today)
    assert not seams.ends_soon(found.until, today)
    assert seams.ends_soon(found.until, found.until - timedelta(days=59))
    assert seams.qualified_until([place.pk, other.pk], today) == {place.pk: found.until}


def test_ambassador_qualifies_while_in_service():
    call, placement = make.serving()
    place = placement.local_government

    assert not seams.is_qualified(place, placement.starts_on - timedelta(days=1))
    [found] = seams.qualified_people(place, placement.starts_on)
    assert (found.kind, found.until) == (seams.AMBASSADOR, placement.ends_on)
    assert call.generation.pk == placement.generation_id


def test_coverage_counts_equal_what_is_there(client):
    _call, placement = make.serving()
    place = local_government(province=placement.local_government.province)
    make.trained(place, months=1)
    with clock.at(make.noon(placement.starts_on)):
        counts = coverage.by_province(clock.today())[place.province_id]
        rows = {
            row.pk: (row.ambassadors, row.trained, row.expiring)
            for row in coverage.with_coverage(type(place).objects.filter(province=place.province), clock.today())
        }

    assert counts == {"places": 2, "with_ambassador": 1, "with_trained": 0, "covered": 1}
    assert rows == {placement.local_government_id: (1, 0, 0), place.pk: (0, 0, 0)}
    counts = coverage.by_province(clock.today())[place.province_id]
    assert counts == {"places": 2, "with_ambassador": 0, "with_trained": 1, "covered": 1}
    assert coverage.by_level(clock.today()) == {(place.province_id, "officer"): 1}
    found = {
        standing: [row.pk for row in client.get(f"/training/coverage/?standing={standing}").context["rows"]]
        for standing in ("nobody", "no_trained", "ending")
    }
    assert found == {
        "nobody": [placement.local_government_id], "no_trained": [placement.local_government_id], "ending": [place.pk],
    }  # fmt: skip


def test_24_months_end_as_well_as_a_date():
    place = local_government()
    credential = make.trained(place)
    last = credential.issued_on + timedelta(days=729)

    assert coverage.places_ending(last - timedelta(days=60)) == 1
    assert coverage.places_ending(last - timedelta(days=61)) == 0
    assert coverage.places_ending(last + timedelta(days=1)) == 0


def test_certificate_number_leads_to_its_proof_and_search_finds_courses(client):
    place = local_government()
    credential = make.trained(place)

    assert registry.proof(credential.serial.lower()) == f"/training/verify/{credential.serial}/"
    assert registry.proof("P2571-50-00012 x") != f"/training/verify/{credential.serial}/"
    found = [hit.title for hit in registry.search("นักพัฒนาเมือง", person())]
    assert "หลักสูตรนักพัฒนาเมือง" in found
    assert client.get(place.get_absolute_url()).status_code == 200


def test_inbox_tells_each_what_waits():
    call = make.Call().open()
    place = call.place()
    draft = call.draft(place.local_government)
    submitted = call.submitted(place.local_government)

    def verbs(user):
        with override("en"):
            return [str(task.verb) for task in inbox.tasks_of(make.fresh(user))]

    assert verbs(draft.applicant) == ["Finish and send"]
    assert verbs(call.officer) == ["Check"]
    call.take(submitted, "accept_eligibility")
    assert verbs(call.members[0]) == ["Give scores"]
    assert verbs(person()) == []
    home = local_government()
    officer, executive = person(Role.LOCAL_OFFICER, at=home), person(Role.LOCAL_EXECUTIVE, at=home)
    make.service.propose_place(call.generation, home, by=officer, work_th="งาน", mentor=officer)
    assert verbs(executive) == ["Decide about hosting"]


def test_open_call_stands_on_the_first_page(client):
    call = make.Call().open()

    assert str(call.generation.get_absolute_url()) in client.get("/").text


def test_proposal_and_pilot_show_who_assists_and_the_project_leads_to_them(client):
    call = make.Call().open()
    office = Office()
    placement = call.placement(call.place(at=office.place))
    proposal = Story(office=office).to("submitted").proposal
    pilot = Trial(Cast(office.place)).to("applied").pilot
    elsewhere = Story().to("submitted").proposal
    ambassador = make.fresh(placement.ambassador)
    for case in (proposal, pilot):
        service.add_project(
            placement, by=ambassador, name_th="แผนที่น้ำท่วม", role_th="เก็บข้อมูล", case_number=f" {case.number.lower()}"
        )
    with pytest.raises(ValidationError):
        service.add_project(placement, by=ambassador, name_th="อื่น", case_number=elsewhere.number)

    client.force_login(make.fresh(office.officer))
    for case in (proposal, pilot):
        [one] = client.get(case.get_absolute_url()).context["assistants"]
        assert (one.role, one.name, one.url) == ("เก็บข้อมูล", str(ambassador), placement.get_absolute_url())
    page = client.get(placement.get_absolute_url())
    assert [address for _project, address in page.context["projects"]] == [
        proposal.get_absolute_url(),
        pilot.get_absolute_url(),
    ]
    auditor = make.fresh(person(Role.AUDITOR))
    assert [one.name for one in seams.assistants(proposal.number, seen_by=auditor)] == [""]
    assert seams.assistants("", seen_by=auditor) == []
