"""`Idempotency-Key`: one effect for one key, and the first answer to whoever asks again.

The stored answer is written in the effect's own transaction. Who comes while the first is still at work is told
so: on PostgreSQL by a lock that ends with the transaction (also when the server dies), on SQLite writers queue
anyway and the second finds the answer.
"""

import hashlib

from django.db import connection
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.api.problems import Refusal
from portal.models import IdempotencyKey

HEADERS_KEPT = ("Content-Type", "Content-Language", "ETag", "Location")
MAX_LENGTH = 255


def key_in(request):
    """The request's key, or None; 400 for one that is not 1 to 255 visible ASCII characters."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not (key.isascii() and key.isprintable() and 0 < len(key) <= MAX_LENGTH):
        raise Refusal(400, "bad_idempotency_key", _("An idempotency key has 1 to 255 visible characters."))
    return key


def is_multipart(request):
    return (request.content_type or "").lower().startswith("multipart/")


def read_body(request):
    """Have the whole body here; 400 and 413 may rise."""
    return request.data if is_multipart(request) else request.body


def fingerprint(request):
    """SHA-256 of what is asked: method, query and body. Of form data the parts count, not their boundary."""
    found = hashlib.sha256(f"{request.method}\n{request.META.get('QUERY_STRING', '')}\n".encode())
    if is_multipart(request) and isinstance(request.data, QueryDict):
        for name, values in sorted(request.data.lists()):
            for value in values:
                found.update(_part(name, value))
    else:
        found.update(request.body)
    return found.hexdigest()


def _part(name, value):
    digest = hashlib.sha256()
    if hasattr(value, "chunks"):
        digest.update(value.name.encode())
        for chunk in value.chunks():
            digest.update(chunk)
        value.seek(0)
    else:
        digest.update(str(value).encode())
    return hashlib.sha256(name.encode()).digest() + digest.digest()


def running():
    return Refusal(
        409,
        "request_running",
        _("The first request with this key is still running. Ask again in a moment."),
        headers={"Retry-After": "1"},
    )


class Attempt:
    """One request under a key, inside its transaction."""

    def __init__(self, request, key):
        self.user, self.path, self.key = request.user, request.path, key
        self.request_hash = fingerprint(request)

    def stored(self):
        """The first answer as a response, or None when this request is the first. Raises 409 and 422."""
        self._lock()
        row = self._rows().live(clock.now()).first()
        if row is None:
            return None
        if row.request_hash != self.request_hash:
            raise Refusal(422, "idempotency_mismatch", _("This key was used for another request. Take a new key."))
        response = HttpResponse(bytes(row.body), status=row.status, headers=row.headers)
        response["Idempotent-Replayed"] = "true"
        return response

    def keep(self, response):
        """Store `response` (rendered), which was a success."""
        self._rows().delete()
        IdempotencyKey.objects.create(
            user=self.user,
            path=self.path,
            key=self.key,
            request_hash=self.request_hash,
            status=response.status_code,
            headers={name: response[name] for name in HEADERS_KEPT if name in response},
            body=response.content,
        )

    def _rows(self):
        return IdempotencyKey.objects.filter(user=self.user, path=self.path, key=self.key)

    def _lock(self):
        if connection.vendor != "postgresql":
            return
        name = f"{self.user.pk}\n{self.path}\n{self.key}".encode()
        number = int.from_bytes(hashlib.sha256(name).digest()[:8], signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
            if not cursor.fetchone()[0]:
                raise running()
