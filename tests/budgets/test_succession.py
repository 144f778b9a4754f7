"""A local government is renamed, upgraded or merged: people and open cases follow, history keeps the old name."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from budgets.lifecycle import PROPOSAL
from budgets.models import Proposal, RoundTotal
from portal import clock
from portal.errors import Refused
from portal.models import ActingOrder, Membership, PlaceChange, Succession
from portal.register import changes
from portal.roles import Role
from tests.factories.budgets import Office, Story
from tests.factories.people import member, person
from tests.factories.places import local_government

pytestmark = pytest.mark.django_db
GAZETTE = {"gazette_ref": "เล่ม 143 ตอน 1"}
UPGRADE = {"name_th": "เทศบาลเมืองใหม่", "new_kind": "city_municipality", "code": "03990001", **GAZETTE}


def page(place, kind):
    return reverse("local-government-change", args=[place.pk]) + f"?kind={kind}"


def today():
    return clock.today().isoformat()


def test_upgrade_by_page_takes_people_and_open_cases_along(client):
    story = Story().to("verified")
    ended = Story(story.round, office=story.office, agencies=story.agencies)
    ended.take("discard", story.office.officer)
    old = story.office.place
    client.force_login(story.agencies.dla)

    answer = client.post(page(old, "upgrade"), UPGRADE | {"on": today()})

    new = Succession.objects.get(from_local_government=old).to_local_government
    old.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, new.get_absolute_url())
    assert (old.active_to, new.active_from, new.former_name_th) == (clock.today(), clock.today(), old.name_th)
    assert set(Proposal.objects.values_list("pk", "local_government")) == {
        (story.proposal.pk, new.pk), (ended.proposal.pk, old.pk)
    }  # fmt: skip
    for one in (story.office.executive, story.office.officer):
        one.__dict__.pop("_memberships", None)
    signed = PROPOSAL.take(Proposal.objects.get(pk=story.proposal.pk), "submit", by=story.office.executive)
    assert (signed.state, signed.number[:9]) == ("submitted", f"P{story.round.fiscal_year}-{new.province.code}-")
    kinds = set(RoundTotal.objects.filter(proposals__gt=0).values_list("kind", "state"))
    assert kinds == {("city_municipality", "submitted"), (old.kind, "discarded")}
    assert old.name_th in client.get(new.get_absolute_url()).text


def test_merger_goes_into_one_that_is_there(client):
    story = Story()
    into = local_government(district=story.office.place.district)
    client.force_login(story.agencies.dla)
    given = {"into": into.pk, "on": today(), **GAZETTE}

    answer = client.post(page(story.office.place, "merge"), given)
    again = client.post(page(story.office.place, "merge"), given)

    assert (answer.status_code, again.status_code) == (302, 400)
    assert Proposal.objects.get().local_government == into


def test_new_people_of_the_successor_read_what_ended_before_them_and_start_nothing_there(client):
    story = Story()
    story.take("discard", story.office.officer)
    old = story.office.place
    change = changes.announce(
        "rename", by=story.agencies.dla, place=old, name_th="เทศบาลเมืองชื่อใหม่", on=clock.today(), **GAZETTE
    )
    newcomer = person(Role.LOCAL_OFFICER, at=change.into)

    assert newcomer.has_perm("budgets.view_proposal", story.proposal)
    assert story.proposal in Proposal.objects.visible_to(newcomer)
    assert not newcomer.has_perm("budgets.add_proposal", old)
    assert newcomer.has_perm("budgets.add_proposal", change.into)


def test_posts_and_orders_move_once_and_what_is_contestable_follows():
    story = Story().to("in_screening")
    story.take("propose_screen_out", story.office.province, reason="ไม่ตรงประเด็น")
    story.take("confirm_screen_out", story.agencies.dla)
    old, into = story.office.place, local_government(district=story.office.place.district)
    member(story.office.officer, Role.LOCAL_OFFICER, at=into)
    acting = member(person(), Role.LOCAL_CLERK, at=old, acting=True, order_no="7/2570")
    order = ActingOrder.objects.create(membership=acting, recorded_by=story.office.clerk)

    changes.announce("merge", by=story.agencies.dla, place=old, into=into, on=clock.today(), **GAZETTE)

    order.refresh_from_db()
    in_force = Membership.objects.in_force(clock.today())
    assert not in_force.filter(local_government=old).exists()
    assert in_force.filter(local_government=into, user=story.office.officer).count() == 1
    assert (order.membership.local_government, order.membership.order_no) == (into, "7/2570")
    assert Proposal.objects.get().local_government == into


def test_change_of_a_day_to_come_waits_for_it_and_can_be_taken_back():
    story = Story()
    old, on = story.office.place, clock.today() + timedelta(days=30)
    facts = {"by": story.agencies.dla, "place": old, "name_th": "เทศบาลเมืองชื่อใหม่", **GAZETTE}
    first = changes.announce("rename", on=on, **facts)
    with pytest.raises(ValidationError):
        changes.announce("rename", on=on, **facts)
    changes.withdraw(first, by=story.agencies.dla)
    second = changes.announce("rename", on=on, **facts)

    with clock.at(clock.now() + timedelta(days=29)):
        changes.take_due()
        before = PlaceChange.objects.get(pk=second.pk).is_waiting, Proposal.objects.get().local_government
    with clock.at(clock.now() + timedelta(days=31)):
        changes.take_due()
        changes.take_due()

    second.refresh_from_db()
    old.refresh_from_db()
    assert before == (True, old)
    assert (old.active_to, second.into.active_from, second.into.code) == (on, on, old.code)
    assert Proposal.objects.get().local_government == second.into
    assert Succession.objects.count() == 1
    with pytest.raises(Refused):
        changes.withdraw(second, by=story.agencies.dla)


def test_place_with_open_cases_is_not_closed_and_dla_hears_of_it_on_the_day():
    story = Story()
    place, dla = story.office.place, story.agencies.dla
    with pytest.raises(Refused) as refused:
        changes.announce("close", by=dla, place=place, on=clock.today(), **GAZETTE)
    assert refused.value.code == "cases_open"
    change = changes.announce("close", by=dla, place=place, on=clock.today() + timedelta(days=1), **GAZETTE)

    with clock.at(clock.now() + timedelta(days=2)):
        changes.take_due()
        told = [task.detail for task in changes.tasks_of(dla)]
        story.take("discard", story.office.officer)
        changes.take_due()
        posts = Membership.objects.in_force(clock.today()).filter(local_government=place)
        assert (len(told), posts.count(), list(changes.tasks_of(dla))) == (1, 0, [])

    change.refresh_from_db()
    assert not change.is_waiting


def test_only_dla_records_it_and_of_what_is_there(client):
    story = Story()
    place, dla = story.office.place, story.agencies.dla
    client.force_login(story.office.province)

    assert client.get(page(place, "upgrade")).status_code == 403
    with pytest.raises(PermissionDenied):
        changes.announce("upgrade", by=story.office.executive, place=place, on=clock.today(), **UPGRADE)
    for wrong in (
        {"kind": "merge", "place": place, "into": place},
        {"kind": "rename", "place": place, "name_th": place.name_th},
        {"kind": "upgrade", "place": place, "name_th": "เทศบาลใหม่", "new_kind": place.kind},
        {"kind": "close", "place": place, "name_th": "เทศบาลใหม่"},
        {"kind": "rename", "place": place},
        {"kind": "dissolve", "place": place},
    ):
        with pytest.raises(ValidationError):
            changes.announce(by=dla, on=clock.today(), **GAZETTE, **wrong)
    changes.announce("upgrade", by=dla, place=place, on=clock.today(), **UPGRADE)
    place.refresh_from_db()
    with pytest.raises(Refused):
        changes.announce("merge", by=dla, place=place, into=Office().place, on=clock.today(), **GAZETTE)


def test_code_that_is_taken_keeps_everything_as_it_was():
    story = Story()
    local_government(code=UPGRADE["code"])

    with pytest.raises(ValidationError):
        changes.announce("upgrade", by=story.agencies.dla, place=story.office.place, on=clock.today(), **UPGRADE)

    assert not Succession.objects.exists() and not PlaceChange.objects.exists()
    assert Proposal.objects.get().local_government == story.office.place


def test_split_leaves_the_old_one_as_it_is_and_takes_the_chosen_cases_alone(client):
    story, stays = Story().to("submitted"), Story()
    other = Story(stays.round, office=story.office, agencies=story.agencies)
    old = story.office.place
    client.force_login(story.agencies.dla)
    key = f"budgets.proposal:{story.proposal.pk}"
    given = {"name_th": "เทศบาลตำบลแยกใหม่", "new_kind": "subdistrict_municipality", "code": "05999001", **GAZETTE}
    given |= {"district": old.district_id, "on": today(), "cases": [key]}

    asked = client.get(page(old, "split"))
    wrong = client.post(page(old, "split"), given | {"cases": ["budgets.proposal:0"]})
    answer = client.post(page(old, "split"), given)

    [row] = Succession.objects.filter(from_local_government=old)
    new = row.to_local_government
    old.refresh_from_db()
    assert [code for code, _label in asked.context["form"].fields["cases"].choices] == [
        key, f"budgets.proposal:{other.proposal.pk}"
    ]  # fmt: skip
    assert (wrong.status_code, answer["Location"], row.kind) == (400, new.get_absolute_url(), "split")
    assert (old.active_to, old.code is not None, new.code, new.lineage) == (None, True, "05999001", [])
    assert set(Proposal.objects.filter(local_government__in=[old, new]).values_list("pk", "local_government")) == {
        (story.proposal.pk, new.pk), (other.proposal.pk, old.pk)
    }  # fmt: skip
    assert not Membership.objects.filter(local_government=new).exists()
    assert new.name_th in client.get(old.get_absolute_url()).text
    told = client.get(f"/api/v1/local-governments/{old.pk}/").json()
    assert (told["succeeded_by"], told["present"], told["former_names"]) == (None, str(old.pk), [])

    later = changes.announce(
        "rename", by=story.agencies.dla, place=old, name_th="เทศบาลเมืองส่วนที่เหลือ", on=clock.today(), **GAZETTE
    )
    old.refresh_from_db()
    assert changes.present_of([old, new]) == {old.pk: later.into}


def test_split_over_the_api_waits_for_its_day_and_leaves_cases_that_ended_meanwhile(client):
    story = Story()
    old, on = story.office.place, clock.today() + timedelta(days=2)
    client.force_login(story.agencies.dla)
    given = {"kind": "split", "place": str(old.pk), "name_th": "เทศบาลตำบลแยกใหม่", "on": on.isoformat(), **GAZETTE}
    given |= {"new_kind": "subdistrict_municipality", "code": "05999002", "district": str(old.district_id)}
    given |= {"cases": [f"budgets.proposal:{story.proposal.pk}"]}

    made = client.post("/api/v1/place-changes/", given, content_type="application/json")
    strange = client.post(
        "/api/v1/place-changes/", given | {"cases": ["x"], "code": "05999003"}, content_type="application/json"
    )
    story.take("discard", story.office.officer)
    with clock.at(clock.now() + timedelta(days=2)):
        changes.take_due()

    change = PlaceChange.objects.get()
    assert (made.status_code, strange.status_code, change.problem) == (201, 400, "")
    assert change.into.name_th == "เทศบาลตำบลแยกใหม่"
    assert Proposal.objects.get().local_government == old
