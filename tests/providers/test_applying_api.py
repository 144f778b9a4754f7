"""A company's own programs: applications, claims, changes, complaints and a listing's steps over REST."""

import json
from datetime import timedelta

import pytest

from portal import clock
from portal.roles import Role
from providers.deciding import complaining
from providers.models import Application, Change, Complaint, Listing, Representative
from tests.budgets.client import Program, code
from tests.factories.people import person
from tests.factories.places import local_government
from tests.factories.providers import (
    Company,
    Registry,
    certification_answers,
    company_answers,
    juristic_number,
    paper,
    price_answers,
    product_answers,
)

pytestmark = pytest.mark.django_db
CASES = "listing-applications/"


@pytest.fixture
def registry():
    return Registry()


@pytest.fixture
def company(registry):
    return Company(registry)


@pytest.fixture
def program(company):
    return Program(company.speaker)


@pytest.fixture
def case(program, company):
    """The path of a new draft."""
    return f"{CASES}{program.post(CASES, {'provider': str(company.provider.pk)}).data['id']}/"


def tag(program, path):
    return program.get(path)["ETag"]


def test_application_is_written_checked_and_handed_in(program, company):
    made = program.post(CASES, {"provider": str(company.provider.pk), "company": company_answers(company.name)})
    case = f"{CASES}{made.data['id']}/"
    product = program.post(f"{case}entries/", {"section": "products", "answers": product_answers("ระบบคิว")}).data
    price = {"section": "prices", "parent": product["id"], "answers": {**price_answers(), "min_term_months": 12}}
    priced = program.post(f"{case}entries/", price)
    certificate = program.upload(
        f"{case}entries/",
        section="certifications",
        answers=json.dumps(certification_answers()),
        file=paper("cert.pdf"),
    )
    lacks = program.get(f"{case}check/").data
    for one in lacks["missing"]:
        if one["section"] == "documents":
            program.upload(f"{case}documents/", kind=one["code"].removesuffix("_missing"), file=paper())
    statements = [one["code"].removesuffix("_required") for one in lacks["missing"] if one["section"] == "attestations"]
    wrote = program.patch(case, {"attestations": dict.fromkeys(statements, True)}, match=tag(program, case))
    early = program.get(f"{case}check/").data
    sent = program.step(case, "submit")

    assert made.status_code == 201
    assert made.data["company"]["founded_on"] == "2018-01-15"
    assert priced.data["answers"]["price_baht"] == "120000.00"
    assert priced.data["answers"]["min_term_months"] == "12"
    assert certificate.data["file"]["name"] == "cert.pdf"
    assert wrote.status_code == 200
    assert early == {"complete": True, "missing": []}
    assert (sent.status_code, sent.data["state"]) == (200, "submitted")
    assert sent.data["number"].startswith("DA")
    locked = program.patch(case, {"company": {"phone": "1"}}, match=tag(program, case))
    assert code(locked) == (409, "not_editable")


def test_wrong_types_and_unknown_members_are_refused_whole(program, case):
    mark = tag(program, case)

    for company, pointer, word in (
        ({"phone": 5}, "/company/phone", "wrong_type"),
        ({"is_vat_registered": "yes"}, "/company/is_vat_registered", "wrong_type"),
        ({"founded_on": "15/1/2561"}, "/company/founded_on", "invalid"),
        ({"founded_on": "2018-02-31"}, "/company/founded_on", "invalid"),
        ({"province": "ไม่มี"}, "/company/province", "invalid_choice"),
        ({"email": "no"}, "/company/email", "invalid"),
        ({"website": ["x"]}, "/company/website", None),
        ({"secret": "x"}, "/company/secret", "unknown_field"),
        ([], "/company", "not_an_object"),
        ("x", "/company", "not_an_object"),
    ):
        answer = program.patch(case, {"company": company}, match=mark)
        assert answer.status_code == 400, company
        [error] = answer.data["errors"]
        assert error["pointer"] == pointer
        assert word in (error["code"], None)
    assert code(program.patch(case, {"state": "approved"}, match=mark))[0] == 400
    assert code(program.patch(case, {"nothing": 1}, match=mark))[0] == 400
    assert code(program.patch(case, {"attestations": {"owns_rights": "true"}}, match=mark))[0] == 400
    assert tag(program, case) == mark


