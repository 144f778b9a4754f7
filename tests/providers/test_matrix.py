"""Who may take which step: written out by hand from the rules of the registry, and asked of every role."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from portal import clock
from portal.errors import Refused
from portal.roles import Role
from providers.deciding import changes, complaining
from providers.lifecycle import APPLICATION, CHANGE, COMPLAINT, CORRECTION, LIFECYCLES, LISTING, REPRESENTATIVE
from tests.factories.people import person
from tests.factories.places import local_government
from tests.factories.providers import Company, Registry, price_answers

pytestmark = pytest.mark.django_db

SPEAKER, STRANGER = "speaker", "stranger"
MAY = {
    ("application", "submit"): {SPEAKER},
    ("application", "start_check"): {Role.REGISTRAR},
    ("application", "return"): {Role.REGISTRAR, Role.ASSESSOR, Role.REGISTRY_APPROVER},
    ("application", "start_assessment"): {Role.ASSESSOR},
    ("application", "approve"): {Role.REGISTRY_APPROVER},
    ("application", "reject"): {Role.REGISTRY_APPROVER},
    ("application", "withdraw"): {SPEAKER},
    ("listing", "suspend"): {Role.REGISTRY_APPROVER},
    ("listing", "reply"): {SPEAKER},
    ("listing", "reinstate"): {Role.REGISTRY_APPROVER},
    ("listing", "revoke"): {Role.REGISTRY_APPROVER},
    ("listing", "close_check"): {Role.REGISTRAR},
    ("listing", "expire"): {Role.TIMER},
    ("listing", "withdraw"): {SPEAKER},
    ("representative", "confirm"): {Role.REGISTRAR},
    ("representative", "refuse"): {Role.REGISTRAR},
    ("representative", "dispute"): {Role.REGISTRAR, SPEAKER},
    ("representative", "end"): {Role.REGISTRAR, SPEAKER},
    ("change", "accept"): {Role.REGISTRAR},
    ("change", "refuse"): {Role.REGISTRAR},
    ("change", "withdraw"): {SPEAKER},
    ("complaint", "reply"): {SPEAKER},
    ("complaint", "close"): {Role.REGISTRAR},
    ("correction", "accept"): {Role.REGISTRAR},
    ("correction", "decline"): {Role.REGISTRAR},
}


@pytest.fixture
def world():
    registry = Registry()
    company, other = Company(registry), Company(registry, "บริษัท อีกราย จำกัด")
    town = local_government(name_th="เทศบาลเมืองกระบี่")
    local = {Role.LOCAL_OFFICER, Role.LOCAL_CLERK, Role.LOCAL_EXECUTIVE, Role.LOCAL_AUDITOR}
    at = dict.fromkeys(local, town) | {Role.PROVINCIAL_OFFICER: town.province}
    people = {role: person(role, at=at.get(role)) for role in Role} | {
        SPEAKER: company.speaker,
        STRANGER: other.speaker,
    }
    [listing] = company.listed()
    claim = Company(registry, "บริษัท รออนุญาต จำกัด", confirmed=False).claim
    type(claim).objects.filter(pk=claim.pk).update(provider=company.provider)
    claim.refresh_from_db()
    price = listing.product.prices.get()
    complaint = complaining.complain(listing, town, subject="ใช้ไม่ได้", text="ระบบล่ม", by=people[Role.LOCAL_OFFICER])
    cases = {
        "application": company.draft("ระบบคิว"),
        "listing": listing,
        "representative": claim,
        "change": changes.ask(company.provider, "price", price_answers("99000"), by=company.speaker, price=price),
        "complaint": complaint,
        "correction": complaining.report_mistake(company.provider, text="ที่อยู่ผิด"),
    }
    return people, cases


def test_every_step_stands_in_the_table_of_the_rules():
    assert set(MAY) == {(name, step) for name, lifecycle in LIFECYCLES.items() for step in lifecycle.steps}


def test_step_is_open_to_its_roles_alone(world):
    people, cases = world
    for (name, step), allowed in MAY.items():
        lifecycle, case = LIFECYCLES[name], cases[name]
        for role, user in people.items():
            try:
                lifecycle.row_for(case, step, by=user)
            except PermissionDenied:
                may = False
            else:
                may = True
            assert may == (role in allowed), (name, step, role)


def test_three_different_people_decide_an_application():
    registry = Registry()
    application = registry.lead(Company(registry).draft(), until="checking")
    for role in (Role.ASSESSOR, Role.REGISTRY_APPROVER):
        registry.registrar.memberships.create(role=role)
    del registry.registrar._memberships

    with pytest.raises(PermissionDenied):
        APPLICATION.take(application, "start_assessment", by=registry.registrar)
    application = registry.lead(application, until="assessed")
    with pytest.raises(PermissionDenied):
        APPLICATION.take(application, "approve", by=registry.registrar)


def test_return_belongs_to_whoever_has_the_application_in_hand():
    registry = Registry()
    application = registry.lead(Company(registry).draft(), until="checking")
    details = {"sections": [{"section": "prices", "reason": "ไม่มีหน่วย"}], "due_on": clock.today() + timedelta(days=9)}

    with pytest.raises(Refused):
        APPLICATION.take(application, "return", by=registry.assessor, **details)
    application = APPLICATION.take(application, "return", by=registry.registrar, **details)

    assert (application.state, application.open_sections) == ("returned", ["products", "prices"])


def test_nobody_judges_a_company_they_speak_for():
    registry = Registry()
    company = Company(registry)
    [listing] = company.listed()
    company.speaker.memberships.create(role=Role.REGISTRY_APPROVER)

    with pytest.raises(PermissionDenied):
        LISTING.take(listing, "suspend", by=company.speaker)


def test_claim_alone_does_not_hand_in_an_application():
    company = Company(Registry(), confirmed=False)
    application = company.draft()

    with pytest.raises(Refused) as refusal:
        APPLICATION.take(application, "submit", by=company.speaker)

    assert refusal.value.code == "representative_not_confirmed"


def test_lifecycles_have_no_trap():
    for lifecycle in (APPLICATION, CHANGE, COMPLAINT, CORRECTION, LISTING, REPRESENTATIVE):
        leads_on = {state for row in lifecycle.rows if row.target is not None for state in row.source}
        assert set(lifecycle.states) - leads_on == set(lifecycle.ends), lifecycle.name


def test_change_of_price_is_followed_not_edited():
    company = Company(Registry())
    [listing] = company.listed()
    old = listing.product.prices.get()

    change = changes.ask(company.provider, "price", price_answers("90000"), by=company.speaker, price=old)
    CHANGE.take(change, "accept", by=company.registry.registrar)

    rows = listing.product.prices.order_by("pk").values_list("price_baht", "follows")
    assert [(str(amount), follows) for amount, follows in rows] == [("120000.00", None), ("90000.00", old.pk)]


def test_change_of_contact_holds_at_once():
    company = Company(Registry())
    company.listed()
    data = {
        "phone": "02-111-1111",
        "email": "new@example.com",
        "website": "",
        "address": "2 ถนนใหม่",
        "description_th": "ใหม่",
    }

    change = changes.ask(company.provider, "details", data, by=company.speaker)

    assert (change.state, company.provider.phone) == ("accepted", "02-111-1111")
