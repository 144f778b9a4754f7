"""Talking to the API as a person's program does."""

import json

from django.test import Client

from portal.models import ApiToken


class Program:
    """A program with the token of `user`. Answers keep `data`, the parsed JSON."""

    def __init__(self, user=None, *, can_write=True):
        headers = {}
        if user is not None:
            _row, token = ApiToken.make(user=user, name="test", can_write=can_write)
            headers = {"Authorization": f"Bearer {token}"}
        self.client = Client(headers=headers)

    def get(self, path, **query):
        return self.read(self.client.get(f"/api/v1/{path}", query))

    def send(self, method, path, body=None, match=None, key=None):
        headers = {name: value for name, value in (("If-Match", match), ("Idempotency-Key", key)) if value}
        ask = getattr(self.client, method)
        data = body if isinstance(body, str | bytes) else json.dumps(body or {})
        return self.read(ask(f"/api/v1/{path}", data, content_type="application/json", headers=headers))

    def post(self, path, body=None, **kwargs):
        return self.send("post", path, body, **kwargs)

    def patch(self, path, body=None, **kwargs):
        return self.send("patch", path, body, **kwargs)

    def put(self, path, body=None, **kwargs):
        return self.send("put", path, body, **kwargs)

    def delete(self, path, **kwargs):
        return self.send("delete", path, **kwargs)

    def upload(self, path, **fields):
        return self.read(self.client.post(f"/api/v1/{path}", fields))

    def step(self, path, name, body=None, **kwargs):
        return self.post(f"{path}steps/{name}/", body, **kwargs)

    @staticmethod
    def read(answer):
        is_json = "json" in answer.get("Content-Type", "") and not answer.streaming
        answer.data = json.loads(answer.content) if is_json and answer.content else None
        return answer


def code(answer):
    """The status and, of a refusal, its code."""
    return answer.status_code, answer.data["code"] if answer.data else None
