"""Reviewers' profiles: nobody is assigned before confirming, and nobody to what the profile ties them to."""

import pytest
from django.urls import reverse

from budgets.judging import reviewing
from budgets.lifecycle import ROUND
from budgets.models import Conflict, Quotation, ReviewerProfile
from budgets.states import AssignmentState
from portal import clock
from portal.models.outbox import Notice
from portal.models.places import Succession
from portal.roles import Role
from tests.budgets.client import Program, code
from tests.factories.budgets import Story, planned_round
from tests.factories.people import person
from tests.factories.places import local_government, province

pytestmark = pytest.mark.django_db
COMPANY = "0105548115897"


@pytest.fixture
def story():
    return Story().to("in_review")


def confirm(story, reviewer, *, home=None, employers=()):
    body = {"home_province": (home or province()).code, "employers": list(employers)}
    return Program(reviewer).post(f"rounds/{story.round.pk}/profiles/", body)


def why_not(story, reviewer):
    refusal = reviewing.why_not(story.proposal, reviewer)
    return refusal and refusal.code


def test_nobody_is_assigned_before_the_profile_of_the_round_is_confirmed(story):
    newcomer = person(Role.DEPA_REVIEWER)
    secretary = Program(story.agencies.secretary)
    address = f"proposals/{story.proposal.pk}/assignments/"

    assert code(secretary.post(address, {"reviewer": newcomer.username})) == (409, "profile_not_confirmed")
    assert confirm(story, newcomer).status_code == 201
    assert secretary.post(address, {"reviewer": newcomer.username}).status_code == 201
    load = {
        one["reviewer"]: one["confirmed_at"]
        for one in secretary.get(f"rounds/{story.round.pk}/reviewers/").data["results"]
    }
    assert load[newcomer.username] is not None


def test_profile_of_an_earlier_round_bars_until_it_is_confirmed_anew(client, story):
    reviewer, earlier = person(Role.DEPA_REVIEWER), Story().round
    home = story.office.place.province
    body = {"home_province": home.code, "employers": []}
    assert Program(reviewer).post(f"rounds/{earlier.pk}/profiles/", body).status_code == 201
    assert why_not(story, reviewer) == "own_province"

    Program(reviewer).post(f"rounds/{earlier.pk}/profiles/", body | {"home_province": province().code})
    assert why_not(story, reviewer) is None
    reviewing.assign(story.proposal, reviewer, by=story.agencies.secretary)

    client.force_login(reviewer)
    desk = client.get(reverse("budgets:review", args=[story.proposal.pk]))
    assert desk.url == reverse("budgets:reviewer-profile", args=[story.round.pk])

    assert Program(reviewer).post(f"proposals/{story.proposal.pk}/reviews/", {"scores": []}).status_code == 201
    assert ReviewerProfile.objects.filter(reviewer=reviewer, round=story.round).count() == 1
    assert client.get(reverse("budgets:review", args=[story.proposal.pk])).status_code == 200


def test_home_province_bars(story):
    newcomer = person(Role.DEPA_REVIEWER)

    confirm(story, newcomer, home=story.office.place.province)

    assert why_not(story, newcomer) == "own_province"


def test_employers_bar_their_office_its_successor_and_their_company(story):
    old, newcomer = local_government(), person(Role.DEPA_REVIEWER)
    confirm(story, newcomer, employers=[{"name": old.name_th, "local_government": str(old.pk)}])
    assert why_not(story, newcomer) is None

    Succession.objects.create(
        from_local_government=old, to_local_government=story.office.place, kind="upgraded", on=clock.today(),
        gazette_ref="เล่ม 1",
    )  # fmt: skip
    assert why_not(story, newcomer) == "employer"

    confirm(story, newcomer, employers=[{"name": "บริษัท ก", "juristic_number": COMPANY}])
    assert why_not(story, newcomer) is None

    Quotation.objects.create(
        item=story.proposal.items.get(), seller_name="บริษัท ก", juristic_number=COMPANY, amount_baht=1,
        quoted_on=clock.today(),
    )  # fmt: skip
    assert why_not(story, newcomer) == "employer"


