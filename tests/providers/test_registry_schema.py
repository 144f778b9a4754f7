"""What OpenAPI says of the public register holds for whatever a program may ask: no fault of ours, no drift."""

import re

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal.api.routes import files, router
from tests.factories.providers import Company, Registry

pytestmark = [pytest.mark.django_db, pytest.mark.long]
PUBLIC = re.compile(r"^\^?(providers|products|listings|categories|registry|provinces|districts)\b")
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance]
EXAMPLES = 25
QUIET = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def kept_connection():
    """The test's own transaction outlives each request, as under Django's client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_the_public_register_answers_as_described(kept_connection):
    registry = Registry()
    kept, halted = Company(registry).listed("ก", "ข")
    registry.suspend(halted)
    public = [one for one in [*files, *router.urls] if PUBLIC.match(str(one.pattern))]
    described = SchemaGenerator(patterns=[path("api/v1/", include((public, "api")))]).get_schema(public=True)
    paths = {
        address: {"get": methods["get"]}
        for address, methods in described["paths"].items()
        if "get" in methods and "steps" not in address and "impact" not in address
    }
    schema = schemathesis.openapi.from_dict({**described, "paths": paths})
    schema.app, asked = get_wsgi_application(), set()

    def ask_all(operation):
        @given(case=operation.as_strategy())
        @QUIET
        def ask(case):
            cache.clear()
            if "certificate_no" in case.path_parameters:
                case.path_parameters["certificate_no"] = kept.certificate_no
            elif "id" in case.path_parameters and len(str(case.query)) % 2:
                case.path_parameters["id"] = "1"
            response = case.call(base_url="http://localhost", headers={"Accept-Encoding": "identity"})
            asked.add((operation.path, response.status_code))
            is_json = response.headers["content-type"][0] == "application/json" if response.content else False
            case.validate_response(response, checks=[*CHECKS, *([response_schema_conformance] if is_json else [])])

        ask()

    for found in schema.get_all_operations():
        ask_all(found.ok())

    answered = {address for address, status in asked if status == 200}
    assert {address for address in paths if "{" not in address} <= answered
    assert ("/api/v1/registry/changes/", 400) in asked
