"""Keyset pages: every row once, in order, in both directions, with ties and missing values, on either engine."""

from datetime import UTC, datetime

import pytest
from django.db.models import Count, F
from hypothesis import given, settings
from hypothesis import strategies as st

from budgets.models import Round
from portal.api.pagination import BadCursor, every, page

pytestmark = pytest.mark.django_db

MOMENTS = st.one_of(st.none(), st.integers(1, 3).map(lambda day: datetime(2027, 1, day, 3, 4, 5, 678901, tzinfo=UTC)))
AMOUNTS = st.one_of(st.none(), st.sampled_from(["0.00", "0.01", "5.50", "99999999999.99"]))
ROWS = st.lists(st.tuples(st.integers(2569, 2571), MOMENTS, AMOUNTS), max_size=12)
COLUMNS = ["fiscal_year", "closes_at", "ceiling_baht", "created_by__username", "themes_count"]
ORDERINGS = st.lists(st.sampled_from(COLUMNS), unique=True, max_size=3).flatmap(
    lambda names: st.tuples(*[st.sampled_from([name, f"-{name}"]) for name in names])
)


def queryset():
    return Round.objects.annotate(themes_count=Count("themes"))


def expected(ordering):
    """All keys in order by the database itself, without pages."""
    terms = [F(n[1:]).desc(nulls_last=True) if n[0] == "-" else F(n).asc(nulls_last=True) for n in ordering]
    return list(queryset().order_by(*terms, "pk").values_list("pk", flat=True))


def walk(ordering, limit, *, cursor=None, forward=True):
    pages = []
    while True:
        found = page(queryset(), ordering=ordering, cursor=cursor, limit=limit)
        pages.append([row.pk for row in found.rows])
        cursor = found.next_cursor if forward else found.previous_cursor
        if cursor is None:
            return pages, found


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, ordering=ORDERINGS, limit=st.integers(1, 5))
def test_pages_hold_every_row_once_in_both_directions(rows, ordering, limit):
    Round.objects.all().delete()
    Round.objects.bulk_create(
        Round(fiscal_year=year, name_th=str(number), closes_at=moment, ceiling_baht=amount)
        for number, (year, moment, amount) in enumerate(rows)
    )
    keys = expected(ordering)

    forward, last = walk(ordering, limit)
    assert [pk for rows in forward for pk in rows] == keys
    assert all(len(rows) == limit for rows in forward[:-1])
    assert [row.pk for row in every(queryset(), ordering=ordering, size=limit)] == keys
    if last.previous_cursor:
        backward, first = walk(ordering, limit, cursor=last.previous_cursor, forward=False)
        before_the_last = keys[: len(keys) - len(forward[-1])]
        assert [pk for rows in reversed(backward) for pk in rows] == before_the_last
        assert first.previous_cursor is None


def test_rows_added_or_removed_meanwhile_disturb_nothing():
    made = [Round.objects.create(fiscal_year=2571, name_th=str(number)) for number in range(6)]

    first = page(Round.objects.all(), ordering=["fiscal_year"], limit=3)
    made[2].delete()
    Round.objects.create(fiscal_year=2500, name_th="earlier")
    second = page(Round.objects.all(), ordering=["fiscal_year"], cursor=first.next_cursor, limit=3)

    assert [row.pk for row in second.rows] == [row.pk for row in made[3:]]


def test_rows_may_be_dictionaries():
    made = [Round.objects.create(fiscal_year=2571, name_th=str(number)) for number in range(3)]
    rows = Round.objects.values("id", "fiscal_year")

    first = page(rows, ordering=["-fiscal_year"], limit=2)
    second = page(rows, ordering=["-fiscal_year"], cursor=first.next_cursor, limit=2)

    assert [row["id"] for row in first.rows + second.rows] == [row.pk for row in made]


def test_foreign_cursors_are_refused():
    for number in range(3):
        Round.objects.create(fiscal_year=2571, name_th=str(number))
    good = page(Round.objects.all(), ordering=["fiscal_year"], limit=1).next_cursor

    for cursor in [good + "x", good[1:], "nonsense", "ก", "\x00", ":", "e30:abc"]:
        with pytest.raises(BadCursor):
            page(Round.objects.all(), ordering=["fiscal_year"], cursor=cursor, limit=1)
    with pytest.raises(BadCursor):
        page(Round.objects.all(), ordering=["-fiscal_year"], cursor=good, limit=1)


def test_page_costs_one_query(django_assert_num_queries):
    for number in range(5):
        Round.objects.create(fiscal_year=2571, name_th=str(number))
    with django_assert_num_queries(1):
        first = page(Round.objects.all(), ordering=["closes_at"], limit=2)
    with django_assert_num_queries(1):
        page(Round.objects.all(), ordering=["closes_at"], cursor=first.next_cursor, limit=2)
    with django_assert_num_queries(3):
        assert len(list(every(Round.objects.all(), ordering=["closes_at"], size=2))) == 5
