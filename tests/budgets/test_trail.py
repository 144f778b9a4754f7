"""Follow one baht: from an item or a payment, on the page and over the API, for those who see the case."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from budgets.models import ProposalItem
from budgets.money import ledger
from budgets.states import Section
from budgets.writing.drafting import editing
from portal import clock, files
from portal.roles import Role
from portal.sample_papers import letter, picture
from tests.budgets.client import Program, code
from tests.budgets.moves import committed, paid
from tests.factories.budgets import Office, Story, category
from tests.factories.people import person

pytestmark = pytest.mark.django_db


def evidence(story, name):
    upload = SimpleUploadedFile(name, letter([name]), content_type="application/pdf")
    return files.store(upload, by=story.office.officer)


@pytest.fixture
def story():
    """Two items; a contract for the first with two payments, one for the second, one taken back; a report, a photo."""
    story = Story()
    with editing(story.proposal, Section.ITEMS, by=story.office.officer) as draft:
        first = draft.items.get()
        first.quantity = 3
        first.save()
        ProposalItem.objects.create(
            proposal=draft, position=1, category=category(), description="ศูนย์ข้อมูล", quantity=1, unit="ระบบ",
            unit_price_baht=Decimal(250_000), price_basis="bb_standard", price_reference="หน้า 3",
            fiscal_year=story.round.fiscal_year, quarter=3,
        )  # fmt: skip
    story.proposal.refresh_from_db()
    story.to("executing")
    story.first, story.second = story.proposal.items.order_by("position")
    story.contract = committed(story, contract_no="1/2571", items=[story.first], file=evidence(story, "contract.pdf"))
    other = committed(story, Decimal(200_000), contractor="บริษัท ข", items=[story.second])
    wrong = committed(story, Decimal(50_000), contractor="บริษัท ค", items=[story.first])
    ledger.reverse_entry(wrong, by=story.office.officer, reason="ผิด")
    pay = {"commitment": story.contract, "file": evidence(story, "payment.pdf")}
    story.paid = [paid(story, amount, clock.today(), **pay) for amount in (100_000, 50_000)]
    paid(story, 20_000, clock.today(), commitment=other)
    story.accepted_report()
    report = story.proposal.reports.get()
    photo = SimpleUploadedFile("site.png", picture(1), content_type="image/png")
    story.photo = report.photos.create(
        file=files.store(photo, by=story.office.officer), caption="จุดติดตั้ง", uploaded_by=story.office.officer
    )
    return story


def test_item_leads_to_its_contracts_and_payments(story):
    path = f"proposals/{story.proposal.pk}/money-trail/"

    found = Program(person(Role.AUDITOR)).get(path, item=str(story.first.pk)).data

    assert [one["description"] for one in found["items"]] == ["สถานีวัดระดับน้ำ"]
    assert [(one["contractor"], one["paid_baht"]) for one in found["contracts"]] == [("บริษัท ก", "150000.00")]
    assert [one["amount_baht"] for one in found["contracts"][0]["payments"]] == ["100000.00", "50000.00"]
    assert found["contracts"][0]["document"]["sha256"] == story.contract.file.sha256
    assert [photo["name"] for report in found["reports"] for photo in report["photos"]] == ["จุดติดตั้ง"]
    assert [(one["measured"], one["is_reached"]) for one in found["indicators"]] == [("20.0000", False)]
    assert (found["rest_baht"], found["round"]["act_reference"]) == ("830000.00", "พ.ร.บ. 2571")


def test_payment_leads_back_to_its_contract_and_items(story):
    path = f"proposals/{story.proposal.pk}/money-trail/"

    found = Program(story.office.officer).get(path, payment=str(story.paid[1].pk)).data

    assert [one["description"] for one in found["items"]] == ["สถานีวัดระดับน้ำ"]
    assert [one["amount_baht"] for one in found["contracts"][0]["payments"]] == ["50000.00"]
    assert found["contracts"][0]["paid_baht"] == "150000.00"


def test_documents_of_the_trail_can_be_read(story):
    auditor = Program(person(Role.AUDITOR))
    found = auditor.get(f"proposals/{story.proposal.pk}/money-trail/").data
    contract, photo = found["contracts"][0], found["reports"][0]["photos"][0]

    for one in (contract["document"], contract["payments"][0]["document"], photo):
        answer = auditor.client.get(one["url"])
        assert answer.status_code == 200
        assert files.hashlib.sha256(b"".join(answer.streaming_content)).hexdigest() == one["sha256"]


@pytest.mark.parametrize("query", [{"item": "0"}, {"payment": "x"}, {"item": "9" * 30}])
def test_trail_of_nothing_is_refused(story, query):
    assert code(Program(story.office.officer).get(f"proposals/{story.proposal.pk}/money-trail/", **query))[0] == 400


def test_page_tells_the_same_and_is_for_those_who_see_the_case(client, story):
    page = reverse("budgets:money-trail", args=[story.proposal.pk])
    client.force_login(person(Role.LOCAL_AUDITOR, at=story.office.place))

    whole = client.get(page).content.decode()
    part = client.get(f"{page}?payment={story.paid[0].pk}").content.decode()

    assert [word in whole for word in ("บริษัท ก", "บริษัท ข", "บริษัท ค")] == [True, True, False]
    assert [word in part for word in ("บริษัท ก", "บริษัท ข", "ศูนย์ข้อมูล")] == [True, False, False]
    assert client.get(f"{page}?item=999999").status_code == 404
    client.force_login(Office().officer)
    assert client.get(page).status_code == 404
