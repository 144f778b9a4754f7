"""The registry's desk: lists, checklist, assessment, the department's list, the terms."""

from io import BytesIO

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal.roles import Role
from providers.deciding import companies, complaining
from providers.inbox.registry import tasks_of
from providers.inbox.representatives import tasks_of as waiting_for
from providers.lifecycle import COMPLAINT
from providers.models import Application, Flag, Terms
from tests.factories.people import person
from tests.factories.places import local_government
from tests.factories.providers import Company, Registry, paper

pytestmark = pytest.mark.django_db

LISTS = ["desk", "desk-representatives", "desk-changes", "desk-complaints", "desk-corrections", "desk-listings"]


@pytest.fixture
def world():
    registry = Registry()
    company = Company(registry)
    return registry, company, registry.lead(company.draft(), until="checking")


def test_lists_are_for_the_registry_s_people_and_auditors(world, client):
    registry, company, _application = world
    auditor = person(Role.AUDITOR)

    for user, status in ((registry.registrar, 200), (auditor, 200), (company.speaker, 403)):
        client.force_login(user)
        assert {client.get(reverse(f"providers:{name}")).status_code for name in LISTS} == {status}


def test_desk_shows_an_application_to_its_people_alone(world, client):
    registry, company, application = world
    url = reverse("providers:desk-application", args=[application.pk])

    client.force_login(registry.registrar)
    page = client.get(url)
    client.force_login(company.speaker)

    assert company.name in page.text
    assert client.get(url).status_code == 403


def test_checklist_and_assessment_lead_to_a_listing(world, client):
    registry, company, application = world
    client.force_login(registry.registrar)
    page = client.get(reverse("providers:desk-application", args=[application.pk]))
    codes = [item.code for item, _check in page.context["checks"]]
    client.post(reverse("providers:keep-checks", args=[application.pk]), {f"check-{code}": "passed" for code in codes})
    client.force_login(registry.assessor)
    step = reverse("providers:step", args=["applications", application.pk, "start_assessment"])
    assert client.post(step, {"version": application.version}).status_code == 302
    criteria = [one.code for one, _judgement in page.context["criteria"]]
    answers = {f"criterion-{code}": "passed" for code in criteria}

    early = client.post(reverse("providers:keep-judgements", args=[application.pk]), {"finish": "1"})
    late = client.post(
        reverse("providers:keep-judgements", args=[application.pk]), {**answers, "finish": "1", "advice": "approve"}
    )
    client.force_login(registry.approver)
    application.refresh_from_db()
    step = reverse("providers:step", args=["applications", application.pk, "approve"])
    client.post(step, {"version": application.version})

    assert (early.status_code, late.status_code) == (409, 302)
    assert Application.objects.get(pk=application.pk).state == "approved"
    assert company.provider.standing == "active"


def test_what_failed_needs_a_note_and_nothing_typed_is_lost(world, client):
    registry, _company, application = world
    client.force_login(registry.registrar)
    page = client.get(reverse("providers:desk-application", args=[application.pk]))
    code = page.context["checks"][0][0].code

    refused = client.post(reverse("providers:keep-checks", args=[application.pk]), {f"check-{code}": "failed"})

    assert refused.status_code == 409
    assert f'name="check-{code}" value="failed" checked' in refused.text
    assert application.checks.count() == 0


def test_what_waits_for_the_registrar_leads_to_its_own_page(client):
    registry = Registry()
    company = Company(registry)
    [listing] = company.listed()
    officer = person(Role.LOCAL_OFFICER, at=local_government())
    office = officer.memberships.get().local_government
    complaint = complaining.complain(listing, office, subject="ล่มบ่อย", text="ใช้ไม่ได้", by=officer)
    COMPLAINT.take(complaint, "reply", by=company.speaker, reply="แก้แล้ว")
    mistake = complaining.report_mistake(company.provider, text="ที่อยู่ผิด ควรเป็น 12 ถนนตัวอย่าง")
    client.force_login(registry.registrar)

    urls = {task.url for task in tasks_of(registry.registrar)}

    assert urls == {complaint.get_absolute_url(), mistake.get_absolute_url()}
    assert "ที่อยู่ผิด" in client.get(mistake.get_absolute_url()).text


def test_others_who_claim_the_company_wait_for_who_speaks_for_it():
    company = Company(Registry())
    stranger = person(Role.LOCAL_OFFICER, at=local_government())

    letter = {"name_th": "บริษัท อื่น", "position": "ผู้จัดการ", "phone": "0 2000 0000", "letter": paper()}
    claimed = companies.claim(company.number, **letter, by=stranger)

    assert [task.url for task in waiting_for(company.speaker)] == [claimed.get_absolute_url()]
    assert waiting_for(stranger) == []


def workbook(rows):
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet()
    for number, row in enumerate([["เลขทะเบียนนิติบุคคล", "สถานะนิติบุคคล", "ตรวจเมื่อ"], *rows]):
        sheet.write_row(number, 0, row)
    book.close()
    return SimpleUploadedFile("dbd.xlsx", buffer.getvalue())


def test_department_s_list_flags_companies_that_ceased(client):
    registry = Registry()
    company = Company(registry)
    [listing] = company.listed()
    client.force_login(registry.registrar)
    url = reverse("providers:company-status")

    bad = client.post(url, {"workbook": workbook([["123", "เลิก", ""], [company.number, "หายไป", ""]])})
    assert bad.status_code == 400
    assert [(flaw.row, flaw.column) for flaw in bad.context["flaws"]] == [
        (2, "เลขทะเบียนนิติบุคคล"),
        (3, "สถานะนิติบุคคล"),
    ]
    assert company.provider.company_status == "unknown"
    shown = client.post(url, {"workbook": workbook([[company.number, "เลิก", ""], ["0107536000315", "เลิก", ""]])})
    assert (shown.context["total"], [one.changes for one in shown.context["lines"]]) == (2, [True])
    assert company.provider.company_status == "unknown"
    checked = shown.context["checked"]
    assert client.post(url, {"checked": checked[:-1] + "x"}).status_code == 400
    good = client.post(url, {"checked": checked})

    assert good.status_code == 302
    assert [(one.company, one.before, one.after) for one in client.get(url).context["latest"]] == [
        (company.provider, "unknown", "dissolved")
    ]
    assert company.provider.company_status == "dissolved"
    assert list(Flag.objects.values_list("listing", "code")) == [(listing.pk, "company_ceased")]


def test_terms_are_the_approver_s(client):
    registry = Registry()
    terms = {field.name: 5 for field in Terms._meta.fields if field.name != "id"}

    client.force_login(registry.registrar)
    assert client.post(reverse("providers:terms"), terms).status_code == 403
    client.force_login(registry.approver)
    assert client.post(reverse("providers:terms"), {**terms, "validity_months": "-1"}).status_code == 400
    assert client.post(reverse("providers:terms"), terms).status_code == 302

    assert Terms.present().validity_months == 5
