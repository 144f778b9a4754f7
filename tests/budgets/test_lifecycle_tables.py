"""The tables themselves: no trap, no dead state, every refusal explained, two tables that agree on what is open."""

import pytest

from budgets.lifecycle import LIFECYCLES, PROPOSAL
from budgets.states import ENDS, ProposalState
from portal.roles import roles_with

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


def test_ends_agree_with_the_states_page():
    assert PROPOSAL.ends == ENDS
