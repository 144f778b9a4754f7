"""A proposal's check constraints are asked in one query, and each speaks for itself where it does not hold."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories.budgets import Story

pytestmark = pytest.mark.django_db


def test_checks_that_hold_are_asked_in_one_query():
    proposal = Story().to("submitted").proposal

    with CaptureQueriesContext(connection) as asked:
        proposal.validate_constraints()

    asked = [query["sql"] for query in asked if "_check" in query["sql"]]
    assert ["EXISTS" in sql for sql in asked] == [False, True]  # all checks, then the uniqueness of the number


def test_every_check_that_fails_is_named():
    proposal = Story().to("executing").proposal
    proposal.recommended_baht = proposal.disbursed_baht = proposal.requested_baht + Decimal(1)

    with pytest.raises(ValidationError) as failure:
        proposal.validate_constraints()

    assert len(failure.value.messages) == 2