def test_drafts_may_leave_out_and_take_back(program, case):
    first = program.patch(case, {"company": {"phone": "02-1", "is_vat_registered": True}}, match=tag(program, case))
    second = program.patch(case, {"company": {"phone": None}}, match=first["ETag"])

    assert second.data["company"]["phone"] == ""
    assert second.data["company"]["is_vat_registered"] is True


def test_changes_name_their_version(program, case):
    mark = tag(program, case)
    row = program.post(f"{case}entries/", {"section": "products"}).data

    assert code(program.patch(case, {"company": {"phone": "1"}})) == (428, "version_required")
    assert code(program.patch(case, {"company": {"phone": "1"}}, match=mark)) == (412, "version_changed")
    entry = f"{case}entries/{row['id']}/"
    assert code(program.patch(entry, {"answers": {}}, match=mark)) == (412, "version_changed")
    assert code(program.delete(entry)) == (428, "version_required")
    assert program.delete(entry, match=tag(program, entry)).status_code == 204
    assert program.get(f"{case}entries/").data["results"] == []


def test_rows_of_wrong_shape_are_refused(program, case, company, registry):
    product = program.post(f"{case}entries/", {"section": "products"}).data["id"]
    other = Company(registry, "บริษัท อื่น จำกัด").draft().entries.filter(section="products").get()

    for body in (
        {},
        {"section": "company"},
        {"section": 3},
        {"section": "products", "parent": product},
        {"section": "prices"},
        {"section": "prices", "parent": str(other.pk)},
        {"section": "prices", "parent": product, "answers": {"price_baht": True}},
        {"section": "prices", "parent": product, "answers": {"price_baht": "-1"}},
        {"section": "prices", "parent": product, "answers": {"price_baht": "1e9"}},
        {"section": "products", "answers": {"categories": "complaints"}},
        {"section": "products", "answers": {"categories": ["nothing"]}},
        {"section": "products", "answers": {"kind": "toaster"}},
        {"section": "products", "answers": []},
        {"section": "certifications", "answers": {"issued_on": "soon"}},
    ):
        assert program.post(f"{case}entries/", body).status_code == 400, body
    bad = program.upload(f"{case}entries/", section="certifications", file=paper("x.exe"))
    wrong = program.upload(f"{case}entries/", section="products", file=paper())
    moved = program.patch(f"{case}entries/{product}/", {"section": "prices"}, match=tag(program, case))
    assert [bad.status_code, wrong.status_code, moved.status_code] == [400, 400, 400]
    assert len(program.get(f"{case}entries/").data["results"]) == 1


def test_documents_give_way_and_come_off(program, case):
    first = program.upload(f"{case}documents/", kind="vat_certificate", file=paper("a.pdf")).data
    second = program.upload(f"{case}documents/", kind="vat_certificate", file=paper("b.pdf")).data

    listed = program.get(f"{case}documents/").data["results"]
    assert [one["id"] for one in listed] == [second["id"]]
    assert program.get(f"{case}documents/{first['id']}/").status_code == 404
    assert b"%PDF" in b"".join(program.get(f"{case}documents/{second['id']}/file/").streaming_content)
    assert program.upload(f"{case}documents/", kind="nothing", file=paper()).status_code == 400
    assert program.upload(f"{case}documents/", kind="vat_certificate", file=paper("x.exe")).status_code == 400
    gone = program.delete(f"{case}documents/{second['id']}/", match=tag(program, case))
    assert gone.status_code == 204


