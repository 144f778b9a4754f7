"""The budget's timers: late or twice, they come to the same."""

from datetime import timedelta

import pytest

from budgets import tasks
from budgets.lifecycle import ROUND
from budgets.models import Extension
from portal import clock
from portal.models.audit import Event
from portal.registry import timers
from tests.factories.budgets import Agencies, Story, planned_round

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)


def steps_of(case):
    return list(Event.objects.of(case).order_by("pk").values_list("verb", flat=True))


def test_timers_are_registered():
    assert {"close_rounds", "conclude_reviews", "lapse_cases"} <= {name.split(".")[-1] for name, _work in timers()}


def test_round_closes_at_its_moment_and_not_before():
    round = ROUND.take(planned_round(), "open", by=Agencies().manager)

    with clock.at(round.closes_at - timedelta(seconds=1)):
        assert tasks.close_rounds() == 0
    with clock.at(round.closes_at):
        assert tasks.close_rounds() == 1

    round.refresh_from_db()
    assert round.state == "reviewing"
    assert Event.objects.of(round).latest("pk").role == "timer"


def test_timer_that_was_down_for_a_day_catches_up_and_runs_once():
    agencies = Agencies()
    rounds = [ROUND.take(planned_round(), "open", by=agencies.manager) for _ in range(2)]
    story = Story(round=rounds[0], agencies=agencies)

    with clock.at(rounds[1].closes_at + A_DAY):
        first = tasks.close_rounds(), tasks.lapse_cases()
        second = tasks.close_rounds(), tasks.lapse_cases()

    story.proposal.refresh_from_db()
    assert (first, second) == ((2, 1), (0, 0))
    assert story.proposal.state == "lapsed"
    assert steps_of(story.proposal).count("proposal.lapse") == 1
    assert [steps_of(round).count("round.close") for round in rounds] == [1, 1]


def test_one_round_that_cannot_close_does_not_hold_up_the_others(monkeypatch):
    agencies = Agencies()
    bad, good = (ROUND.take(planned_round(), "open", by=agencies.manager) for _ in range(2))
    take = ROUND.take

    def breaks_once(case, name, **kwargs):
        if case.pk == bad.pk:
            raise RuntimeError("broken row")
        return take(case, name, **kwargs)

    monkeypatch.setattr(ROUND, "take", breaks_once)
    with clock.at(good.closes_at + A_DAY):
        assert tasks.close_rounds() == 1

    good.refresh_from_db(), bad.refresh_from_db()
    assert (good.state, bad.state) == ("reviewing", "open")


def test_case_with_an_extension_stays():
    story = Story()
    until = story.round.closes_at + 3 * A_DAY
    Extension.objects.create(
        round=story.round, local_government=story.office.place, until=until, authority="ปลัดกระทรวง", letter_no="1",
        reason="น้ำท่วม", granted_by=story.agencies.dla,
    )  # fmt: skip

    with clock.at(story.round.closes_at + A_DAY):
        assert tasks.lapse_cases() == 0
    with clock.at(until):
        assert tasks.lapse_cases() == 1


def test_returned_case_has_its_own_date():
    story = Story().to("in_screening")
    due = clock.today() + timedelta(days=60)
    section = [{"section": "rationale", "reason": "เพิ่มข้อมูล"}]
    story.take("return", story.office.province, sections=section, due_on=due)

    with clock.at(story.round.closes_at + A_DAY):
        assert tasks.lapse_cases() == 0
    with clock.at(story.round.closes_at + 40 * A_DAY):
        assert tasks.lapse_cases() == 1


def test_reviews_conclude_after_a_day_to_take_them_back():
    story = Story().to("assigned")
    for reviewer in story.agencies.reviewers[:2]:
        story.review(reviewer)

    assert tasks.conclude_reviews() == 0
    with clock.at(clock.now() + A_DAY):
        assert tasks.conclude_reviews() == 1
        assert tasks.conclude_reviews() == 0

    story.proposal.refresh_from_db()
    assert (story.proposal.state, story.proposal.mean_score) == ("scored", 80)


def test_review_with_too_wide_a_spread_waits_for_a_third():
    story = Story().to("assigned")
    for reviewer, score in zip(story.agencies.reviewers, (10, 50), strict=False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("budgets.judging.reviewing.needs_justification", lambda *args: False)
            story.review(reviewer, score=score)

    with clock.at(clock.now() + 2 * A_DAY):
        assert tasks.conclude_reviews() == 0
