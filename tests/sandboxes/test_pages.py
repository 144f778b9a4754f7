"""The sandbox's pages: every tab and act opens, the walk by forms, what citizens do, and who meets 404."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal import clock, registry
from sandboxes import changing, citizens, day, evidence, reporting
from sandboxes.models import Feedback, Pilot, Reading
from sandboxes.views.acts import ACTS
from tests.factories.people import person
from tests.factories.sandboxes import Cast, Trial, workbook

pytestmark = pytest.mark.django_db


def browser(user=None):
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def tab(pilot, name):
    return reverse("sandboxes:tab", args=[pilot.pk, name])


def act(pilot, name, row=None):
    return reverse("sandboxes:act", args=[pilot.pk, name, *([row] if row else [])])


@pytest.fixture
def live():
    trial = Trial().to("live")
    trial.read(30)
    return trial


def test_every_tab_opens_for_everyone_on_the_pilot(live):
    reporting.report(
        live.pilot, by=live.cast.officer, what="สัญญาณหลุด", hurt="nobody", personal_data=False, impact="part"
    )
    citizens.give_feedback(live.pilot, kind="complaint", text="เสียงดัง", contact="0812345678")
    live.read(95)
    names = ["plan", "gates", "indicators", "rules", "incidents", "citizens", "exit", "record"]

    for who in (live.cast.officer, live.cast.case_officer, live.cast.depa, live.cast.partner):
        web = browser(who)
        assert web.get(live.pilot.get_absolute_url()).status_code == 200
        assert [web.get(tab(live.pilot, name)).status_code for name in names] == [200] * len(names)
    assert "0812345678" not in browser(live.cast.depa).get(tab(live.pilot, "citizens")).content.decode()


def test_every_act_opens_or_refuses_by_role(live):
    web, member = browser(live.cast.officer), browser(live.cast.depa)
    rows = {"letter": live.pilot.partners.get().pk, "correct-reading": Reading.objects.get().pk}
    rows |= dict.fromkeys(["edit-indicator", "remove-indicator", "reading", "baseline"], live.indicator.pk)
    rows |= dict.fromkeys(["settle-issue", "drop-issue", "request-waiver"], live.issue.pk)

    for name, one in ACTS.items():
        if one.rows is None or name in rows:
            for web_of, who in ((web, live.cast.officer), (member, live.cast.depa)):
                expected = 200 if who.has_perm(one.permission, live.pilot) else 403
                assert web_of.get(act(live.pilot, name, rows.get(name))).status_code == expected, name


def test_strangers_see_the_public_page_alone(live):
    hidden = Trial(live.cast).to("scored")

    for web in (browser(), browser(person())):
        page = web.get(live.pilot.get_absolute_url())
        assert page.status_code == 200
        assert "บันทึกการบิน" not in page.content.decode()
        assert web.get(hidden.pilot.get_absolute_url()).status_code == 404
    assert browser(person()).get(tab(live.pilot, "plan")).status_code == 404
    assert browser().get(tab(live.pilot, "plan")).status_code == 302


def test_concept_is_written_and_signed_by_forms():
    cast = Cast()
    web = browser(cast.officer)

    begun = web.post(reverse("sandboxes:start"), {"local_government": cast.place.pk, "title_th": "ไฟถนนอัจฉริยะ"})
    pilot = Pilot.objects.get()
    assert begun["Location"] == act(pilot, "overview")
    today = clock.today()
    given = {
        "title_th": "ไฟถนนอัจฉริยะ", "problem": "มืด", "innovation": "ปรับเอง", "dimension": "energy",
        "technology": "sensors", "starts_on_day": today.day, "starts_on_month": today.month,
        "starts_on_year": today.year + 543, "ends_on": f"{today.day}/{today.month}/{today.year + 544}",
        "personal_data": "false", "has_public_devices": "true",
    }  # fmt: skip
    answer = web.post(act(pilot, "overview"), given)
    assert answer.status_code == 302, answer.context["form"].errors
    pilot.refresh_from_db()
    assert (pilot.starts_on, pilot.personal_data, pilot.has_public_devices) == (today, False, True)

    early = browser(cast.executive).get(reverse("sandboxes:step", args=[pilot.pk, "apply"]))
    assert "banner-warning" in early.content.decode()
    assert "data-once" not in early.content.decode()


def test_bad_form_keeps_what_was_typed(live):
    answer = browser(live.cast.officer).post(
        act(live.pilot, "reading", live.indicator.pk), {"on": "99/99/2570", "value": "ห้า", "evidence": "กล้อง"}
    )

    assert answer.status_code == 400
    text = answer.content.decode()
    assert "กล้อง" in text and "ห้า" in text
    assert Reading.objects.count() == 1


def test_incident_form_takes_five_answers_and_pauses(live):
    answer = browser(live.cast.partner).post(
        act(live.pilot, "incident"), {"what": "ตก", "hurt": "somebody", "personal_data": "false", "impact": "minor"}
    )

    assert answer.status_code == 302, answer.context["form"].errors
    assert live.fresh().state == "paused"
    incident = live.pilot.incidents.get()
    web = browser(live.cast.officer)
    assert web.get(incident.get_absolute_url()).status_code == 200
    for receiver in ("pdpc", "depa", "authority"):
        address = reverse("sandboxes:incident-export", args=[live.pilot.pk, incident.pk, receiver])
        assert web.get(address).status_code == 200
    answer = web.post(
        reverse("sandboxes:incident-step", args=[live.pilot.pk, incident.pk, "contain"]), {"note": "เก็บแล้ว"}
    )
    assert answer.status_code == 302
    assert live.pilot.incidents.get().state == "contained"


def test_step_is_taken_by_its_page(live):
    address = reverse("sandboxes:step", args=[live.pilot.pk, "pause"])
    web = browser(live.cast.clerk)

    assert web.get(address).status_code == 200
    answer = web.post(address, {"version": live.fresh().version, "cause": "objection", "note": "ชาวบ้านคัดค้าน"})
    assert answer.status_code == 302
    assert (live.fresh().state, live.pilot.pause_cause) == ("paused", "objection")


def test_waiver_page_and_its_steps(live):
    web = browser(live.cast.case_officer)
    assert web.get(live.waiver.get_absolute_url()).status_code == 200
    address = reverse("sandboxes:waiver-step", args=[live.pilot.pk, live.waiver.pk, "revoke"])

    assert web.get(address).status_code == 200
    assert web.post(address, {"reason": "ความมั่นคง"}).status_code == 302
    assert live.fresh().state == "paused"


def test_readings_come_in_by_workbook_all_or_none(live):
    web, name, day = browser(live.cast.officer), live.indicator.name_th, clock.today()
    thai = f"{day.day}/{day.month}/{day.year + 543}"
    good, bad = [name, thai, 28, "บันทึก"], ["อื่น", thai, "x", ""]

    refused = web.post(act(live.pilot, "import"), {"file": workbook([good, bad])})
    assert refused.status_code == 400
    assert refused.content.decode().count("3, ") >= 1 or "แถว 3" in refused.content.decode()
    assert Reading.objects.count() == 1
    assert (
        web.post(act(live.pilot, "import"), {"file": workbook([good, [name, thai, 27.5, "บันทึก 2"]])}).status_code == 302
    )
    assert Reading.objects.count() == 3
    template = web.get(reverse("sandboxes:readings-template", args=[live.pilot.pk]))
    assert template.content[:2] == b"PK"


def test_register_comes_nearer_from_country_to_province_to_office(live):
    from sandboxes.models import Pilot

    second, place = Trial(live.cast).to("live"), live.cast.place
    square = [[98.90, 8.05], [98.95, 8.05], [98.95, 8.10], [98.90, 8.05]]
    area = {"type": "MultiPolygon", "coordinates": [[square]]}
    Pilot.objects.filter(pk=second.pilot.pk).update(area=area)
    draft = Trial(live.cast).to("design")
    elsewhere = Trial().to("live")
    web, address = browser(), reverse("sandboxes:register")

    country = web.get(address)
    assert sorted(spot.count for spot in country.context["map"].spots) in ([1, 2], [3])
    near = web.get(address, {"province": place.province.code})
    assert near.status_code == 200
    here = web.get(address, {"local_government": place.pk})
    titles = {row["title_th"] for row in here.context["rows"]}
    assert titles == {live.pilot.title_th, second.pilot.title_th}
    assert elsewhere.pilot.title_th not in titles and draft.pilot.title_th not in here.content.decode()
    spots = here.context["map"].spots
    assert sorted(spot.url for spot in spots) == sorted(
        [live.pilot.get_absolute_url(), second.pilot.get_absolute_url()]
    )
    assert [len(spot.paths) for spot in spots if spot.url == second.pilot.get_absolute_url()] == [1]
    assert web.get(address, {"local_government": 2**40}).status_code == 404
    assert web.get(address, {"province": "xx"}).status_code == 404


@pytest.mark.parametrize("shape", ["list", "board", "timeline"])
def test_list_board_and_timeline_show_the_same_pilots(live, shape):
    other = Trial(live.cast).to("applied")
    address = reverse("sandboxes:pilots")

    shown = browser(live.cast.depa).get(address, {"shape": shape}).content.decode()
    assert live.pilot.title_th in shown and other.pilot.title_th in shown
    public = browser().get(address, {"shape": shape}).content.decode()
    assert live.pilot.title_th in public and other.pilot.title_th not in public
    assert live.pilot.title_th not in browser().get(address, {"shape": shape, "state": "scaled"}).content.decode()


def test_register_rules_and_files_are_public(live):
    web = browser()
    register = web.get(reverse("sandboxes:register")).content.decode()
    assert live.pilot.title_th in register and live.issue.law in register
    rules = web.get(reverse("sandboxes:issues"))
    assert live.issue.law in rules.content.decode()
    text = web.get(reverse("sandboxes:issues"), {"statistics": "csv"}).getvalue().decode()
    assert live.issue.law in text
    assert web.get(reverse("sandboxes:pilots"), {"format": "xlsx"}).getvalue()[:2] == b"PK"


def test_citizen_complains_and_reads_the_answer(live):
    web = browser()
    address = reverse("sandboxes:feedback", args=[live.pilot.pk])
    assert web.get(address).status_code == 200

    sent = web.post(address, {"kind": "complaint", "text": "เสียงดังกลางคืน", "contact": "", "website": ""})
    assert sent["Location"] == reverse("sandboxes:thanks", args=[live.pilot.pk])
    feedback = Feedback.objects.get()
    assert feedback.tracking_no in web.get(sent["Location"]).content.decode()

    officer = browser(live.cast.officer)
    officer.post(act(live.pilot, "answer", feedback.pk), {"text": "จะหยุดบินหลังสองทุ่ม"})
    typed = feedback.tracking_no.lower().replace("-", " ")
    read = web.post(reverse("sandboxes:track"), {"number": typed})
    assert "จะหยุดบินหลังสองทุ่ม" in read.content.decode()
    wrong = web.post(reverse("sandboxes:track"), {"number": "AAAA-AAAA-AA"})
    assert wrong.status_code == 400
    assert "เสียงดังกลางคืน" not in browser().get(live.pilot.get_absolute_url()).content.decode()


def test_robot_that_fills_the_hidden_field_writes_nothing(live):
    browser().post(
        reverse("sandboxes:feedback", args=[live.pilot.pk]), {"kind": "feedback", "text": "x", "website": "http://x"}
    )

    assert not Feedback.objects.exists()


def test_search_and_panel_and_inbox(live):
    place = live.pilot.subdistricts.get().name_th.removeprefix("ตำบล")
    assert [hit.title for hit in registry.search(place, live.cast.depa) if hit.area == "sandboxes"] == [
        live.pilot.title
    ]
    panel = registry.panels(live.cast.place, live.cast.officer)
    assert any(one.template == "sandboxes/_municipality.html" for one in panel)
    assert browser().get(live.cast.place.get_absolute_url()).status_code == 200
    waiting = Trial(live.cast).to("planned")

    verbs = {name: [task.case_number for task in registry.inbox(who) if task.area == "sandboxes"] for name, who in (
        ("depa", live.cast.depa), ("dla", live.cast.dla), ("officer", live.cast.officer),
        ("case_officer", live.cast.case_officer), ("stranger", person()))}  # fmt: skip
    assert waiting.pilot.number in verbs["depa"] and waiting.pilot.number in verbs["dla"]
    assert waiting.pilot.number not in verbs["officer"]
    assert verbs["stranger"] == []
    waiting.take("approve", live.cast.depa, reason="ผ่าน")
    fresh = type(live.cast.depa).objects.get(pk=live.cast.depa.pk)
    assert waiting.pilot.number not in [task.case_number for task in registry.inbox(fresh)]
    lacking = Trial(live.cast).to("design")
    [task] = [task for task in registry.inbox(live.cast.officer) if task.case_number == lacking.pilot.number]
    assert "9" in task.verb
    assert lacking.pilot.number not in [task.case_number for task in registry.inbox(live.cast.dla)]


def test_officers_day_says_what_waits_and_for_whom(live):
    lacking, decidable = Trial(live.cast).to("design"), Trial(live.cast).to("scored")
    live.read(85)
    reporting.report(
        live.pilot, by=live.cast.officer, what="สัญญาณหลุด", hurt="nobody", personal_data=False, impact="part"
    )
    pilots = Pilot.objects.all()

    waiting = {row["pilot"].pk: row["turn"] for row in day.gates_due(pilots)}
    assert waiting[decidable.pilot.pk].agencies == ["depa", "dla"]
    assert waiting[lacking.pilot.pk].agencies == [] and len(waiting[lacking.pilot.pk].lacks) == 9
    assert waiting[lacking.pilot.pk].who == [str(evidence.OFFICE)]
    [near] = day.thresholds_near(pilots)
    assert (near["latest"].value, near["is_near"], near["is_beyond"]) == (85, True, False)
    assert [row["clock"].code for row in day.clocks_running(pilots)] == ["first", "final"]

    page = browser(live.cast.case_officer).get(reverse("sandboxes:day")).content.decode()
    assert lacking.pilot.title_th in page and "นาที" in page
    assert browser(live.cast.officer).get(reverse("sandboxes:day")).status_code == 403


def test_day_takes_a_fixed_number_of_queries(live, django_assert_num_queries, held_clock):
    pilots = Pilot.objects.all()
    for goal in ("scored", "live"):
        Trial(live.cast).to(goal)
    with CaptureQueriesContext(connection) as few:
        [list(rows) for rows in day.of(pilots).values()]
    for goal in ("scored", "design", "live"):
        Trial(live.cast).to(goal)
    with django_assert_num_queries(len(few)):
        [list(rows) for rows in day.of(pilots).values()]


def test_endorsement_is_answered_on_its_page():
    trial, other = Trial().to("complete"), Cast()
    asked = changing.ask_endorsement(trial.pilot, other.place, by=trial.cast.officer)
    address = reverse("sandboxes:endorsement", args=[asked.pk])

    assert browser(trial.cast.officer).get(address).status_code == 404
    web = browser(other.executive)
    assert web.get(address).status_code == 200
    assert web.post(address, {"is_endorsed": "true", "note": ""}).status_code == 302
    assert trial.pilot.endorsements.get().is_endorsed is True


def test_scaled_pilot_begins_a_proposal_with_its_measures():
    from budgets.lifecycle import ROUND
    from budgets.models import Proposal
    from tests.factories.budgets import Agencies, planned_round

    trial = Trial().to("reported").both("scale")
    address = reverse("sandboxes:propose", args=[trial.pilot.pk])
    web = browser(trial.cast.officer)
    assert web.get(address).status_code == 200
    assert web.post(address)["Location"] == trial.pilot.get_absolute_url()

    round = ROUND.take(planned_round(), "open", by=Agencies().manager)
    assert browser(trial.cast.executive).get(address).status_code == 404
    begun = web.post(address)
    proposal = Proposal.objects.get()
    assert begun["Location"] == proposal.get_absolute_url()
    assert (proposal.round, proposal.title_th) == (round, trial.pilot.title_th)
    assert [(kpi.name_th, kpi.baseline) for kpi in proposal.kpis.all()] == [("เวลาส่งยา", 25)]


def test_pdfs_are_made():
    from portal import pdf

    if not pdf.is_available():
        pytest.skip("this machine makes no PDFs")
    trial = Trial().to("reported").both("scale")
    gate = trial.pilot.gates.first()

    for address in ("report", "poster"):
        made = browser().get(reverse(f"sandboxes:{address}", args=[trial.pilot.pk]))
        assert made.content[:5] == b"%PDF-"
    made = browser(trial.cast.depa).get(reverse("sandboxes:minutes", args=[trial.pilot.pk, gate.pk]))
    assert made.content[:5] == b"%PDF-"
    assert browser().get(reverse("sandboxes:minutes", args=[trial.pilot.pk, gate.pk])).status_code == 302
