"""A step with a listing and a change of its company at once: each waits for the other in turn, neither crosswise."""

import inspect
from datetime import date
from threading import Barrier, Thread

import pytest
from django.db import OperationalError, close_old_connections, connection

from providers.lifecycle import LISTING
from providers.models import Listing, Provider
from providers.public import publishing
from providers.public.publishing import changing, touch
from tests.factories.providers import Company, Registry

ROUNDS = 12


def rename(provider, number):
    with changing(provider.pk):
        Provider.objects.filter(pk=provider.pk).update(name_th=f"บริษัท รอบที่ {number} จำกัด")
        touch(provider)


def at_once(*works):
    """The exceptions of `works`, run in threads that begin together."""
    barrier, failed = Barrier(len(works)), []

    def run(work):
        try:
            barrier.wait()
            work()
        except Exception as error:
            failed.append(error)
        finally:
            close_old_connections()
            connection.close()

    threads = [Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


def together():
    """What went wrong while steps with listings met changes of their company, round after round."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    registry = Registry()
    company = Company(registry)
    listings = company.listed("หนึ่ง", "สอง", "สาม")
    provider, failed = company.provider, []
    for number in range(ROUNDS):
        listing = Listing.objects.get(pk=listings[number % 3].pk)
        step = ("suspend", SUSPENSION) if listing.state == "active" else ("reinstate", {"reason": "ชี้แจงแล้ว"})
        failed += at_once(
            lambda listing=listing, step=step: LISTING.take(listing, step[0], by=registry.approver, **step[1]),
            lambda number=number: rename(provider, number),
        )
    return failed


@pytest.mark.django_db(transaction=True)
def test_a_step_and_a_change_of_the_company_never_block_each_other():
    assert together() == []
    assert publishing.rebuild() == 0


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_at_the_beginning_they_do(monkeypatch):
    real = publishing._lock
    monkeypatch.setattr(publishing, "_lock", lambda keys: None if caller() == "changing" else real(keys))

    assert {type(error) for error in together()} == {OperationalError}


def caller():
    """The name of the function that called the one that asks."""
    return inspect.stack()[2].function


SUSPENSION = {
    "reason_class": "security",
    "reason": "ช่องโหว่",
    "legal_basis": "ข้อ 12",
    "reply_by": date(2099, 1, 1),
    "review_by": date(2099, 2, 1),
}
