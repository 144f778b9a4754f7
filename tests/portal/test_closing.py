"""Closing one's own account: what goes, what the law keeps, what stands in the way, and a backup taken back."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import call_command
from django.urls import reverse

from portal import clock
from portal.errors import Refused
from portal.models import ApiToken, Membership, User
from portal.people import closing
from portal.roles import Role
from portal.tasks import relay
from tests.factories import training as make
from tests.factories.people import person
from tests.factories.places import local_government

pytestmark = pytest.mark.django_db

SECRETS = ("ก้องภพ", "รุ่งเรืองกิจ", "0812345679", "kongphop@example.org", "ซอยลับ ๙", "kongphop")


@pytest.fixture(autouse=True)
def own_ledger(settings, tmp_path):
    settings.KEYS_DIR = tmp_path
    closing._seen.clear()
    return tmp_path / "erasures.jsonl"


def dump():
    """Everything that the database holds, as one text."""
    out = StringIO()
    call_command("dumpdata", stdout=out, exclude=["contenttypes", "auth.permission"], natural_foreign=False)
    return out.getvalue()


def applicant():
    """Somebody who applied, learnt, holds a certificate, was written to, and has a program."""
    user = person(username="kongphop", first_name=SECRETS[0], last_name=SECRETS[1], email=SECRETS[3], phone=SECRETS[2])
    call = make.Call().open()
    named = {"first_name": SECRETS[0], "last_name": SECRETS[1], "email": SECRETS[3], "phone": SECRETS[2]}
    call.submitted(local_government(), applicant=user, address=SECRETS[4], motivation="ฉันชื่อก้องภพ", **named)
    make.enrolled(make.run(), make.fresh(user))
    ApiToken.make(user=user, name="ของก้องภพ")
    Authenticator.objects.create(user=user, type="recovery_codes", data={"seed": "of kongphop"})
    return call, make.fresh(user)


def test_nothing_that_names_the_person_is_left_in_the_database(client, own_ledger, django_capture_on_commit_callbacks):
    call, user = applicant()
    client.force_login(make.fresh(call.officer))
    client.get(user.applications.get().get_absolute_url())
    before = dump()
    assert [secret for secret in SECRETS if secret not in before] == []

    with django_capture_on_commit_callbacks(execute=True):
        closing.close(user, by=user)
    relay(500)

    after = dump()
    assert [secret for secret in SECRETS if secret in after] == []
    closed = User.objects.get(pk=user.pk)
    assert (closed.username, closed.is_active, closed.has_usable_password()) == (f"erased-{user.pk}", False, False)
    assert [letter for letter in mail.outbox if SECRETS[3] in letter.to and letter.body] == []
    assert own_ledger.read_text().count('"account"') == 1
    assert not [secret for secret in SECRETS if secret in own_ledger.read_text()]
    assert closing.erase_accounts_again() == 0


def test_account_that_a_backup_brings_back_is_closed_again(own_ledger, django_capture_on_commit_callbacks):
    user = person(username="kongphop", first_name=SECRETS[0], email=SECRETS[3])
    with django_capture_on_commit_callbacks(execute=True):
        closing.close(user, by=user)
    User.objects.filter(pk=user.pk).update(username="kongphop", first_name=SECRETS[0], email=SECRETS[3], is_active=True)
    other = person()

    assert closing.erase_accounts_again() == 1
    assert User.objects.filter(username="kongphop").count() == 0
    assert User.objects.get(pk=other.pk).is_active
    assert own_ledger.read_text().count("\n") == 1


def test_post_is_handed_over_first_and_the_name_stays_on_its_acts(client):
    place = local_government()
    officer = person(Role.LOCAL_OFFICER, at=place, first_name=SECRETS[0], email=SECRETS[3])
    with pytest.raises(Refused) as refusal:
        closing.close(officer, by=officer)
    assert refusal.value.code == "still_held"
    Membership.objects.filter(user=officer).update(revoked_at=clock.now())

    closing.close(make.fresh(officer), by=make.fresh(officer))

    closed = User.objects.get(pk=officer.pk)
    assert (closed.first_name, closed.email, closed.is_active) == (SECRETS[0], "", False)


def test_paid_ambassadors_name_stays_until_the_rule_forgets_it():
    _call, placement = make.serving()
    ambassador = placement.ambassador
    with pytest.raises(Refused) as refusal:
        closing.close(ambassador, by=ambassador)
    assert refusal.value.facts["held"] != []
    type(placement).objects.filter(pk=placement.pk).update(state="completed")
    User.objects.filter(pk=ambassador.pk).update(first_name=SECRETS[0])

    closing.close(make.fresh(ambassador), by=make.fresh(ambassador))
    assert User.objects.get(pk=ambassador.pk).first_name == SECRETS[0]
    type(placement).objects.filter(pk=placement.pk).update(ambassador=None)
    closing._seen.clear()
    assert closing.erase_accounts_again() == 1
    assert User.objects.get(pk=ambassador.pk).first_name == ""


def test_page_says_what_goes_and_asks_for_the_password(client):
    user = person(username="kongphop")
    user.set_password("portal-demo-9")
    user.save()
    client.login(username="kongphop", password="portal-demo-9")
    address = reverse("account-close")

    asked = client.get(address)
    assert (asked.status_code, "reauthenticate" in asked.url) == (302, True)
    client.post(asked.url, {"password": "portal-demo-9"})
    assert client.get(address).context["ties"] == []
    assert client.post(address).status_code == 302
    assert not User.objects.get(pk=user.pk).is_active
    assert client.get(reverse("account")).status_code == 302


@pytest.mark.long
def test_twenty_persons_leave_six_identifiers_nowhere(settings, tmp_path, django_capture_on_commit_callbacks):
    settings.MEDIA_ROOT = tmp_path / "media"
    call, people = make.Call().open(), []
    for n in range(20):
        named = {
            "first_name": f"สมนึกที่{n}ก", "last_name": f"ลับเฉพาะ{n}ข", "email": f"planted{n}x@example.org",
            "phone": f"0899{n:06d}",
        }  # fmt: skip
        user = person(username=f"planted{n}x", **named)
        draft = call.draft(local_government(), applicant=user, address=f"ตรอกลับ{n}ค", **named)
        call.take(draft, "submit")
        paper = draft.documents.first().file.file
        people.append((user, [*named.values(), user.username, f"ตรอกลับ{n}ค"], paper.storage, paper.name))
    relay(500)
    before = dump()
    assert all(secret in before for _user, secrets, _storage, _name in people for secret in secrets)
    assert all(storage.exists(name) for _user, _secrets, storage, name in people)

    with django_capture_on_commit_callbacks(execute=True):
        for user, *_rest in people:
            closing.close(make.fresh(user), by=make.fresh(user))
    mail.outbox.clear()
    relay(500)

    after = dump()
    assert [secret for _user, secrets, _storage, _name in people for secret in secrets if secret in after] == []
    assert [name for _user, _secrets, storage, name in people if storage.exists(name)] == []
    assert mail.outbox == []
