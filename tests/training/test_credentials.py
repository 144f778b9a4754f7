"""Certificates: serials, the paper, the badge judged by somebody else's library, revoking and issuing anew."""

import base64
import hashlib
import io
import json
from datetime import timedelta
from decimal import Decimal

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.urls import reverse
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier
from pypdf import PdfReader
from pythainlp.util import normalize

from portal import clock, pdf
from portal import keys as signing
from portal.roles import Role
from tests.factories import training as make
from tests.factories.people import person
from training import badges
from training.lifecycle import CREDENTIAL, ENROLMENT, RUN
from training.models import CourseRun, Credential, Enrolment
from training.states import CredentialState

pytestmark = pytest.mark.django_db
REASON = {"reason": "สะกดชื่อผิด"}


def passed(learner=None, of=None):
    """The certificate of somebody who attended everything and passed."""
    officer = person(Role.TRAINING_OFFICER)
    run = make.run(of)
    learner = learner or person(first_name="กำพล", last_name="น้ำทิพย์", email="Kampol@example.org")
    enrolment = make.enrolled(run, learner)
    RUN.take(run, "start", by=officer)
    make.attend(CourseRun.objects.get(pk=run.pk), enrolment, 4, by=officer)
    return ENROLMENT.take(
        Enrolment.objects.get(pk=enrolment.pk), "pass", by=officer, mark=Decimal(80)
    ).credentials.get()


def public_key(client):
    """The newest key as the portal publishes it."""
    found = client.get(reverse("training:issuer-keys")).json()["keys"][-1]
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(found["x"] + "=="))


def test_serials_run_within_year_and_course():
    first = passed()
    second = passed(of=first.enrolment.run.course)
    year = clock.today().year + 543
    code = first.enrolment.run.course.code.upper()

    assert [first.serial, second.serial] == [f"SCT-{year}-{code}-00001", f"SCT-{year}-{code}-00002"]


def test_badge_is_verified_by_an_independent_library_and_refused_after_revocation(client):
    credential = passed()
    key = public_key(client)
    verifier = OB3Verifier(key)
    fetched = []

    def download(url):
        fetched.append(url)
        return client.get(url.removeprefix(badges.settings.SITE_URL)).content

    found = verifier.verify(credential.badge, check_status=True, download=download)
    assert found.achievement.name == credential.title_th
    assert len(fetched) == 1

    CREDENTIAL.take(credential, "revoke", by=person(Role.TRAINING_OFFICER), **REASON)
    with pytest.raises(OB3VerificationError, match="revocation"):
        verifier.verify(credential.badge, check_status=True, download=download)


def test_badge_names_nobody_and_binds_to_the_address(client):
    credential = passed()
    payload = json.loads(base64.urlsafe_b64decode(credential.badge.split(".")[1] + "=="))
    [identity] = payload["credentialSubject"]["identifier"]

    assert not any(word in json.dumps(payload, ensure_ascii=False) for word in ("กำพล", "น้ำทิพย์", "ampol@"))
    digest = hashlib.sha256(("kampol@example.org" + identity["salt"]).encode()).hexdigest()
    assert identity["identityHash"] == f"sha256${digest}"


def test_changed_badge_and_foreign_key_are_refused(client):
    credential = passed()
    head, body, signature = credential.badge.split(".")
    payload = json.loads(base64.urlsafe_b64decode(body + "=="))
    payload["credentialSubject"]["achievement"]["name"] = "อื่น"
    forged = base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=").decode()

    with pytest.raises(OB3VerificationError):
        OB3Verifier(public_key(client)).verify(f"{head}.{forged}.{signature}")


def test_old_key_still_verifies_after_a_new_one_signs(client, settings, tmp_path):
    settings.KEYS_DIR = tmp_path
    old = passed()
    signing.make("credential-0002.pem")
    new = passed(person(email="b@example.org"))
    keys = {found["kid"]: found for found in client.get(reverse("training:issuer-keys")).json()["keys"]}

    assert old.key_id != new.key_id
    for credential in (old, new):
        raw = base64.urlsafe_b64decode(keys[credential.key_id]["x"] + "==")
        OB3Verifier(Ed25519PublicKey.from_public_bytes(raw)).verify(credential.badge)


def test_four_states_on_the_public_page(client):
    course = make.course(credential_months=12)
    officer = person(Role.TRAINING_OFFICER)
    valid, revoked, replaced = passed(of=course), passed(of=course), passed(of=course)
    CREDENTIAL.take(revoked, "revoke", by=officer, **REASON)
    CREDENTIAL.take(replaced, "replace", by=officer, holder_th="กำพล น้ำทิพย์ใหม่", **REASON)

    def status(credential):
        page = client.get(reverse("training:verify", args=[credential.serial]))
        assert page.status_code == 200
        return page.context["found"]["status"]

    assert [status(one) for one in (valid, revoked, replaced)] == ["valid", "revoked", "replaced"]
    with clock.at(make.noon(valid.valid_until + timedelta(days=1))):
        assert status(valid) == "expired"
    successor = Credential.objects.get(replaces=replaced)
    assert successor.holder_th == "กำพล น้ำทิพย์ใหม่"
    assert status(successor) == "valid"
    replaced.refresh_from_db()
    assert replaced.holder_th == "กำพล น้ำทิพย์"


def test_corrected_name_is_no_new_training():
    credential = passed()

    with clock.at(clock.now() + timedelta(days=100)):
        CREDENTIAL.take(credential, "replace", by=person(Role.TRAINING_OFFICER), holder_th="ชื่อถูก", **REASON)

    assert Credential.objects.get(replaces=credential).issued_on == credential.issued_on


def test_correcting_a_result_revokes_and_passing_again_issues_anew():
    credential = passed()
    officer = person(Role.TRAINING_OFFICER)
    enrolment = ENROLMENT.take(credential.enrolment, "correct", by=officer, **REASON)
    credential.refresh_from_db()
    assert credential.state == CredentialState.REVOKED

    ENROLMENT.take(enrolment, "pass", by=officer, mark=Decimal(70))
    assert sorted(enrolment.credentials.values_list("state", flat=True)) == ["revoked", "valid"]


@pytest.mark.skipif(not pdf.is_available(), reason="no Pango")
def test_paper_holds_a_long_name_with_tone_marks_whole_on_one_page(client):
    name = "ว่าที่ร้อยตรีหญิงอัญชิสาวรรณปัญญานันท์ธนกิจเจริญ ณ น้ำพุสวรรค์บำรุงเมืองทองธานีศรีสุวรรณภูมิ"
    learner = person(first_name=name.split()[0], last_name=name.split(" ", 1)[1])
    credential = passed(learner)
    client.force_login(make.fresh(learner))
    answer = client.get(reverse("training:credential-paper", args=[credential.pk]))
    reader = PdfReader(io.BytesIO(answer.content))
    text = normalize("".join(reader.pages[0].extract_text().split()))

    assert len(reader.pages) == 1
    assert normalize("".join(name.split())) in text
    assert "".join(credential.serial.split()) in text


def test_issuer_and_status_list_are_open_to_all(client):
    profile = client.get(reverse("training:issuer"))
    assert profile.json()["id"] == badges.address("training:issuer")
    answer = client.get(reverse("training:status-list", args=[0]))
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert client.get(reverse("training:status-list", args=[5000])).status_code == 404
