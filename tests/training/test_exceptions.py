"""What goes otherwise: a host that gives up, a person who moves, an area that nobody chose, a second service."""

from datetime import timedelta

import pytest

from portal import clock
from portal.errors import Refused
from portal.models import Event, Membership, Notice
from portal.roles import Role
from tests.budgets.client import Program, code
from tests.factories import training as make
from tests.factories.people import person
from tests.factories.places import local_government
from training import inbox, selection, service
from training.lifecycle import PLACE, PLACEMENT
from training.models import Application, HostPlace, Placement
from training.states import PlaceState, Reason

pytestmark = pytest.mark.django_db


def seats_of(call):
    return dict(call.generation.quotas.values_list("kind", "taken"))


def test_host_that_gives_up_leaves_the_ambassador_paid_until_another_is_found():
    call = make.Call().open()
    another, offered = call.place(), call.place()
    _call, placement = make.serving(call)
    executive = person(Role.LOCAL_EXECUTIVE, at=placement.local_government)
    before_it = placement.local_government
    month, day = placement.starts_on.replace(day=1), placement.starts_on + timedelta(days=9)
    with clock.at(make.noon(day)):
        PLACE.take(placement.place, "withdraw", by=executive, reason="ไม่มีผู้ดูแล")
        verbs = [task.verb for task in inbox.tasks_of(make.fresh(call.officer))]
        full = service.stipend_of(placement, month)
        placement = PLACEMENT.take(placement, "rematch", by=call.officer, place=another, moved_on=day, reason="ย้าย")

    assert verbs == ["หาหน่วยงานใหม่"]
    assert (placement.state, placement.local_government, placement.mentor) == (
        "in_service",
        another.local_government,
        another.mentor,
    )
    paid = service.stipend_of(placement, month)
    assert (paid.days, paid.amount_baht, full.host) == (full.days, full.amount_baht, before_it)
    assert placement.host_on(day - timedelta(days=1)) == before_it
    before = placement.postings.get()
    assert (before.until_on, before.local_government) == (
        day - timedelta(days=1),
        executive.memberships.get().local_government,
    )
    held = Application.objects.holding_a_seat().get()
    assert (held.place, seats_of(call)["total"]) == (another, 1)
    told = Notice.objects.filter(kind="rematched").values_list("recipient", flat=True)
    assert set(told) == {placement.ambassador_id, another.mentor_id, before.mentor_id}
    assert "ย้าย" not in str(list(Event.objects.values("details")))
    with clock.at(make.noon(day)), pytest.raises(Refused) as refusal:
        PLACEMENT.take(placement, "rematch", by=call.officer, place=before.place, moved_on=day, reason="-")
    assert refusal.value.code == "no_such_place"
    offered.refresh_from_db()
    assert offered.state == PlaceState.OFFERED


def test_host_that_still_offers_is_given_the_next_when_its_ambassador_moves():
    call = make.Call().open()
    left, another = call.place(), call.place()
    waiting = call.shortlisted(left.local_government, points=10)
    placement = call.placement(left)
    call.take(waiting, "waitlist")

    PLACEMENT.take(placement, "rematch", by=call.officer, place=another, moved_on=clock.today(), reason="ย้ายบ้าน")

    waiting.refresh_from_db()
    assert (waiting.state, waiting.place, seats_of(call)["total"]) == ("selected", left, 2)


def test_mentor_that_left_is_missed_and_the_office_names_another():
    call = make.Call().open()
    place = call.place()
    officer = person(Role.LOCAL_OFFICER, at=place.local_government)
    placement = call.placement(place)
    assert "ระบุพี่เลี้ยงคนใหม่" not in [task.verb for task in inbox.tasks_of(make.fresh(officer))]
    Membership.objects.filter(user=place.mentor).update(revoked_at=clock.now())

    assert "ระบุพี่เลี้ยงคนใหม่" in [task.verb for task in inbox.tasks_of(make.fresh(officer))]
    answer = Program(make.fresh(officer)).patch(f"placements/{placement.pk}/", {"mentor": officer.username}, match="*")
    assert (answer.status_code, answer.data["mentor"]) == (200, officer.username)
    elsewhere = person(Role.LOCAL_OFFICER, at=local_government())
    assert (
        code(Program(elsewhere).patch(f"placements/{placement.pk}/", {"mentor": elsewhere.username}, match="*"))[0]
        == 404
    )


def test_person_who_moved_is_offered_another_place_and_the_first_goes_on():
    call = make.Call().open()
    first, second = call.place(), call.place()
    waiting = call.shortlisted(first.local_government, points=10)
    moved = call.selected(first)
    call.take(waiting, "waitlist")

    call.take(moved, "reoffer", place=second)

    moved.refresh_from_db(), waiting.refresh_from_db()
    assert (moved.state, moved.place, waiting.state, waiting.place) == ("selected", second, "selected", first)
    assert seats_of(call)["total"] == 2


def test_area_that_nobody_chose_is_offered_beyond_it_and_that_is_on_record():
    call = make.Call().open()
    near = local_government()
    empty = call.place(local_government(province=near.province))
    far = call.shortlisted(local_government(), points=45)
    of_the_province = call.shortlisted(near, points=30)
    call.close().move("match")
    assert selection.give_places(call.generation, by=call.officer) == (0, 2)
    assert [place.pk for place in selection.board(call.generation).left_over] == [empty.pk]

    path = f"host-places/{empty.pk}/widen/"
    answer = Program(make.fresh(call.officer)).post(path)

    assert answer.data == {"application": str(of_the_province.pk)}
    assert Event.objects.filter(verb="place.widen").get().details == {
        "reach": "province", "number": of_the_province.number,
    }  # fmt: skip
    assert Application.objects.get(pk=far.pk).state == "waitlisted"
    assert code(Program(make.fresh(call.officer)).post(path)) == (409, "place_taken")


def test_official_and_somebody_who_serves_elsewhere_are_noticed():
    call, placement = make.serving()
    official = make.fresh(placement.mentor)
    following = make.Call().open()
    application = following.submitted(local_government(), applicant=official)
    assert selection.findings(application) == [Reason.CIVIL_SERVANT]

    place = following.place()
    again = following.shortlisted(place.local_government, applicant=make.fresh(placement.ambassador))
    following.take(application, "refuse_eligibility", reasons=["civil_servant"])
    following.close().move("match")
    again = following.take(again, "select", place=place)
    with pytest.raises(Refused) as refusal:
        following.take(again, "accept")
    assert refusal.value.code == "serves_elsewhere"
    assert Placement.objects.count() == 1
    assert HostPlace.objects.filter(pk=place.pk, state="offered").exists()
    assert call.generation.pk != following.generation.pk
