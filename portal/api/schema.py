"""The OpenAPI description: problem documents, opaque ids, the headers and parameters that `Door` reads."""

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter

from portal.api.problems import CONTENT_TYPE, TITLES

TEXT = {"type": "string"}
BINARY = {"type": "string", "format": "binary"}
TABLES = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. Further members may say more, such as `state` or `missing`.",
    "required": ["type", "title", "status", "detail", "code", "errors", "trace_id"],
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "code": {**TEXT, "description": "Part of the contract; texts are not."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {"pointer": {**TEXT, "description": "RFC 6901"}, "code": TEXT, "detail": TEXT},
            },
        },
        "trace_id": TEXT,
    },
    "additionalProperties": True,
}
READING = {400, 401, 403, 404, 429, 503}
WRITING = READING | {409, 412, 413, 415, 422, 428}
KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="Repeats with this key answer what the first answered."
)
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="The ETag of the version you saw.")
IF_NONE_MATCH = OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="304 when nothing changed.")


class Schema(AutoSchema):
    def get_override_parameters(self):
        found = list(super().get_override_parameters())
        if self.method == "GET":
            if getattr(self.view, "is_public", False):
                found.append(IF_NONE_MATCH)
            if self._is_list_view() and getattr(self.view, "columns", ()):
                found.append(OpenApiParameter("format", str, enum=["json", "csv", "xlsx"], default="json"))
            found += [OpenApiParameter(name, str) for name in getattr(self.view, "extra_parameters", ())]
            return found
        found.append(KEY)
        if self.method in {"PUT", "PATCH", "DELETE"} or getattr(self.view, "action", "") == "step":
            found.append(IF_MATCH)
        return found

    def _is_list_view(self, serializer=None):
        """Views that describe their whole answer (`is_described_whole`) have no list put around it."""
        return not getattr(self.view, "is_described_whole", False) and super()._is_list_view(serializer)

    def get_operation(self, *args, **kwargs):
        operation = super().get_operation(*args, **kwargs)
        if operation:
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path":
                    parameter["schema"] = TEXT
            answers = self._problems()
            statuses = READING | set(getattr(self.view, "extra_statuses", ())) if self.method == "GET" else WRITING
            for status in sorted(statuses):
                operation["responses"].setdefault(str(status), {**answers, "description": str(TITLES[status])})
            if self.method == "GET" and self._is_list_view() and getattr(self.view, "columns", ()):
                operation["responses"]["200"]["content"] |= dict.fromkeys(TABLES, {"schema": BINARY})
            if self.method == "GET" and getattr(self.view, "is_public", False):
                operation["responses"].setdefault("304", {"description": "Nothing changed since the ETag sent."})
        return operation

    def _problems(self):
        component = ResolvedComponent("Problem", ResolvedComponent.SCHEMA, PROBLEM, object="Problem")
        self.registry.register_on_missing(component)
        return {"content": {CONTENT_TYPE: {"schema": component.ref}}}


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "portal.api.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer"}


class BrowserScheme(SessionScheme):
    target_class = "portal.api.authentication.SessionAuthentication"
