"""Writing a round's rules: freely while it is planned, by editions once it is open."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from budgets import setup
from budgets.lifecycle import ROUND
from budgets.models import ExpenseCategory, Round, ThemeEdition
from budgets.setup import what_the_round_lacks
from portal.errors import Refused
from portal.models.audit import Event
from portal.roles import Role
from tests.factories.budgets import ANCHORS, Story, planned_round
from tests.factories.people import person

pytestmark = pytest.mark.django_db
CRITERION = {"name_th": "ความพร้อม", "name_en": "Readiness", "max_score": 100, "anchors": ANCHORS}
THEME = {"name_th": "น้ำ", "name_en": "Water", "dimensions": ["environment"]}


@pytest.fixture
def manager():
    return person(Role.PROGRAMME_MANAGER)


def test_new_round_begins_with_defaults_and_lacks_dates_money_and_themes(manager):
    category = ExpenseCategory.objects.create(code="test.head", name_th="ค่าทดสอบ")

    round = setup.new_round(by=manager, fiscal_year=2572, name_th="รอบ 2572")

    assert (round.state, round.plan_window) == ("planning", "2571-2575")
    assert category in round.categories.all()
    assert round.rubric().max_total == 100
    assert round.documents.count() == 5
    assert len(what_the_round_lacks(round)) == 3


def test_round_is_written_once_for_each_version(manager):
    round = planned_round()

    setup.change_round(round, by=manager, version=1, ceiling_baht=Decimal("5.00"), categories=[])

    fresh = Round.objects.get(pk=round.pk)
    assert (fresh.ceiling_baht, fresh.version, fresh.categories.count()) == (Decimal("5.00"), 2, 0)
    with pytest.raises(Refused) as refusal:
        setup.change_round(round, by=manager, version=1, ceiling_baht=Decimal("6.00"))
    assert refusal.value.code == "lost_race"
    assert Round.objects.get(pk=round.pk).ceiling_baht == Decimal("5.00")


@pytest.mark.parametrize(
    "fields",
    [
        {"kinds": ["village"]},
        {"kinds": ["sao", "sao"]},
        {"channels": ["lottery"]},
        {"plan_window": "soon"},
    ],
)
def test_round_takes_only_what_there_is(manager, fields):
    round = planned_round()

    with pytest.raises(ValidationError) as error:
        setup.change_round(round, by=manager, **fields)

    assert list(error.value.message_dict) == list(fields)
    assert Round.objects.get(pk=round.pk).version == 1


def test_only_programme_managers_write(manager):
    round = planned_round()
    stranger = person(Role.COMMITTEE_SECRETARY)

    for write in (
        lambda: setup.new_round(by=stranger, fiscal_year=2572, name_th="ก"),
        lambda: setup.change_round(round, by=stranger, name_th="ก"),
        lambda: setup.save_theme(round, by=stranger, **THEME),
        lambda: setup.save_rubric(round, by=stranger, criteria=[CRITERION]),
        lambda: setup.remove_theme(round.themes.get(), by=stranger),
    ):
        with pytest.raises(PermissionDenied):
            write()


def test_themes_are_added_ordered_and_removed_in_planning(manager):
    round = planned_round()
    first = round.themes.get()

    second = setup.save_theme(round, by=manager, **THEME)
    setup.order_themes(round, [second, first], by=manager)

    assert list(round.themes.order_by("position")) == [second, first]
    setup.remove_theme(second, by=manager)
    assert list(round.themes.all()) == [first]
    verbs = Event.objects.of(round).values_list("verb", flat=True)
    assert [verb for verb in verbs if verb.startswith("theme")] == ["theme.save", "theme.order", "theme.remove"]


def test_open_round_changes_by_new_editions_only(manager):
    round = ROUND.take(planned_round(), "open", by=manager)
    theme = round.themes.get()

    with pytest.raises(Refused) as refusal:
        setup.save_theme(round, by=manager, theme=theme, name_th="อื่น")
    assert refusal.value.code == "wrong_state"

    revised = setup.revise_theme(theme, by=manager, reason="แก้คำผิด", name_th="เมืองปลอดภัยมาก")

    assert revised.edition == 2
    editions = ThemeEdition.objects.filter(theme=theme).order_by("number")
    assert [e.content["name_th"] for e in editions] == ["เมืองปลอดภัย", "เมืองปลอดภัยมาก"]


def test_rubric_gets_a_new_edition_until_reviews_begin(manager):
    story = Story().to("assigned")
    round = story.round

    setup.save_rubric(round, by=story.agencies.manager, criteria=[CRITERION], reason="ปรับเกณฑ์", pass_mark=70)

    assert (round.rubric().number, round.rubric().pass_mark, round.rubric().max_total) == (2, 70, 100)
    story.review(story.agencies.reviewers[0], score=70)
    with pytest.raises(Refused) as refusal:
        setup.save_rubric(round, by=manager, criteria=[CRITERION])
    assert refusal.value.code == "review_begun"
    assert round.rubrics.count() == 2


def test_anchor_lies_within_its_criterion(manager):
    round = planned_round()
    wrong = {**CRITERION, "max_score": 40}

    with pytest.raises(ValidationError) as error:
        setup.save_rubric(round, by=manager, criteria=[wrong])

    assert list(error.value.message_dict) == ["anchors"]
    assert round.rubric().criteria.count() == 2


def test_copy_keeps_everything_but_the_dates(manager):
    source = planned_round()
    setup.save_document(source, by=manager, theme=source.themes.get(), kind="tor", name_th="TOR", when="always")

    copy = setup.copy_round(source, by=manager, fiscal_year=2572, name_th="รอบ 2572")

    assert (copy.closes_at, copy.ceiling_baht, copy.plan_window) == (None, source.ceiling_baht, "2571-2575")
    assert copy.documents.get().theme == copy.themes.get()
    assert copy.rubric().max_total == source.rubric().max_total
