"""A kept connection whose other end is gone is noticed without asking the server."""

import time

import pytest
from django.db import connection


@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.django_db
def test_an_ended_connection_is_not_taken_for_alive(django_assert_num_queries):
    kept = connection.copy()
    kept.connect()
    try:
        with django_assert_num_queries(0, connection=kept):
            assert kept.is_usable()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [kept.connection.info.backend_pid])
        give_up = time.monotonic() + 5
        while kept.is_usable() and time.monotonic() < give_up:
            time.sleep(0.005)

        assert not kept.is_usable()
    finally:
        kept.close()
