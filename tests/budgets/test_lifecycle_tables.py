"""The tables themselves: no trap, no dead state, every refusal explained, two tables that agree on what is open."""

from types import SimpleNamespace

import pytest

from budgets.lifecycle import LIFECYCLES, PROPOSAL
from budgets.lifecycle.proposal import BEFORE_ALLOCATED as BEFORE
from budgets.states import ENDS, ProposalState, RoundState
from budgets.writing.drafting import WRITING_PHASES
from portal.errors import Refused
from portal.roles import roles_with

BEFORE_ALLOCATED = set(BEFORE)
CONTESTED = {
    ProposalState.SCREENED_OUT: "appeal",
    ProposalState.NOT_RECOMMENDED: "appeal",
    ProposalState.LAPSED: "reinstate",
}


@pytest.mark.parametrize("lifecycle", LIFECYCLES.values(), ids=LIFECYCLES)
def test_every_state_that_is_no_end_leads_on(lifecycle):
    leading = {state for row in lifecycle.rows if row.target is not None for state in row.source}

    assert set(lifecycle.states) - lifecycle.ends <= leading


@pytest.mark.parametrize("state, name", CONTESTED.items())
def test_every_end_that_people_contest_has_a_way_back(state, name):
    assert any(state in row.source for row in PROPOSAL.rows_of(name))


@pytest.mark.parametrize("lifecycle", LIFECYCLES.values(), ids=LIFECYCLES)
def test_every_step_has_a_label_and_someone_who_may_take_it(lifecycle):
    for row in lifecycle.rows:
        assert str(row.label)
        assert roles_with(row.permission), row.name


def is_open_in(row, phase):
    """Whether the first guard of a proposal's row, which asks for the round's phase, lets it pass in `phase`."""
    round = SimpleNamespace(state=phase, get_state_display=lambda: phase)
    try:
        row.guards[0](SimpleNamespace(state="", round=round), by=None)
    except Refused:
        return False
    return True


@pytest.mark.parametrize("state", sorted(set(ProposalState) - ENDS))
def test_no_case_is_left_behind_by_the_act(state):
    leading = [row for row in PROPOSAL.rows if row.target is not None and state in row.source]

    assert [row.name for row in leading if is_open_in(row, RoundState.ENACTED)]


@pytest.mark.parametrize("phase", sorted(WRITING_PHASES))
def test_every_case_can_go_on_before_the_act(phase):
    going = {
        state for row in PROPOSAL.rows if row.target is not None and is_open_in(row, phase) for state in row.source
    }

    assert going >= BEFORE_ALLOCATED


def test_ends_agree_with_the_states_page():
    assert PROPOSAL.ends == ENDS