def test_strangers_meet_nothing(program, case, company, registry):
    row = program.post(f"{case}entries/", {"section": "products"}).data["id"]
    foreign = Company(registry, "บริษัท อื่น จำกัด", confirmed=False)
    for other in (Program(foreign.speaker), Program(person()), Program(registry.registrar)):
        for path in (
            case,
            f"{case}entries/",
            f"{case}entries/{row}/",
            f"{case}documents/",
            f"{case}check/",
            f"{case}steps/",
        ):
            assert other.get(path).status_code == 404
        assert other.get(CASES).data["results"] == []
        assert other.patch(case, {}, match='"1"').status_code == 404
        assert other.post(f"{case}entries/", {"section": "products"}).status_code == 404
    assert Program().get(case).status_code == 401
    hidden = Program(foreign.speaker).post(CASES, {"provider": str(company.provider.pk)})
    missing = Program(foreign.speaker).post(CASES, {"provider": "999999"})
    assert (hidden.status_code, missing.status_code) == (400, 400)
    assert hidden.data["errors"][0]["code"] == missing.data["errors"][0]["code"]
    assert Program(person()).post(CASES, {"provider": str(company.provider.pk)}).status_code == 403


def test_lists_know_their_filters(program, case):
    assert len(program.get(CASES, state="draft").data["results"]) == 1
    assert program.get(CASES, state="approved").data["results"] == []
    for query in ({"state": "x"}, {"colour": "red"}, {"ordering": "decision_reason"}, {"provider": "x"}):
        assert program.get(CASES, **query).status_code == 400


def test_second_draft_is_refused(program, case, company):
    assert code(program.post(CASES, {"provider": str(company.provider.pk)})) == (409, "application_open")
    renewal = program.post(CASES, {"provider": str(company.provider.pk), "kind": "renewal"})
    assert code(renewal) == (409, "nothing_to_renew")
    assert Application.objects.count() == 1


# Claims


def claim(**changes):
    data = {"juristic_number": juristic_number(), "name_th": "บริษัท ใหม่ จำกัด", "position": "กรรมการ"}
    return {**data, "phone": "02-1", "letter": paper(), **changes}


def test_company_is_claimed_and_the_claim_followed(registry, company):
    user = person()
    program = Program(user)

    made = program.upload("representations/", **claim())
    path = f"representations/{made.data['id']}/"

    assert (made.status_code, made.data["state"]) == (201, "claimed")
    assert [one["name"] for one in program.get(f"{path}steps/").data["results"]] == ["end"]
    assert code(program.step(path, "confirm", {})) == (403, "not_permitted")
    assert program.get(f"{path}file/").status_code == 200
    assert Program(company.speaker).get(path).status_code == 404
    assert Program(registry.registrar).step(path, "confirm", {}).data["state"] == "confirmed"
    for changes, pointer, word in (
        ({"juristic_number": "1101700207030"}, "/juristic_number", "citizen_number"),
        ({"juristic_number": "12"}, "/juristic_number", "juristic_length"),
        ({"letter": paper("x.exe")}, "/letter", "file_type"),
        ({"letter": "text"}, "/letter", None),
        ({"surprise": "1"}, "/surprise", "unknown_field"),
    ):
        answer = program.upload("representations/", **claim(**changes))
        assert answer.status_code == 400
        assert answer.data["errors"][0]["pointer"] == pointer
        assert word in (answer.data["errors"][0]["code"], None)
    again = program.upload("representations/", **claim(juristic_number=made.data["juristic_number"]))
    assert code(again) == (409, "claimed_already")
    assert Representative.objects.count() == 2


# Listed companies


@pytest.fixture
def listing(company):
    [listing] = company.listed()
    return listing


