"""Every address of the budget's API, taken from its own description, with what no honest program sends.

Always a problem document with a 4xx, never a fault of ours, and nothing is changed.
"""

import pytest

from budgets.lifecycle import LIFECYCLES
from budgets.models import Proposal, Round
from budgets.states import ProposalState as S
from portal.models import Event
from tests.budgets.world import World
from tests.hostile import WRITES, Siege, collection_of, operations_under

pytestmark = [pytest.mark.django_db, pytest.mark.long]

OURS = ("/api/v1/proposals/", "/api/v1/rounds/", "/api/v1/expense-categories/", "/api/v1/price-editions/")
STEPS = {f"{name.replace('_', '-')}s": lifecycle for name, lifecycle in LIFECYCLES.items()}


@pytest.fixture(scope="module")
def operations():
    return operations_under(*OURS)


@pytest.fixture
def world():
    return World().grow(1)


def keys_of(world):
    """What fills a path: {collection: {placeholder: key}} of a case that is being carried out, and the open round."""
    case = world.heads[world.enacted, S.EXECUTING]
    reviewed = world.heads[world.open, S.IN_REVIEW]
    item, report = case.items.first(), case.reports.first()
    rows = {
        "items": item, "quotations": item.quotations.first(), "funding": case.funding.first(),
        "kpis": case.kpis.first(), "attachments": case.attachments.first(), "assignments": reviewed.assignments.first(),
        "reviews": reviewed.reviews.first(), "commitments": case.entries.filter(kind="commitment").first(),
        "disbursements": case.entries.filter(kind="disbursement").first(), "reports": report,
        "photos": report.photos.first(), "proposals": case, "rounds": world.open, "themes": world.open.themes.first(),
        "extensions": world.open.extensions.first(),
    }  # fmt: skip
    of_reviewed = {"assignments", "reviews"}
    parents = {"item_id": item.pk, "report_id": report.pk, "round_id": world.open.pk}
    return lambda collection: {
        "id": rows[collection].pk if collection in rows else 1,
        "proposal_id": (reviewed if collection in of_reviewed else case).pk,
        **parents,
    }


def traces():
    """What a write would have changed."""
    return (
        Event.objects.count(),
        list(Proposal.objects.order_by("pk").values_list("pk", "state", "version", "title_th")),
        list(Round.objects.order_by("pk").values_list("pk", "state", "version", "name_th")),
    )


@pytest.fixture
def siege(operations, world):
    office, agencies = world.office, world.agencies
    people = [office.officer, office.executive, office.province, agencies.secretary, agencies.manager, agencies.dla]
    return Siege(operations, keys_of(world), people, traces, steps_at)


def steps_at(path):
    return STEPS["proposals" if "bulk-steps" in path else collection_of(path)].steps


def test_every_operation_is_reached(operations):
    methods = [method for method, _path in operations]

    assert methods.count("get") > 30
    assert sum(methods.count(method) for method in WRITES) > 30


@pytest.mark.parametrize("way", ["bodies", "queries", "odd_keys", "strangers"])
def test_hostile(siege, way):
    before = traces()

    assert getattr(siege, way)() == []
    assert traces() == before
