"""The register as a sequence: a copy that follows it ends equal to it, whatever happened on the way."""

import base64
import gzip
import hashlib
import json
from datetime import timedelta

import pytest

from portal import clock
from portal.models import ApiToken
from providers.lifecycle import LISTING
from providers.models import ApiClient, Edition, Listing, Record, Snapshot
from providers.public import retention, snapshots
from providers.public.publishing import changing, touch
from tests.factories.people import person
from tests.factories.providers import Company, Registry
from tests.providers.register import (
    API,
    MODELS,
    MemoryStore,
    content,
    copied,
    follower,
    forget_before,
    get,
    refused,
    texts,
)  # fmt: skip

from registry_sync import RegisterError, SqliteStore  # isort: skip - the client, put on the path above

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry():
    return Registry()


def live(registry):
    """A life in the register: several companies listed, suspended, reinstated, revoked, corrected."""
    first, second = Company(registry, "บริษัท หนึ่ง จำกัด"), Company(registry, "บริษัท สอง จำกัด")
    one, other = first.listed("ก", "ข")
    yield
    [third] = second.listed("ค")
    registry.suspend(one)
    yield
    LISTING.take(Listing.objects.get(pk=one.pk), "reinstate", by=registry.approver, reason="แก้ไขแล้ว")
    registry.revoke(third)
    yield
    with changing():
        provider = first.provider
        provider.phone = "02-111-1111"
        provider.save()
        touch(provider)
    yield


def test_changes_come_in_pages_and_the_last_says_so(registry):
    for _step in live(registry):
        pass
    last = Edition.objects.get().seq
    answer, numbers, url = None, [], "registry/changes/?after=0&limit=2"
    while url:
        answer = get(url).json()
        numbers += [one["seq"] for one in answer["results"]]
        url = answer["next"] and answer["next"].split(API)[1]

    assert numbers == list(range(1, last + 1))
    assert (answer["previous"], answer["last_seq"]) == (None, last)
    record = Record.objects.get(seq=last)
    assert answer["results"][-1] == {
        "seq": last,
        "op": "upsert",
        "kind": "provider",
        "id": str(record.object_id),
        "at": record.at.astimezone(clock.BANGKOK).isoformat(),
        "body": json.loads(record.body),
    }
    assert get(f"registry/changes/?after={last}").json()["results"] == []
    assert refused(f"registry/changes/?after={last + 1}") == (400, "position_ahead")


def test_a_copy_follows_from_the_snapshot_through_every_change(registry, tmp_path):
    copies = []
    for number, _step in enumerate(live(registry)):
        store = MemoryStore() if number % 2 else SqliteStore(str(tmp_path / f"{number}.sqlite3"))
        copies.append(follower(store))
        for copy in copies:
            copy.sync()
            assert copied(copy.store) == texts()
            assert copy.compare() == []
    again = follower(SqliteStore(str(tmp_path / "0.sqlite3")))

    done = again.sync()

    assert (done.records, done.from_snapshot, done.seq) == (0, False, Edition.objects.get().seq)
    assert again.sync() == done
    listing = Listing.objects.order_by("pk").last()
    assert again.get("listing", str(listing.pk))["status"] == "revoked"
    assert again.verify(listing.certificate_no)["status"] == "revoked"
    assert again.status(str(Listing.objects.first().pk), clock.today() + timedelta(days=4000)) == "expired"
    assert len(list(again.all("provider"))) == 2


def test_the_client_asks_with_its_tag_and_downloads_nothing_twice(registry):
    next(live(registry))
    copy = follower()
    copy.sync()
    copy.sync()
    asked = []
    ask = copy._urlopen

    def listening(request, data, timeout):
        asked.append(request.get_header("If-none-match"))
        return ask(request, data, timeout)

    copy._urlopen = listening

    copy.sync()

    assert len(asked) == 1
    assert asked[0].startswith('"')


def test_what_leaves_public_view_leaves_a_tombstone(registry):
    company = Company(registry)
    kept, gone = company.listed("คงอยู่", "บันทึกผิด")
    copy = follower()
    copy.sync()

    with changing():
        gone.history.all()._raw_delete("default")
        product = gone.product
        gone.delete()
        touch(product)

    copy.sync()
    assert copied(copy.store) == texts()
    assert ("listing", str(gone.pk or 0)) not in copied(copy.store)
    deletes = list(Record.objects.filter(op="delete").values_list("kind", "body"))
    assert sorted(deletes) == [("listing", ""), ("product", "")]
    assert get(f"products/{product.pk}/").status_code == 404
    assert kept.pk in [int(one["id"]) for one in get("listings/").json()["results"]]


