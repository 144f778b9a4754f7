"""What no honest program sends, and how addresses are tried with it. Each app says which keys fill its paths."""

import json

from django.db import transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from portal.models import ApiToken

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

VALUES = [
    None, True, 2**62, 1e300, "ก" * 5000, "9" * 30, "1", "2571-01-01",
    [], {}, [[]], [None], [{}], [{"criterion": "1", "score": {}}], ["9" * 19],
]  # fmt: skip


def operations_under(*beginnings):
    """The (method, path) pairs of the API whose paths begin so, as its description names them."""
    paths = SchemaGenerator(api_version="v1").get_schema(public=True)["paths"]
    return [(method, path) for path, found in paths.items() if path.startswith(beginnings) for method in found]


def program_of(user):
    """A client with a token of `user`, which answers 500 instead of raising."""
    _row, token = ApiToken.make(user=user, name="test", can_write=True)
    client = Client(headers={"Authorization": f"Bearer {token}"})
    client.raise_request_exception = False
    return client


def some(things, number, count):
    """`count` of `things`, others for the next number: an address does not meet them all, but they meet all kinds."""
    return [things[(number * count + index) % len(things)] for index in range(count)]


def is_refused(answer):
    if not 400 <= answer.status_code < 500 or answer["Content-Type"] != "application/problem+json":
        return False
    body = json.loads(answer.content)
    return body["status"] == answer.status_code and bool(body["code"] and body["title"] and body["trace_id"])


def collection_of(path):
    """The name before the last key of `path`, or its last name where no key of its own follows."""
    names = [part for part in path.split("/") if part and not part.startswith("{")]
    before = path.split("{id}")[0].rstrip("/").split("/")[-1] if "{id}" in path else names[-1]
    return before


class Siege:
    """Tries every operation of an app.

    `keys(collection)` gives `{placeholder: key}`, `steps(path)` the names that `{name}` may be there, `traces()` what
    an honest write would have changed.
    """

    def __init__(self, operations, keys, users, traces, steps):
        self.operations, self.keys, self.traces, self.steps = operations, keys, traces, steps
        self.clients = [program_of(user) for user in users]

    def filled(self, path, **instead):
        """`path` with its keys, or what stands `instead` of one, once for each step where it names one."""
        found = path
        for name, key in {**self.keys(collection_of(path)), **instead}.items():
            found = found.replace(f"{{{name}}}", str(key))
        return [found.replace("{name}", name) for name in self.steps(path)] if "{name}" in found else [found]

    def bodies(self):
        """What answers a hostile body as it should not: `[(method, address, …)]`."""
        wrong, clients = [], self.clients
        for number, (method, path) in enumerate((m, p) for m, p in self.operations if m in WRITES):
            for step, address in enumerate(self.filled(path)):
                for index, (body, content_type) in enumerate(some(BODIES, number + step, 6 if step == 0 else 1)):
                    client = clients[(number + step + index) % len(clients)]
                    answer = getattr(client, method)(
                        address, body, content_type=content_type, headers={"If-Match": "*"}
                    )
                    if not is_refused(answer):
                        wrong.append((method, address, str(body)[:60], answer.status_code, answer.content[:200]))
        return wrong

    def queries(self):
        """What answers a hostile query as it should not."""
        wrong, client = [], self.clients[0]
        for path in [path for method, path in self.operations if method == "get"]:
            for query in QUERIES:
                answer = client.get(f"{self.filled(path)[0]}?{query}")
                if not is_refused(answer):
                    wrong.append((path, query, answer.status_code))
        return wrong

    def odd_keys(self):
        """What answers a hostile key as it should not."""
        wrong = []
        for number, (method, path) in enumerate(self.operations):
            client = self.clients[number % len(self.clients)]
            for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
                for key in some(IDS, number, 4):
                    address = self.filled(path, **{name: key})[0]
                    answer = getattr(client, method)(address, content_type="application/json")
                    if not is_refused(answer):
                        wrong.append((method, address[:80], answer.status_code))
        return wrong

    def strangers(self):
        """What a program without a token may write."""
        client = Client(raise_request_exception=False)
        return [
            (method, address, answer.status_code)
            for method, path in self.operations
            if method != "get"
            for address in self.filled(path)[:1]
            for answer in [getattr(client, method)(address, "{}", content_type="application/json")]
            if answer.status_code != 401
        ]


def ask(program, method, path, fields):
    """Send every value in all fields at once, and what may pass in each field alone; the faults, as texts."""
    names, faults = fields.split(), []
    program.client.raise_request_exception = False
    bodies = [dict.fromkeys(names, value) for value in VALUES]
    bodies += [{name: value} for name in names for value in (None, [], "1")]
    for body in bodies:
        with transaction.atomic():
            answer = getattr(program, method)(path, body, **({} if method == "post" else {"match": "*"}))
            if answer.status_code >= 500:
                faults.append(f"{method} {path} {body!r:.200} {answer.status_code}")
            transaction.set_rollback(True)
    return faults
