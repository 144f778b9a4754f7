"""Every lifecycle of every app: no trap, nothing that nobody may do, no state that is never reached."""

import pytest

from portal.lifecycles import lifecycles
from portal.roles import roles_with

EVERY = {f"{app}.{name}": lifecycle for app, name, lifecycle in lifecycles()}
# Where steps lead whose end the case itself says, written out from the regulation.
SAYS = {
    "whence_it_came": {"draft", "returned"},
    "after_submission": {"submitted", "in_review"},
    "where_it_lapsed": {"draft", "pending_endorsement", "returned"},
}
# States that come by date alone, never by a step.
BY_DATE = {"training.certificate": {"expired"}}


def ends_of(row):
    """The states to which a row may lead; none where the state stays."""
    if not callable(row.target):
        return {str(row.target)} if row.target is not None else set()
    reached = getattr(row.target, "reached", None)
    return {str(reached)} if reached is not None else SAYS[row.target.__name__]


def ways(lifecycle):
    """{state: states that one step may lead to from there}."""
    found = {state.value: set() for state in lifecycle.states}
    for row in lifecycle.rows:
        for source in row.source:
            found[source] |= ends_of(row)
    return found


def reachable(graph, start):
    seen, waiting = set(), set(start)
    while waiting:
        state = waiting.pop()
        seen.add(state)
        waiting |= graph.get(state, set()) - seen
    return seen


@pytest.mark.parametrize("name", EVERY)
def test_an_end_can_be_reached_from_every_state(name):
    lifecycle = EVERY[name]
    graph, ends = ways(lifecycle), {str(state) for state in lifecycle.ends}

    assert ends, "a lifecycle without an end keeps its cases for ever"
    assert {state for state in graph if not reachable(graph, {state}) & ends} == set()


@pytest.mark.parametrize("name", EVERY)
def test_every_step_is_somebody_s(name):
    assert [row.name for row in EVERY[name].rows if not roles_with(row.permission)] == []


@pytest.mark.parametrize("name", EVERY)
def test_every_state_is_entered(name):
    lifecycle = EVERY[name]
    entered = {str(lifecycle.start), *BY_DATE.get(name, ())}.union(*map(ends_of, lifecycle.rows))

    assert {state.value for state in lifecycle.states} - entered == set()