def test_what_a_new_profile_bars_leaves_the_desk_as_a_conflict():
    story = Story().to("assigned")
    reviewer = story.agencies.reviewers[0]
    place = story.office.place

    confirm(story, reviewer, employers=[{"name": place.name_th, "local_government": str(place.pk)}])

    assert Conflict.objects.get().person == reviewer
    assert story.proposal.assignments.get(reviewer=reviewer).state == AssignmentState.CONFLICTED
    assert Program(reviewer).get(f"proposals/{story.proposal.pk}/").status_code == 404


def test_profile_is_each_reviewer_s_own(story):
    reviewer = story.agencies.reviewers[0]
    address = f"rounds/{story.round.pk}/profiles/"

    assert len(Program(story.agencies.secretary).get(address).data["results"]) == 3
    assert [one["reviewer"] for one in Program(reviewer).get(address).data["results"]] == [reviewer.username]
    assert Program(story.office.officer).get(address).data["results"] == []
    assert confirm(story, story.office.officer).status_code == 403
    assert code(confirm(story, reviewer, employers=[{"name": "ก", "juristic_number": "1"}]))[0] == 400


def test_opening_a_round_asks_reviewers_who_find_it_in_their_inbox():
    story, reviewer = Story(), person(Role.DEPA_REVIEWER)

    opened = ROUND.take(planned_round(), "open", by=story.agencies.manager)

    assert Notice.objects.filter(recipient=reviewer, kind="profile_wanted").count() == 1
    urls = [task["url"] for task in Program(reviewer).get("tasks/").data["results"]]
    assert any(url.endswith(reverse("budgets:reviewer-profile", args=[opened.pk])) for url in urls)


def test_page_names_what_is_ambiguous_and_keeps_what_was_typed(client, story):
    reviewer, base = story.agencies.reviewers[0], "บางตัวอย่าง"
    homes = [province(name_th=name) for name in ("เขียวใส", "ฟ้าคราม")]
    one, two = (local_government(base_name_th=base, name_th=f"เทศบาลตำบล{base}", province=home) for home in homes)
    client.force_login(reviewer)
    address = reverse("budgets:reviewer-profile", args=[story.round.pk])
    form = {
        "home_province": province().pk, "is_whole": "on", "employer-TOTAL_FORMS": 6, "employer-INITIAL_FORMS": 6,
        "employer-0-name": one.name_th,
    }  # fmt: skip

    answer = client.post(address, form)

    assert answer.status_code == 400
    assert two.province.name in answer.context["employers"][0].errors["name"][0]
    assert answer.context["employers"][0]["name"].value() == one.name_th

    form["employer-0-name"] = f"{one.name_th} {one.province.name_th}"
    assert client.post(address, form).status_code == 302
    assert ReviewerProfile.objects.get(reviewer=reviewer, round=story.round).employers.get().local_government == one


def test_secretary_sees_who_has_not_confirmed_and_reminds_them(client, story):
    newcomer = person(Role.DEPA_REVIEWER)
    client.force_login(story.agencies.secretary)

    board = client.get(reverse("budgets:assignment-board"))
    assert [(one, people) for one, people in board.context["unconfirmed"]] == [(story.round, [newcomer])]

    client.post(reverse("budgets:reviewer-profile-remind", args=[story.round.pk]))
    assert Notice.objects.filter(recipient=newcomer, kind="profile_wanted").count() == 1


def test_acting_chair_takes_what_the_chair_is_conflicted_in_and_sums_stay_true(client):
    story = Story().to("proposed")
    chair, path = story.agencies.chair, f"proposals/{story.proposal.pk}/"
    acting = person(Role.COMMITTEE_CHAIR, acting=True, order_no="3/2571")
    board = reverse("budgets:allocation-board", args=[story.round.pk])
    client.force_login(chair)
    assert client.get(board).context["hidden"] == 0

    Conflict.objects.create(proposal=story.proposal, person=chair, note="ญาติเป็นนายก")
    amount = {"amount_baht": "1000000.00"}

    assert code(Program(chair).step(path, "allocate", amount)) == (404, "not_found")
    assert Program(acting).step(path, "allocate", amount).data["state"] == "allocated"
    seen = client.get(board)
    assert (seen.context["hidden"], list(seen.context["rows"])) == (1, [])
    assert [one.allocated_baht for one in seen.context["ceilings"] if one.key == ""] == [1000000]