def test_changes_are_asked_for_and_withdrawn(program, company, listing, registry):
    provider, product = str(company.provider.pk), str(listing.product_id)
    price = str(listing.product.prices.get().pk)

    now = program.post("changes/", {"provider": provider, "kind": "details", "fields": {"phone": "02-7"}})
    asked = program.post(
        "changes/", {"provider": provider, "kind": "price", "price": price, "fields": {"price_baht": "99000"}}
    )

    assert (now.status_code, now.data["state"], company.provider.phone) == (201, "accepted", "02-7")
    assert asked.data["state"] == "pending"
    assert (asked.data["old"]["price_baht"], asked.data["new"]["price_baht"]) == ("120000.00", "99000.00")
    path = f"changes/{asked.data['id']}/"
    stranger = Program(Company(registry, "บริษัท อื่น จำกัด").speaker)
    assert stranger.get(path).status_code == 404
    assert stranger.get("changes/").data["results"] == []
    assert program.step(path, "withdraw", {}).data["state"] == "withdrawn"
    for body, status in (
        ({"provider": provider, "kind": "price", "fields": {"price_baht": "1"}}, 400),
        ({"provider": provider, "kind": "details", "price": price, "fields": {}}, 400),
        ({"provider": provider, "kind": "details", "fields": {"juristic_number": "1"}}, 400),
        ({"provider": provider, "kind": "details", "fields": {"phone": 3}}, 400),
        ({"provider": provider, "kind": "details", "fields": []}, 400),
        ({"provider": provider, "kind": "details", "fields": {"phone": "02-7"}}, 409),
        ({"provider": provider, "kind": "everything", "fields": {}}, 400),
        ({"provider": provider, "kind": "name", "product": product}, 400),
        ({"provider": provider, "kind": "certification", "fields": certification_answers()}, 409),
        ({"provider": provider, "kind": "name", "product": product, "fields": {"name_th": ""}}, 400),
    ):
        assert program.post("changes/", body).status_code == status, body
    wrong = program.post("changes/", {"provider": provider, "kind": "details", "fields": {"email": "no"}})
    assert wrong.data["errors"][0]["pointer"] == "/fields/email"
    theirs = {"provider": str(stranger_company(registry).pk), "kind": "price", "price": price, "fields": {"unit": "x"}}
    assert program.post("changes/", theirs).status_code in {400, 403}
    assert Change.objects.count() == 2


def stranger_company(registry):
    other = Company(registry, "บริษัท ที่สาม จำกัด")
    return other.provider


def test_certification_change_carries_its_file(program, company, listing):
    answer = program.upload(
        "changes/",
        provider=str(company.provider.pk),
        kind="certification",
        certification=str(company.provider.certifications.get().pk),
        fields=json.dumps(certification_answers(number="NEW-1")),
        file=paper("new.pdf"),
    )

    assert (answer.status_code, answer.data["new"]["number"], answer.data["file"]["name"]) == (201, "NEW-1", "new.pdf")
    assert program.get(f"changes/{answer.data['id']}/file/").status_code == 200


def test_complaint_is_filed_by_an_office_and_answered_by_the_company(program, listing, registry):
    place = local_government()
    officer = Program(person(Role.LOCAL_OFFICER, at=place))
    body = {"listing": str(listing.pk), "local_government": str(place.pk), "subject": "ล่ม", "text": "ใช้ไม่ได้"}

    filed = officer.post("complaints/", body)
    path = f"complaints/{filed.data['id']}/"

    assert (filed.status_code, filed.data["state"]) == (201, "open")
    assert program.step(path, "reply", {"reply": "แก้แล้ว"}).data["state"] == "answered"
    elsewhere = Program(person(Role.LOCAL_OFFICER, at=local_government()))
    assert elsewhere.get(path).status_code == 404
    assert code(elsewhere.post("complaints/", body)) == (403, "not_permitted")
    assert code(program.post("complaints/", body)) == (403, "not_permitted")
    assert code(officer.step(path, "reply", {"reply": "x"})) == (403, "not_permitted")
    for change in ({"subject": 3}, {"subject": ""}, {"listing": "0"}, {"reply": "x"}, {"subject": "x" * 201}):
        assert officer.post("complaints/", {**body, **change}).status_code == 400
    assert Complaint.objects.count() == 1


