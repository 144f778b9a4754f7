"""The register for programs that keep a copy: status list, changes, snapshot."""

import orjson
from django.http import FileResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema

from portal.api import pagination
from portal.api.problems import BadParameter, Refusal
from portal.api.routes import register, register_file
from providers.api import schemas
from providers.api.calls import note_call
from providers.api.kept import KEPT, Answer
from providers.api.registry import Public
from providers.models import Record
from providers.public import snapshots
from providers.public.late import MODELS, late
from providers.states import RUNNING


class StatusViewSet(Public):
    """Every id of the register with its status: small enough to ask for often."""

    def known_parameters(self):
        return {"kind"}

    @extend_schema(
        operation_id="registry_status",
        parameters=[schemas.parameter("kind", {"type": "string", "enum": list(MODELS)}, "Of this kind alone")],
        responses={200: schemas.STATUSES},
        filters=False,
    )
    def list(self, request):
        """Status and last day of everything that is public, as true today; `seq` is the record that it stands in."""
        texts = request.query_params.getlist("kind")
        if len(texts) > 1 or not set(texts) <= set(MODELS):
            detail = _("Choose one of: %(choices)s.") % {"choices": ", ".join(MODELS)}
            raise BadParameter({"kind": detail}, code="bad_value")
        kinds = texts or list(MODELS)
        question = f"status {kinds}"
        tag = self.tag_for(self.edition.seq, question)
        self.answer_unchanged(tag)
        key = (self.edition.seq, self.edition.at, self.today, question)
        answer = KEPT.get(key)
        if answer is None:
            answer = self.statuses(kinds)
            KEPT.put(key, answer)
        return self.send(answer, tag)

    def statuses(self, kinds):
        results = [line for kind in kinds for line in self.lines(kind)]
        head = orjson.dumps({"seq": self.edition.seq, "day": self.today}).decode()[:-1]
        return Answer(f'{head},"results":[{",".join(results)}]}}'.encode(), self.edition.seq)

    def lines(self, kind):
        columns = ("state", "valid_until") if kind == "listing" else ("standing", "listed_until")
        told = late(kind, self.edition, self.today)
        rows = MODELS[kind].objects.listed().order_by("pk").values_list("pk", *columns, "public_seq")
        for pk, state, until, seq in rows.iterator(5000):
            if pk in told.states:
                state, until = told.states[pk], self.until_of(kind, told.texts[pk])
            elif state not in RUNNING:
                until = None
            shown = f'"{until}"' if until else "null"
            yield f'{{"kind":"{kind}","id":"{pk}","status":"{state}","until":{shown},"seq":{seq}}}'

    def until_of(self, kind, text):
        body = orjson.loads(text)
        if body["status"] not in RUNNING:
            return None
        return {
            "listing": lambda: body["valid_until"],
            "product": lambda: body["listing"]["valid_until"],
            "provider": lambda: body["listed_until"],
        }[kind]()


class ChangeViewSet(Public):
    """The changes of the register in the order in which they were committed."""

    extra_statuses = (410,)

    def known_parameters(self):
        return {"after", "limit"}

    @extend_schema(
        operation_id="registry_changes",
        parameters=[
            schemas.parameter(
                "after", {"type": "integer", "minimum": 0, "default": 0}, "The last number that you have"
            ),
            schemas.limit,
        ],
        responses={200: schemas.CHANGES},
        filters=False,
    )
    def list(self, request):
        """What changed after a number. Follow `next` until it is null, then ask again from your last number.

        An upsert carries the whole body; suspended, revoked and expired are upserts. A delete says that something
        left public view. 410 where the number is too old to be followed: begin again from the snapshot.
        """
        after, limit = self.after(), pagination.limit_in(request.query_params)
        last = self.edition.seq
        if after > last:
            detail = _("The register has come to %(last)d; there is no later number yet.") % {"last": last}
            raise BadParameter({"after": detail}, code="position_ahead")
        if after < self.edition.oldest - 1:
            snapshot = request.build_absolute_uri(reverse("api:registry-snapshot"))
            detail = _("This position is too old to be followed. Begin again from the snapshot.")
            raise Refusal(410, "position_too_old", detail, snapshot=snapshot, oldest=self.edition.oldest)
        note_call(request, after)
        tag = self.tag_for(last, f"changes {after} {limit}")
        self.answer_unchanged(tag)
        return self.send(self.changes(after, limit, last), tag)

    def after(self):
        texts = self.request.query_params.getlist("after")
        text = texts[0] if texts else "0"
        if len(texts) > 1 or not (text.isascii() and text.isdigit() and len(text) < 19):
            raise BadParameter({"after": _("This is a whole number, given once.")}, code="bad_position")
        return int(text)

    def changes(self, after, limit, last):
        records = list(Record.objects.filter(seq__gt=after, seq__lte=last).order_by("seq")[:limit])
        has_more = bool(records) and records[-1].seq < last
        following = None
        if has_more:
            url = self.request.build_absolute_uri()
            following = pagination.replace_query_param(url, "after", records[-1].seq)
        head = orjson.dumps({"next": following, "previous": None}).decode()[:-1]
        results = ",".join(map(snapshots.text_of, records))
        return Answer(f'{head},"results":[{results}],"last_seq":{last}}}'.encode(), last)


class SnapshotView(Public):
    def known_parameters(self):
        return set()

    @extend_schema(
        operation_id="registry_snapshot",
        responses={(200, "application/gzip"): OpenApiTypes.BINARY},
        filters=False,
    )
    def list(self, request):
        """The whole register as a packed file: first `{"seq": N}`, then one object a line as in the changes.

        Its SHA-256 stands in `Repr-Digest` and is the ETag. Go on with `changes/?after=N`.
        """
        found = snapshots.latest()
        self.tag = f'"{found.sha256}"'
        self.answer_unchanged(self.tag)
        response = FileResponse(found.file.open("rb"), content_type="application/gzip")
        response["Content-Length"] = found.size
        response["Content-Disposition"] = f'attachment; filename="registry-{found.seq}.ndjson.gz"'
        response["Repr-Digest"] = snapshots.digest_header(found)
        return response


register("registry/status", StatusViewSet, "registry-status")
register("registry/changes", ChangeViewSet, "registry-changes")
register_file("registry/snapshot.ndjson.gz", SnapshotView.as_view({"get": "list"}), "registry-snapshot")
