"""A case in one zip: what each auditor finds in it, that it can be checked, and that it is on record."""

import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from budgets import casefile
from budgets.writing import attachments
from portal import jobs
from portal.models import Event, Notice
from portal.roles import Role
from portal.sample_papers import letter
from tests.budgets.client import Program
from tests.budgets.moves import asked, committed, granted
from tests.factories.budgets import Story
from tests.factories.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    """A project under way, with two documents of one name, a contract, a carry-over and an accepted report."""
    story = Story()
    for words in ("one", "two"):
        upload = SimpleUploadedFile("แผนที่.pdf", letter([words]), content_type="application/pdf")
        attachments.attach(story.proposal, "other", [upload], by=story.office.officer)
    story.round.documents.create(kind="other", name_th="แบบ (ปร.4/ปร.5)", when="optional")
    story.proposal.refresh_from_db()
    story.to("executing")
    committed(story, contractor="=บริษัท ก")
    granted(asked(story), by=story.agencies.dla)
    story.accepted_report()
    return story


def taken(story, user):
    """(the bytes, {name: content}) of the case file that `user` takes over the API."""
    answer = Program(user).client.get(f"/api/v1/proposals/{story.proposal.pk}/case-file/")
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return content, {name: archive.read(name) for name in archive.namelist()}


def test_auditor_finds_everything(story):
    auditor = person(Role.AUDITOR)

    content, found = taken(story, auditor)

    assert casefile.verify(io.BytesIO(content))[0] == []
    version = story.proposal.versions.get()
    assert found[f"signed/{story.proposal.number}-v{version.version}.json"] == bytes(version.canonical)
    assert sorted(name for name in found if name.startswith("documents/")) == [
        "documents/แบบ (ปร.4-ปร.5) - แผนที่ (2).pdf",
        "documents/แบบ (ปร.4-ปร.5) - แผนที่.pdf",
    ]
    reviews = json.loads(found["reviews.json"])
    assert {one["reviewer"] for one in reviews} == {one.username for one in story.agencies.reviewers[:2]}
    assert json.loads(found["money/carry-overs.json"])[0]["letter_no"] == "กค 0402.5/12"
    ledger = found["money/ledger.csv"].decode("utf-8-sig")
    assert (ledger.count("\r\n"), "'=บริษัท ก" in ledger) == (4, True)
    assert "review.send" in found["events.csv"].decode()


def test_local_auditor_finds_no_name_of_a_reviewer(story):
    _content, found = taken(story, person(Role.LOCAL_AUDITOR, at=story.office.place))

    assert [set(one) for one in json.loads(found["reviews.json"])] == [{"state", "total", "scores"}] * 2
    assert "review.send" not in found["events.csv"].decode()
    assert not any(story.agencies.reviewers[0].username.encode() in content for content in found.values())


def test_taking_is_on_record_and_can_be_checked(story, tmp_path, capsys):
    content, found = taken(story, person(Role.AUDITOR))
    whole, broken, foreign = (tmp_path / name for name in ("whole.zip", "broken.zip", "foreign.zip"))
    whole.write_bytes(content)
    with zipfile.ZipFile(broken, "w") as archive:
        for name, data in found.items():
            archive.writestr(name, data.replace(b"1000000.00", b"9000000.00"))
    broken_manifest = found["manifest.json"].replace(b'"schema"', b' "schema"')
    with zipfile.ZipFile(foreign, "w") as archive:
        for name, data in {**found, "manifest.json": broken_manifest}.items():
            archive.writestr(name, data)

    call_command("verify_case_file", whole)

    assert story.proposal.number in capsys.readouterr().out
    with pytest.raises(CommandError, match="faults"):
        call_command("verify_case_file", broken)
    with pytest.raises(CommandError, match="no such manifest"):
        call_command("verify_case_file", foreign)
    event = Event.objects.get(verb="proposal.export_case")
    assert (event.role, event.object_id) == (Role.AUDITOR, story.proposal.pk)


@pytest.mark.parametrize("role", [Role.LOCAL_OFFICER, Role.COMMITTEE_CHAIR, Role.DLA_OFFICER])
def test_others_do_not_take_a_case_along(client, story, role):
    user = person(role, at=story.office.place if role == Role.LOCAL_OFFICER else None)
    client.force_login(user)

    assert client.post(reverse("budgets:case-file", args=[story.proposal.pk])).status_code == 403
    assert Program(user).get(f"proposals/{story.proposal.pk}/case-file/").status_code == 403


def test_large_case_becomes_a_job(client, story, monkeypatch):
    monkeypatch.setattr(casefile, "LARGE", 10)
    auditor = person(Role.AUDITOR)
    client.force_login(auditor)

    answer = client.post(reverse("budgets:case-file", args=[story.proposal.pk]))
    row = jobs.run_next()

    assert answer["Location"] == row.get_absolute_url()
    assert (row.state, row.result.name) == ("done", f"{story.proposal.number}.zip")
    with row.result.file.open("rb") as opened:
        wrong, _manifest, digest = casefile.verify(opened)
    assert (wrong, casefile.is_on_record(digest)) == ([], True)
    assert Notice.objects.filter(recipient=auditor, kind__startswith="job").count() == 1


def test_lists_taken_from_pages_are_on_record(client, story):
    client.force_login(story.office.officer)

    client.get(reverse("budgets:proposal-list") + "?format=xlsx")

    assert Event.objects.get(verb="list.exported").details == {"list": "/budgets/proposals/?format=xlsx", "rows": 1}
