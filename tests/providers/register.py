"""The public register as a program meets it: answers, and the sync client over the test client."""

import io
import json
import sys
from email.message import Message
from pathlib import Path
from urllib.error import HTTPError

from django.test import Client

from providers.models import Edition, Listing, Product, Provider

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients" / "python" / "src"))

from registry_sync import MemoryStore, Register  # noqa: E402

API = "/api/v1/"
MODELS = {"provider": Provider, "product": Product, "listing": Listing}


def get(path, **kwargs):
    return Client().get(API + path, **kwargs)


def rows(path):
    """The results of a list."""
    answer = get(path)
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)["results"]


def ids(path):
    return [int(one["id"]) for one in rows(path)]


def refused(path):
    """(status, code) of a refusal."""
    answer = get(path)
    return answer.status_code, answer.json()["code"]


def content(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


class Reply(io.BytesIO):
    def __init__(self, answer):
        super().__init__(content(answer))
        self.headers = headers_of(answer)


def headers_of(answer):
    headers = Message()
    for name, value in answer.headers.items():
        headers[name] = value
    return headers


def opener(client):
    """What opens the sync client's requests: Django's test client `client`."""

    def open(request, data, timeout):
        answer = client.get(request.full_url.removeprefix("http://testserver"), headers=dict(request.header_items()))
        if answer.status_code >= 300:
            body = io.BytesIO(content(answer))
            raise HTTPError(request.full_url, answer.status_code, "", headers_of(answer), body)
        return Reply(answer)

    return open


def follower(store=None, token=None):
    """A sync client that follows the register."""
    client = Client()
    return Register("http://testserver" + API, store or MemoryStore(), token=token, wait=0, opener=opener(client))


def texts():
    """{(kind, id): text} of everything that the register shows, from the tables."""
    return {
        (kind, str(pk)): text
        for kind, model in MODELS.items()
        for pk, text in model._base_manager.filter(public_seq__isnull=False).values_list("pk", "public_body")
    }


def copied(store):
    """{(kind, id): text} of a copy."""
    return {(one.kind, one.id): one.body for kind in MODELS for one in store.all(kind)}


def forget_before(seq):
    """Let the feed begin at `seq`, as the timer does with time."""
    Edition.objects.filter(pk=1).update(oldest=seq)