def test_too_old_a_position_is_told_where_the_snapshot_is_and_the_client_goes_there(registry):
    steps = live(registry)
    next(steps)
    copy = follower()
    reached = copy.sync().seq
    for _step in steps:
        pass
    forget_before(reached + 3)

    answer = get(f"registry/changes/?after={reached}")
    assert (answer.status_code, answer.json()["code"]) == (410, "position_too_old")
    assert answer.json()["snapshot"] == f"http://testserver{API}registry/snapshot.ndjson.gz"
    assert get(f"registry/changes/?after={reached + 2}").status_code == 200
    done = copy.sync()
    assert done.from_snapshot
    assert copied(copy.store) == texts()


def test_a_register_put_back_to_an_older_state_is_taken_anew(registry):
    for _step in live(registry):
        pass
    copy = follower()
    copy.sync()
    copy.store.apply(copy.store.position() + 50, [])

    done = copy.sync()

    assert done.from_snapshot
    assert copied(copy.store) == texts()


def test_the_snapshot_is_whole_named_by_its_hash_and_made_once(registry):
    for _step in live(registry):
        pass
    first = get("registry/snapshot.ndjson.gz")
    packed = content(first)
    lines = [json.loads(line) for line in gzip.decompress(packed).decode().splitlines()]

    assert lines[0] == {"seq": Edition.objects.get().seq}
    assert {(one["kind"], one["id"]) for one in lines[1:]} == set(texts())
    sha = hashlib.sha256(packed)
    assert first["ETag"] == f'"{sha.hexdigest()}"'
    assert first["Repr-Digest"] == f"sha-256=:{base64.b64encode(sha.digest()).decode()}:"
    assert int(first["Content-Length"]) == len(packed)
    assert get("registry/snapshot.ndjson.gz", headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert Snapshot.objects.count() == 1


def test_timers_keep_the_snapshot_fresh_and_no_more_than_two(registry):
    for number, _step in enumerate(live(registry)):
        with clock.at(clock.now() + timedelta(days=number)):
            snapshots.keep_fresh()
            snapshots.keep_fresh()

    assert [one.seq for one in Snapshot.objects.order_by("pk")] == sorted(
        Snapshot.objects.values_list("seq", flat=True)
    )
    assert Snapshot.objects.count() == 2
    assert Snapshot.objects.order_by("-pk").first().seq == Edition.objects.get().seq


def test_a_damaged_snapshot_is_refused(registry):
    next(live(registry))
    snapshot = snapshots.make()
    Snapshot.objects.filter(pk=snapshot.pk).update(sha256="0" * 64)

    with pytest.raises(RegisterError, match="did not arrive whole"):
        follower().sync()


def test_thinning_keeps_the_answer_for_every_day(registry):
    began, today = clock.now(), clock.today()
    for number, _step in enumerate(live(registry)):
        for hours in range(2):
            with clock.at(began + timedelta(days=number, hours=hours)), changing():
                provider = Listing.objects.first().provider
                provider.phone = f"02-000-{number:02d}{hours:02d}"
                provider.save()
                touch(provider)
    end = began + timedelta(days=40)
    days = [today + timedelta(days=number) for number in range(-1, 5)]

    def told():
        return [get(f"{kind}s/?as_of={day}&format=ndjson").getvalue() for kind in MODELS for day in days]

    with clock.at(end):
        before, copy = told(), follower()
        records = Record.objects.count()

        dropped = retention.thin(began + timedelta(days=3))

        assert dropped > 0
        assert Record.objects.count() == records - dropped
        assert told() == before
        edition = Edition.objects.get()
        assert edition.oldest == Record.objects.filter(at__lt=began + timedelta(days=3)).order_by("-seq")[0].seq + 1
        assert retention.thin(began + timedelta(days=3)) == 0
        assert refused("registry/changes/?after=0") == (410, "position_too_old")
        copy.sync()
        assert copied(copy.store) == texts()


def test_a_key_tells_how_far_its_program_has_read(registry):
    next(live(registry))
    row, token = ApiToken.make(user=person(), name="copy")
    copy = follower(token=token)

    reached = copy.sync().seq
    copy.sync()

    assert ApiClient.objects.get(token=row).position == reached
    assert follower().sync().seq == reached
    assert ApiClient.objects.count() == 1
