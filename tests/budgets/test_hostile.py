"""Every address of the budget's API, taken from its own description, with what no honest program sends.

Always a problem document with a 4xx, never a fault of ours, and nothing is changed.
"""

import json

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from budgets.lifecycle import PROPOSAL, REPORT, REVIEW, ROUND
from budgets.models import Proposal, Round
from budgets.states import ProposalState as S
from portal.models import ApiToken, Event
from tests.budgets.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.long]

WRITES = ("post", "put", "patch")
BODIES = [
    ("[" * 50_000 + "]" * 50_000, "application/json"),
    ('{"a":' * 50_000 + "1" + "}" * 50_000, "application/json"),
    ('{"title_th": "a\\u0000b"}', "application/json"),
    ('{"reason": "\\ud800"}', "application/json"),
    ('{"reason": "a", "reason": "b"}', "application/json"),
    ('{"amount_baht": %s}' % ("9" * 5000), "application/json"),
    ('{"amount_baht": NaN}', "application/json"),
    (b'{"reason": "\xff"}', "application/json"),
    ('{"reason": ', "application/json"),
    ("[]", "application/json"),
    ("null", "application/json"),
    ('{"%s": 1}' % ("x" * 5000), "application/json"),
    ('{"state": "allocated", "version": 1, "id": "1"}', "application/json"),
    ("<a/>", "application/xml"),
    (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
]
QUERIES = ["unknown=1", "limit=0&unknown=1", "cursor=%00", "x=%ff", "format=pdf&unknown=", "limit=5&limit=6&unknown=1"]
IDS = ["0", "9" * 19, "9" * 400, "abc", "-1", "1.5", "%00", "%ff", "๑", "1%2F2", "null"]
STEPS = {"proposals": PROPOSAL, "rounds": ROUND, "reports": REPORT, "reviews": REVIEW}


@pytest.fixture(scope="module")
def operations():
    """The (method, path) pairs of the budget, as its description names them."""
    paths = SchemaGenerator(api_version="v1").get_schema(public=True)["paths"]
    ours = ("/api/v1/proposals/", "/api/v1/rounds/", "/api/v1/expense-categories/", "/api/v1/price-editions/")
    return [(method, path) for path, found in paths.items() if path.startswith(ours) for method in found]


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


def collection_of(path):
    """The name before the last key of `path`, or its last name where no key of its own follows."""
    names = [part for part in path.split("/") if part and not part.startswith("{")]
    before = path.split("{id}")[0].rstrip("/").split("/")[-1] if "{id}" in path else names[-1]
    return before


def filled(path, keys, **instead):
    """`path` with its keys, or what stands `instead` of one, once for each step where it names one."""
    collection = collection_of(path)
    found = path
    for name, key in {**keys(collection), **instead}.items():
        found = found.replace(f"{{{name}}}", str(key))
    if "{name}" not in found:
        return [found]
    return [found.replace("{name}", name) for name in STEPS["proposals" if "bulk-steps" in path else collection].steps]


def clients_of(world):
    office, agencies = world.office, world.agencies
    people = [office.officer, office.executive, office.province, agencies.secretary, agencies.manager, agencies.dla]
    for user in people:
        _row, token = ApiToken.make(user=user, name="test", can_write=True)
        client = Client(headers={"Authorization": f"Bearer {token}"})
        client.raise_request_exception = False
        yield client


def some(things, number, count):
    """`count` of `things`, others for the next number: an address does not meet them all, but they meet all kinds."""
    return [things[(number * count + index) % len(things)] for index in range(count)]


def traces():
    """What a write would have changed."""
    return (
        Event.objects.count(),
        list(Proposal.objects.order_by("pk").values_list("pk", "state", "version", "title_th")),
        list(Round.objects.order_by("pk").values_list("pk", "state", "version", "name_th")),
    )


def is_refused(answer):
    if not 400 <= answer.status_code < 500 or answer["Content-Type"] != "application/problem+json":
        return False
    body = json.loads(answer.content)
    return body["status"] == answer.status_code and bool(body["code"] and body["title"] and body["trace_id"])


def test_every_operation_is_reached(operations):
    methods = [method for method, _path in operations]

    assert methods.count("get") > 30
    assert sum(methods.count(method) for method in WRITES) > 30


def test_hostile_bodies(operations, world):
    keys, clients, before = keys_of(world), list(clients_of(world)), traces()
    wrong = []
    for number, (method, path) in enumerate((m, p) for m, p in operations if m in WRITES):
        for step, address in enumerate(filled(path, keys)):
            for index, (body, content_type) in enumerate(some(BODIES, number + step, 6 if step == 0 else 1)):
                client = clients[(number + step + index) % len(clients)]
                answer = getattr(client, method)(address, body, content_type=content_type, headers={"If-Match": "*"})
                if not is_refused(answer):
                    wrong.append((method, address, str(body)[:60], answer.status_code, answer.content[:200]))

    assert wrong == []
    assert traces() == before


def test_hostile_queries(operations, world):
    keys, [client, *_] = keys_of(world), clients_of(world)
    wrong = []
    for _method, path in [(m, p) for m, p in operations if m == "get"]:
        for query in QUERIES:
            answer = client.get(f"{filled(path, keys)[0]}?{query}")
            if not is_refused(answer):
                wrong.append((path, query, answer.status_code))

    assert wrong == []


def test_hostile_keys(operations, world):
    keys, clients, before = keys_of(world), list(clients_of(world)), traces()
    wrong = []
    for number, (method, path) in enumerate(operations):
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        for name in names:
            client = clients[number % len(clients)]
            for key in some(IDS, number, 4):
                address = filled(path, keys, **{name: key})[0]
                answer = getattr(client, method)(address, content_type="application/json")
                if not is_refused(answer):
                    wrong.append((method, address[:80], answer.status_code))

    assert wrong == []
    assert traces() == before


def test_nobody_writes_without_a_token(operations, world):
    keys, client, before = keys_of(world), Client(raise_request_exception=False), traces()
    wrong = [
        (method, address, answer.status_code)
        for method, path in operations
        for address in filled(path, keys)[:1]
        if method != "get"
        for answer in [getattr(client, method)(address, "{}", content_type="application/json")]
        if answer.status_code != 401
    ]

    assert wrong == []
    assert traces() == before
