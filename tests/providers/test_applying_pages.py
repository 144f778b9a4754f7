"""A company's own pages: claiming, the task list, sections that keep themselves, renewing, changing, answering."""

import json
from contextlib import ExitStack
from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse

from portal import clock
from portal.clock import BANGKOK
from portal.roles import Role
from providers.applying import drafting
from providers.applying.completeness import missing
from providers.deciding import changes
from providers.models import Application, Change, Entry, Representative
from providers.states import Section
from tests.factories.people import person
from tests.factories.places import local_government
from tests.factories.providers import (
    Company,
    Registry,
    certification_answers,
    company_answers,
    juristic_number,
    paper,
    product_answers,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry():
    return Registry()


@pytest.fixture
def company(registry):
    return Company(registry)


@pytest.fixture
def speaker(client, company):
    client.force_login(company.speaker)
    return client


@pytest.fixture
def draft(company):
    return drafting.start(company.provider, by=company.speaker)


@pytest.fixture
def at_time():
    """Move the clock to noon of a day."""
    with ExitStack() as stack:
        yield lambda day: stack.enter_context(clock.at(datetime.combine(day, time(12), tzinfo=BANGKOK)))


def at(name, *args):
    return reverse(f"providers:{name}", args=args)


def claim_data(**changes):
    data = {"juristic_number": juristic_number(), "name_th": "บริษัท ใหม่ จำกัด", "position": "กรรมการ"}
    return {**data, "phone": "02-111-1111", "letter": paper(), **changes}


def posted(client, url, *, section_form=None):
    """What the page's form would send now, as text, with its hidden marks."""
    page = client.get(url).context
    words = {"version": str(page["application"].version), "base": page["base"]}
    for unit, form in page["sheet"].forms.items():
        prefix = page["sheet"].prefix(unit)
        for name, value in form.data.items():
            if value not in (None, "", False, []):
                words[name if name.startswith(prefix) else f"{prefix}{name}"] = value
    return words


def autosave(client, url, words):
    return client.post(url, words, headers={"accept": "application/json"})


# Claiming


def test_company_is_claimed_with_its_letter(client, registry):
    user = person()
    client.force_login(user)

    answer = client.post(at("claim"), claim_data())

    claimed = Representative.objects.get(user=user)
    assert (answer.status_code, answer.url) == (302, at("mine", claimed.provider_id))
    page = client.get(answer.url)
    assert page.status_code == 200
    assert page.context["is_confirmed"] is False
    assert client.get(at("paper", "letters", claimed.pk)).status_code == 200
    assert client.get(claimed.get_absolute_url()).status_code == 200


def test_claim_says_what_is_wrong_with_a_number(client, registry):
    client.force_login(person())

    for number, word in (("1101700207030", "citizen number"), ("123", "13 digits"), ("0105536112015", "last digit")):
        answer = client.post(at("claim"), claim_data(juristic_number=number), headers={"accept-language": "en"})
        [message] = answer.context["form"].errors["juristic_number"]
        assert answer.status_code == 400
        assert word in message
    assert Representative.objects.count() == 0


def test_claim_refuses_a_letter_that_is_none_and_a_second_claim(client, registry):
    user = person()
    client.force_login(user)
    data = claim_data()
    bad = client.post(at("claim"), {**data, "letter": paper("letter.exe")})
    assert (bad.status_code, list(bad.context["form"].errors)) == (400, ["letter"])

    client.post(at("claim"), {**data, "letter": paper()})
    again = client.post(at("claim"), {**data, "letter": paper()})

    assert (again.status_code, list(again.context["form"].errors)) == (400, ["juristic_number"])
    assert Representative.objects.count() == 1


def test_claiming_door_tells_strangers_where_to_begin(client, registry):
    page = client.get(at("claim"))

    assert page.status_code == 200
    assert (
        f"next={at('claim')}".replace("/", "%2F") in page.content.decode()
        or f"next={at('claim')}" in page.content.decode()
    )
    assert client.post(at("claim"), claim_data()).status_code == 302
    assert Representative.objects.count() == 0


def test_company_page_is_its_own_peoples_alone(client, company):
    client.force_login(person())

    for name in ("mine", "register", "renew"):
        assert client.get(at(name, company.provider.pk)).status_code == 404
    assert client.get(at("mine-all")).url == at("claim")
    assert client.get(company.claim.get_absolute_url()).status_code == 404
    assert client.get(at("paper", "letters", company.claim.pk)).status_code == 404


def test_claimant_waits_before_speaking_for_a_listed_company(client, registry, company):
    company.listed()
    other = Representative.objects.create(
        provider=company.provider, user=person(), position="x", phone="1", letter=company.claim.letter
    )
    client.force_login(other.user)

    page = client.get(at("mine", company.provider.pk))

    assert page.status_code == 200
    assert "listings" not in page.context
    assert (page.context["may_apply"], page.context["tasks"]) == (False, [])
    assert client.get(at("register", company.provider.pk)).status_code == 403
    assert client.post(at("apply", company.provider.pk)).status_code == 403


def test_representative_is_disputed_and_ends(client, speaker, registry, company):
    other = Representative.objects.create(
        provider=company.provider, user=person(), position="x", phone="1", letter=company.claim.letter
    )

    page = speaker.get(other.get_absolute_url())
    answer = speaker.post(at("step", "representatives", other.pk, "dispute"), {"reason": "ไม่รู้จัก", "version": "1"})

    assert [one.name for one in page.context["offers"]] == ["dispute", "end"]
    assert answer.status_code == 302
    assert Representative.objects.get(pk=other.pk).state == "disputed"
    assert speaker.get(other.get_absolute_url()).status_code == 200


# Applying


def test_application_is_started_and_shows_its_tasks(speaker, company):
    answer = speaker.post(at("apply", company.provider.pk))

    application = Application.objects.get()
    assert answer.url == application.get_absolute_url()
    page = speaker.get(answer.url)
    assert [row.status for row in page.context["rows"]] == ["in_progress", *["not_started"] * 5]
    again = speaker.post(at("apply", company.provider.pk))
    assert again.url == at("mine", company.provider.pk)
    assert Application.objects.count() == 1


def test_every_section_opens_and_the_check_leads_to_each_lack(speaker, draft):
    for section in Section:
        assert speaker.get(at("section", draft.pk, section)).status_code == 200
    page = speaker.get(at("application-check", draft.pk))

    urls = [url for _section, found in page.context["groups"] for _lack, url in found]
    assert urls
    assert {speaker.get(page).status_code for page in {url.partition("#")[0] for url in urls}} == {200}


def test_section_keeps_what_does_not_fit_with_its_message(speaker, draft):
    url = at("section", draft.pk, "company")
    words = {
        **posted(speaker, url),
        "email": "no-address",
        "founded_on_day": "31",
        "founded_on_month": "2",
        "founded_on_year": "2560",
    }

    answer = autosave(speaker, url, words)

    assert answer.status_code == 200
    kept = Application.objects.get(pk=draft.pk).company
    assert (kept["email"], kept["founded_on"]) == ("no-address", "31/2/2560")
    page = speaker.get(url)
    assert {target for target, _message in page.context["problems"]} == {"id_email", "id_founded_on"}
    assert 'value="no-address"' in page.content.decode()


def test_whole_application_is_written_and_handed_in(speaker, company, draft):
    """By buttons alone, as without JavaScript."""
    fields = company_answers(company.name)
    day = {"founded_on_day": "15", "founded_on_month": "1", "founded_on_year": "2561"}
    speaker.post(at("section", draft.pk, "company"), {**fields, **day, "action": "next"})
    product = speaker.post(at("section", draft.pk, "products"), {"action": "add"}).url
    speaker.post(product, {**product_answers("ระบบคิว"), "is_nationwide": "on", "action": "next"})
    entry = draft.entries.get(section="products")
    prices = at("section", draft.pk, "prices")
    speaker.post(prices, {"action": f"add-{entry.pk}"})
    row = draft.entries.get(section="prices")
    price = {"label_th": "รายปี", "unit": "ปี", "price_baht": "๑๒๐,๐๐๐"}
    speaker.post(prices, {**{f"row{row.pk}-{key}": text for key, text in price.items()}, "action": "next"})
    certification = speaker.post(at("section", draft.pk, "certifications"), {"action": "add"}).url
    given = certification_answers()
    speaker.post(certification, {**given, "upload": paper("cert.pdf"), "action": "next"})
    statements = speaker.get(at("section", draft.pk, "attestations")).context["form"].fields
    speaker.post(at("section", draft.pk, "attestations"), {**dict.fromkeys(statements, "on"), "action": "next"})
    documents = at("section", draft.pk, "documents")
    for box in speaker.get(documents).context["boxes"]:
        code = box["kind"].code
        speaker.post(documents, {"action": f"attach-{code}", f"{code}-upload": paper(f"{code}.pdf")})

    page = speaker.get(at("application-check", draft.pk))
    assert [lack.detail for _section, found in page.context["groups"] for lack, _url in found] == []
    answer = speaker.post(
        at("step", "applications", draft.pk, "submit"), {"version": str(page.context["application"].version)}
    )

    assert answer.status_code == 302
    assert Application.objects.get(pk=draft.pk).state == "submitted"
    assert row.application.entries.get(pk=row.pk).answers["price_baht"] == "๑๒๐,๐๐๐"
    assert speaker.get(draft.get_absolute_url()).templates[0].name == "providers/applying/read.html"
    locked = autosave(speaker, at("section", draft.pk, "company"), {"phone": "1"})
    assert (locked.status_code, locked.json()["code"]) == (409, "not_editable")


def test_two_people_on_one_section_both_keep_their_words(client, speaker, registry, company, draft):
    url = at("section", draft.pk, "company")
    mine = posted(speaker, url)
    drafting.answer(draft, Section.COMPANY, {**draft.company, "phone": "02-999-9999"}, by=company.speaker)

    elsewhere = autosave(speaker, url, {**mine, "website": "https://a.example"})
    same = autosave(speaker, url, {**mine, "phone": "02-555-5555"})

    assert elsewhere.status_code == 200
    assert (same.status_code, same.json()["url"]) == (409, f"{url}differences/")
    kept = Application.objects.get(pk=draft.pk).company
    assert (kept["phone"], kept["website"]) == ("02-999-9999", "https://a.example")
    page = speaker.get(f"{url}differences/")
    [difference] = page.context["differences"]
    assert (difference["mine"], difference["theirs"]) == ("02-555-5555", "02-999-9999")
    settled = speaker.post(
        f"{url}differences/", {"choose-section.phone": "mine", "mark-section.phone": difference["mark"]}
    )
    assert settled.url == url
    kept = Application.objects.get(pk=draft.pk).company
    assert (kept["phone"], kept["website"]) == ("02-555-5555", "https://a.example")


def test_saving_what_one_sees_changes_nothing_of_others(speaker, company, draft):
    url = at("section", draft.pk, "company")
    mine = posted(speaker, url)
    drafting.answer(draft, Section.COMPANY, {**draft.company, "address": "ที่อยู่ใหม่"}, by=company.speaker)

    assert autosave(speaker, url, mine).status_code == 200

    assert Application.objects.get(pk=draft.pk).company["address"] == "ที่อยู่ใหม่"


def test_bad_certificate_file_costs_no_words(speaker, draft, company):
    url = speaker.post(at("section", draft.pk, "certifications"), {"action": "add"}).url

    answer = speaker.post(url, {**certification_answers(number="TH-9"), "upload": paper("x.exe"), "action": "next"})

    entry = draft.entries.get()
    assert (answer.status_code, entry.answers["number"], entry.file) == (400, "TH-9", None)
    assert answer.context["problems"]


def test_rows_and_documents_are_taken_out_again(speaker, company):
    draft = company.draft("หนึ่ง", "สอง")
    first = draft.entries.filter(section="products").first()

    speaker.post(at("section", draft.pk, "products"), {"action": f"remove-{first.pk}"})
    document = draft.documents.first()
    speaker.post(at("section", draft.pk, "documents"), {"action": f"remove-{document.pk}"})

    assert list(draft.entries.filter(section="prices").values_list("parent", flat=True)) == [
        draft.entries.get(section="products").pk
    ]
    document.refresh_from_db()
    assert document.removed_at is not None
    assert (
        speaker.post(at("section", draft.pk, "products"), {"action": "remove-99999999999999999999"}).status_code == 404
    )


def test_strangers_find_no_application(client, company):
    draft = company.draft()
    entry = draft.entries.filter(section="certifications").get()
    document = draft.documents.first()
    addresses = [
        draft.get_absolute_url(),
        at("section", draft.pk, "company"),
        at("row", draft.pk, entry.pk),
        at("application-check", draft.pk),
        at("paper", "documents", document.pk),
        at("paper", "entries", entry.pk),
    ]
    anonymous = [client.get(url).status_code for url in addresses]
    client.force_login(Company(company.registry, "บริษัท อื่น จำกัด").speaker)

    assert anonymous == [302] * 6
    assert [client.get(url).status_code for url in addresses] == [404] * 6
    assert client.post(at("section", draft.pk, "company"), {"phone": "1"}).status_code == 404


def test_registrar_reads_but_does_not_write(client, registry, company):
    application = registry.lead(company.draft(), "submitted")
    client.force_login(registry.registrar)

    assert client.get(application.get_absolute_url()).url == at("desk-application", application.pk)
    assert client.get(at("section", application.pk, "company")).status_code == 403
    assert client.get(at("paper", "documents", application.documents.first().pk)).status_code == 200


def test_returned_application_opens_only_what_was_returned(speaker, registry, company):
    from providers.lifecycle import APPLICATION

    application = registry.lead(company.draft(), "checking")
    rows = [{"section": "company", "reason": "ที่อยู่ไม่ตรงกับหนังสือรับรอง"}]
    APPLICATION.take(
        application, "return", by=registry.registrar, sections=rows, due_on=clock.today() + timedelta(days=15)
    )

    page = speaker.get(application.get_absolute_url())
    assert [(row.section, row.status) for row in page.context["rows"] if row.is_open] == [("company", "to_mend")]
    assert "ที่อยู่ไม่ตรงกับหนังสือรับรอง" in page.content.decode()
    assert "ที่อยู่ไม่ตรงกับหนังสือรับรอง" in speaker.get(at("section", application.pk, "company")).content.decode()
    check = at("application-check", application.pk)
    assert [row.section for row in speaker.get(check).context["untouched"]] == ["company"]
    was = application.company["address"]
    autosave(speaker, at("section", application.pk, "company"), {"address": "ที่อยู่ที่ถูกต้อง"})
    assert speaker.get(application.get_absolute_url()).context["rows"][0].status == "done"
    assert speaker.get(check).context["untouched"] == []
    closed = speaker.post(at("section", application.pk, "products"), {"action": "add"})
    assert closed.url == application.get_absolute_url()
    assert application.entries.filter(section="products").count() == 1
    speaker.force_login(registry.registrar)
    APPLICATION.take(application, "submit", by=company.speaker)
    page = speaker.get(at("desk-application", application.pk))
    [row] = page.context["reading"]["revision"].rows
    assert (row.section, row.is_changed, row.reason in page.text) == ("company", True, True)
    assert was in page.text
    assert "ที่อยู่ที่ถูกต้อง" in page.text


def test_last_years_answers_are_copied_to_be_looked_at_again(speaker, registry, company):
    company.listed("ระบบคิว")
    draft = drafting.start(company.provider, by=company.speaker)

    offered = speaker.get(at("section", draft.pk, "products")).context["earlier"]
    speaker.post(at("application-reuse", draft.pk, "products"))

    draft = Application.objects.get(pk=draft.pk)
    assert offered is not None
    assert (draft.to_confirm, draft.entries.filter(section="prices").count()) == (["products"], 1)
    speaker.post(at("section", draft.pk, "products"), {"action": "confirm"})
    assert Application.objects.get(pk=draft.pk).to_confirm == []
    assert speaker.post(at("application-reuse", draft.pk, "prices")).status_code == 404


def test_what_is_listed_already_is_not_listed_twice(registry, company):
    [listing] = company.listed("ระบบคิว")
    draft = drafting.start(company.provider, by=company.speaker)
    for section in (Section.COMPANY, Section.PRODUCTS, Section.CERTIFICATIONS, Section.DOCUMENTS, Section.ATTESTATIONS):
        drafting.reuse(draft, section, by=company.speaker)
        drafting.confirm(Application.objects.get(pk=draft.pk), section)
    entry = draft.entries.get(section=Section.PRODUCTS)

    [lack] = missing(Application.objects.get(pk=draft.pk))
    drafting.change_entry(entry, {**entry.answers, "name_th": "ระบบคิว สำหรับโรงพยาบาล"}, by=company.speaker)
    registry.lead(Application.objects.get(pk=draft.pk))

    assert (lack.section, lack.code, lack.entry) == ("products", "name_th_listed", entry.pk)
    assert company.provider.listings.exclude(pk=listing.pk).get().product.name_th == "ระบบคิว สำหรับโรงพยาบาล"
    assert company.provider.certifications.count() == 1


# Renewing


def test_renewal_asks_only_for_what_lapses_and_is_handed_in(speaker, registry, company, at_time):
    [listing] = company.listed("ระบบคิว")
    at_time(listing.valid_until - timedelta(days=30))
    url = speaker.post(at("renew", company.provider.pk)).url

    page = speaker.get(url)
    [product] = page.context["renewal"]["products"]
    [certification] = page.context["renewal"]["certifications"]
    codes = {lack.code for lack, _url in page.context["lacking"]}

    assert (product["changed"], certification["lapses"]) == (False, True)
    assert "quality_missing" in codes
    assert not {code for code in codes if code.startswith(("product_manual", "use_evidence"))}
    assert "company_certificate_missing" in codes
    assert speaker.get(at("renew", company.provider.pk)).url == url
    application = Application.objects.get(kind="renewal")
    entry = certification["entry"]
    new = certification_answers(issued_on=(clock.today() - timedelta(days=3)).isoformat())
    speaker.post(at("row", application.pk, entry.pk), {**new, "upload": paper("new.pdf"), "action": "next"})
    for code in [one.removesuffix("_missing") for one in codes if one.endswith("certificate_missing")]:
        answer = speaker.post(
            at("section", application.pk, "documents"),
            {"action": f"attach-{code}", f"{code}-upload": paper("c.pdf"), "return_to": "renewal"},
        )
        assert answer.url.partition("#")[0] == url
    statements = page.context["form"].fields
    assert autosave(speaker, url, {**dict.fromkeys(statements, "on"), "base": page.context["base"]}).status_code == 200
    page = speaker.get(url)
    assert [lack.detail for lack, _url in page.context["lacking"]] == []
    assert page.context["renewal"]["certifications"][0]["changed"] is True
    speaker.post(
        at("step", "applications", application.pk, "submit"), {"version": str(page.context["application"].version)}
    )
    assert Application.objects.get(pk=application.pk).state == "submitted"
    assert speaker.get(url).url == application.get_absolute_url()


def test_nothing_to_renew_is_said(speaker, company):
    company.listed()

    assert speaker.get(at("renew", company.provider.pk)).context["rows"] == []
    assert speaker.post(at("renew", company.provider.pk)).url == at("mine", company.provider.pk)
    assert not Application.objects.filter(kind="renewal").exists()


# Changing and answering


def test_contact_changes_at_once_and_price_after_a_check(speaker, registry, company):
    company.listed()
    product = company.provider.products.get()
    price = product.prices.get()
    details = at("change-company", company.provider.pk, "details")
    words = dict(speaker.get(details).context["form"].initial)

    at_once = speaker.post(details, {**words, "phone": "02-777-7777"})
    asked = speaker.post(
        at("change-price", price.pk),
        {"label_th": price.label_th, "unit": price.unit, "price_baht": "99,000", "note": "ลด"},
    )

    assert company.provider.phone == "02-777-7777"
    change = Change.objects.get(kind="price")
    assert (at_once.status_code, asked.url, change.state) == (302, change.get_absolute_url(), "pending")
    page = speaker.get(asked.url)
    row = next(row for row in page.context["rows"] if row["differs"])
    assert row["more"] == "-17.5 %"
    twice = speaker.post(at("change-price", price.pk), {"label_th": "x", "unit": "ปี", "price_baht": "1"})
    assert (twice.status_code, Change.objects.filter(kind="price").count()) == (400, 1)
    nothing = speaker.post(details, {**words, "phone": "02-777-7777"})
    assert nothing.status_code == 400


def test_certification_change_needs_its_file(speaker, company):
    company.listed()
    certification = company.provider.certifications.get()
    url = at("change-certification", certification.pk)

    without = speaker.post(url, certification_answers(number="NEW-1"))
    bad = speaker.post(url, {**certification_answers(number="NEW-1"), "upload": paper("x.exe")})
    good = speaker.post(url, {**certification_answers(number="NEW-1"), "upload": paper("new.pdf")})

    assert (without.status_code, bad.status_code, good.status_code) == (400, 400, 302)
    change = Change.objects.get()
    assert speaker.get(at("paper", "changes", change.pk)).status_code == 200
    withdrawn = speaker.post(at("step", "changes", change.pk, "withdraw"), {"version": "1"})
    assert (withdrawn.status_code, Change.objects.get().state) == (302, "withdrawn")


def test_changes_are_no_strangers_business(client, registry, company):
    company.listed()
    product = company.provider.products.get()
    client.force_login(Company(registry, "บริษัท อื่น จำกัด").speaker)

    for url in (
        at("change-company", company.provider.pk, "details"),
        at("change-product", product.pk, "name"),
        at("change-price", product.prices.get().pk),
        at("change-certification", company.provider.certifications.get().pk),
    ):
        assert client.get(url).status_code == 404
        assert client.post(url, {"phone": "1"}).status_code == 404
    assert Change.objects.count() == 0


def test_kinds_of_change_that_do_not_fit_are_not_there(speaker, company):
    company.listed()
    product = company.provider.products.get()

    assert speaker.get(at("change-company", company.provider.pk, "price")).status_code == 404
    assert speaker.get(at("change-product", product.pk, "certification")).status_code == 404
    assert speaker.get(at("change-product", product.pk, "price")).status_code == 200
    assert speaker.get(at("register", company.provider.pk)).status_code == 200


def test_suspended_listing_is_answered_and_an_active_one_withdrawn(speaker, registry, company):
    first, second = company.listed("หนึ่ง", "สอง")
    first = registry.suspend(first)

    page = speaker.get(first.get_absolute_url())
    answer = speaker.post(at("step", "listings", first.pk, "reply"), {"reply": "ขอชี้แจง", "version": str(first.version)})
    gone = speaker.post(
        at("step", "listings", second.pk, "withdraw"), {"reason": "เลิกขาย", "version": str(second.version)}
    )

    assert "เอกสารไม่ตรงกับผู้ออก" in page.content.decode()
    assert (answer.status_code, gone.status_code) == (302, 302)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.reply, second.state) == ("ขอชี้แจง", "withdrawn")


