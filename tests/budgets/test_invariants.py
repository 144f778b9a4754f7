"""The invariants that are asked after every fault: each of them holds of a life led by steps, and can be broken."""

import pytest
from django.db import connection

from budgets.models import Ceiling, LedgerEntry, NumberSeries, Proposal, ProposalVersion, RoundTotal
from portal.models import Event, IdempotencyKey, Notice
from tests.chaos.invariants import CHECKS, broken
from tests.factories.budgets import Story

pytestmark = pytest.mark.django_db


def unlike(model, **values):
    return lambda story: model._base_manager.update(**values)


def gone(model, **which):
    return lambda story: model._base_manager.filter(**which)._raw_delete("default")


def answer_without_effect(story):
    path = f"/api/v1/proposals/{story.proposal.pk}/steps/withdraw/"
    IdempotencyKey.objects.create(
        user=story.office.executive, path=path, key="k", request_hash="0", status=200, body=b"{}"
    )


def history_without_its_end(story):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM budgets_historicalproposal WHERE state = 'allocated'")


BREACHES = {
    "state_is_what_the_last_event_says": unlike(Proposal, state="executing"),
    "each_event_begins_where_the_last_one_ended": gone(Event, verb="proposal.start_screening"),
    "history_ends_with_the_case_as_it_is": history_without_its_end,
    "submitted_cases_have_a_number_and_their_versions": gone(ProposalVersion),
    "numbers_run_without_gap_or_twin": unlike(NumberSeries, last=2),
    "receipts_reach_the_office": gone(Notice, kind="submitted"),
    "ledger_comes_to_the_amounts_of_the_case": gone(LedgerEntry),
    "ceilings_hold_what_is_allocated_under_them": unlike(Ceiling, allocated_baht=1),
    "kept_sums_equal_raw_sums": unlike(RoundTotal, requested_baht=1),
    "stored_answers_have_their_effect": answer_without_effect,
}


def test_they_hold_of_a_life_led_by_steps():
    Story().to("executing")

    assert broken() == {}


def test_every_one_can_be_broken():
    assert BREACHES.keys() == CHECKS.keys()


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_is_found(name):
    story = Story().to("allocated")

    BREACHES[name](story)

    assert name in broken()