def test_listing_takes_its_steps_and_shows_its_impact(program, listing, registry):
    path = f"listings/{listing.pk}/"
    registry.suspend(listing)

    offers = program.get(f"{path}steps/").data
    replied = program.step(path, "reply", {"reply": "ขอชี้แจง"})

    assert (offers["state"], [one["name"] for one in offers["results"]]) == ("suspended", ["reply"])
    assert (replied.status_code, replied.data["reply"]) == (200, "ขอชี้แจง")
    assert code(program.step(path, "reinstate", {"reason": "x"})) == (403, "not_permitted")
    assert code(program.step(path, "nothing", {})) == (404, "unknown_step")
    assert program.step(path, "reply", {"reply": 3}).status_code == 400
    assert program.step(path, "reply", {"answer": "x"}).status_code == 400
    assert program.get(f"{path}impact/").status_code == 403
    told = Program(registry.registrar).get(f"{path}impact/").data
    assert told["results"] == []
    assert set(told["letter"]) == {"subject", "body"}
    assert Program(person()).get(f"{path}steps/").data["results"] == []
    assert Program().get(f"{path}steps/").status_code == 401
    assert Listing.objects.get().state == "suspended"


def test_odd_addresses_and_bodies_are_never_a_fault(program, case):
    for path in (
        f"{CASES}0/",
        f"{CASES}{'9' * 30}/",
        f"{CASES}๑/",
        f"{case}entries/{'9' * 25}/",
        "changes/0/",
        "complaints/x/",
    ):
        assert program.get(path).status_code == 404
    for body in (b"", b"[]", b"{", b'{"a":1,"a":2}', b'"x"', b'{"company": {"phone": "\\u0000"}}'):
        assert program.patch(case, body.decode(), match=tag(program, case)).status_code in {400, 200}
    assert (
        program.post(f"{case}entries/", {"section": "products", "answers": {"name_th": "x" * 5000}}).status_code == 400
    )


def test_registrar_records_successions_and_answers_reports(company, listing, registry):
    other = Company(registry, "บริษัท ผู้รับช่วง จำกัด")
    registrar, path = Program(registry.registrar), "company-successions/"
    given = {"predecessor": str(company.provider.pk), "successor": str(other.provider.pk), "kind": "merged"}

    late = registrar.post(path, {**given, "on": (clock.today() + timedelta(days=1)).isoformat()})
    made = registrar.post(path, {**given, "on": clock.today().isoformat()})

    assert (late.status_code, made.status_code) == (400, 201)
    again = registrar.post(path, {**given, "on": clock.today().isoformat()})
    back = {"predecessor": given["successor"], "successor": given["predecessor"], "kind": "merged"}
    circle = registrar.post(path, {**back, "on": clock.today().isoformat()})
    assert (again.status_code, circle.status_code) == (400, 400)
    assert "Predecessor" not in str(again.data)
    assert [one["code"] for one in circle.data["errors"]] == ["circle"]
    assert Program(registry.assessor).post(path, {**given, "on": clock.today().isoformat()}).status_code == 403
    assert Program().get(path).data["results"] == []
    other.listed("ระบบคิว")
    assert [row["id"] for row in Program().get(path).data["results"]] == [made.data["id"]]

    mistake = complaining.report_mistake(company.provider, text="ที่อยู่ผิด", email="citizen@example.com")
    report = f"corrections/{mistake.pk}/"
    assert Program(company.speaker).get(report).status_code == 404
    assert "citizen" not in str(registrar.get(report).data)
    assert registrar.step(report, "accept", {"answer": "แก้แล้ว"}).data["state"] == "accepted"