def test_suspension_reasons_are_the_companys_alone(client, registry, company):
    [listing] = company.listed()
    registry.suspend(listing)

    for user in (None, person()):
        if user:
            client.force_login(user)
        assert "เอกสารไม่ตรงกับผู้ออก" not in client.get(listing.get_absolute_url(), follow=True).content.decode()


def test_registry_reads_claims_changes_and_listings_with_what_they_are_about(client, registry, company):
    [listing] = company.listed()
    provider, price = company.provider, listing.product.prices.get()
    change = changes.ask(
        provider, "price", {"label_th": "ก", "unit": "ปี", "price_baht": "1"}, by=company.speaker, price=price
    )
    registry.suspend(listing)
    client.force_login(registry.registrar)

    claim, asked, listed = (client.get(one.get_absolute_url()) for one in (company.claim, change, listing))

    assert at("paper", "letters", company.claim.pk) in claim.content.decode()
    assert [row["differs"] for row in asked.context["rows"]].count(True) == 2
    assert [one.name for one in asked.context["offers"]] == ["accept", "refuse"]
    assert "เอกสารไม่ตรงกับผู้ออก" in listed.content.decode()
    assert at("change-price", price.pk) not in listed.content.decode()


def test_local_government_complains_and_the_company_replies(client, registry, company):
    [listing] = company.listed()
    place = local_government()
    officer = person(Role.LOCAL_OFFICER, at=place)
    client.force_login(officer)
    empty = client.post(at("complain", listing.pk), {"local_government": place.pk})
    filed = client.post(
        at("complain", listing.pk), {"local_government": place.pk, "subject": "ระบบล่ม", "text": "ใช้ไม่ได้สองวัน"}
    )
    mine = client.get(filed.url)
    client.force_login(company.speaker)
    theirs = client.get(filed.url)
    waiting = [task.url for task in client.get(at("mine", company.provider.pk)).context["tasks"]]
    pk = mine.context["complaint"].pk
    replied = client.post(at("step", "complaints", pk, "reply"), {"reply": "แก้ไขแล้ว", "version": "1"})

    assert (empty.status_code, mine.status_code, theirs.status_code, replied.status_code) == (400, 200, 200, 302)
    assert waiting == [filed.url]
    client.force_login(person(Role.LOCAL_OFFICER, at=local_government()))
    assert client.get(filed.url).status_code == 404
    client.force_login(person())
    assert client.get(at("complain", listing.pk)).status_code == 403


# The frame


def test_area_is_shown_to_representatives_alone(client, company):
    client.force_login(company.speaker)
    own = client.get("/").content.decode()
    client.force_login(person())

    assert at("mine-all") in own
    assert at("mine-all") not in client.get("/").content.decode()


def test_first_page_shows_the_door_to_people_without_post_or_company(client, company):
    pages = []
    for user in (person(), company.speaker, company.registry.registrar):
        client.force_login(user)
        pages.append(at("claim") in client.get("/").content.decode())

    assert pages == [True, False, False]


def test_company_page_asks_no_more_queries_for_more_listings(client, company, held_clock):
    company.listed("หนึ่ง")
    client.force_login(company.speaker)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count():
        with CaptureQueriesContext(connection) as found:
            assert client.get(at("mine", company.provider.pk)).status_code == 200
        return len(found)

    before = count()
    company.listed("สอง", "สาม")

    assert count() == before


def test_hostile_words_are_kept_or_refused_never_a_fault(speaker, draft):
    url = at("section", draft.pk, "company")

    unmarked = autosave(speaker, url, {"phone": "3", "base": "{}"})
    assert (unmarked.status_code, unmarked.json()["code"]) == (409, "lost_race")
    for base in ("", "[]", "{", '{"section": 3}', '{"section": {"phone": 4}}', "null", "9" * 400):
        assert autosave(speaker, url, {"phone": "1", "base": base}).status_code == 200
    assert autosave(speaker, url, {"province": "ไม่มี"}).status_code == 200
    assert Application.objects.get(pk=draft.pk).company["province"] == "ไม่มี"
    assert speaker.get(url).status_code == 200
    assert speaker.get(draft.get_absolute_url()).status_code == 200
    assert speaker.get(at("application-check", draft.pk)).status_code == 200
    assert speaker.get(at("section", draft.pk, "nothing")).status_code == 404
    assert json.loads(autosave(speaker, url, {"phone": "2"}).content)["version"] > draft.version
    assert Entry.objects.count() == 0
