"""Acting orders that work at once and are checked afterwards; new access from a code on paper."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from portal import clock
from portal.errors import Refused
from portal.models.audit import Event
from portal.models.orders import AccessReset, ActingOrder
from portal.models.outbox import Notice
from portal.people import orders, resets
from portal.roles import Role
from tests.factories.people import member, office, person
from tests.factories.places import local_government

pytestmark = pytest.mark.django_db
PASSWORD = "แมวสีส้ม กินปลา 9"


@pytest.fixture
def town():
    return local_government()


@pytest.fixture
def people(town):
    return office(town)


@pytest.fixture
def province(town):
    return person(Role.PROVINCIAL_OFFICER, at=town.province)


def appointed(people, town, **kwargs):
    defaults = {
        "by": people.clerk, "user": people.officer, "role": Role.LOCAL_EXECUTIVE, "local_government": town,
        "order_no": "12/2569", "valid_to": clock.today() + timedelta(days=30),
    }  # fmt: skip
    order = orders.appoint(**defaults | kwargs)
    order.membership.user.__dict__.pop("_memberships", None)
    return order


def refused(**kwargs):
    with pytest.raises(Refused) as caught:
        appointed(**kwargs)
    return caught.value.code


def test_order_works_at_once_and_the_province_is_asked_to_check(people, town, province):
    order = appointed(people, town, order_no="คำสั่งที่ 12/2569")

    post = order.membership
    assert (post.acting, post.order_no, post.is_confirmed) == (True, "12/2569", True)
    assert people.officer.has_perm("budgets.withdraw_proposal")
    assert [task.url for task in orders.tasks(province)] == [reverse("acting-orders")]
    told = set(Notice.objects.filter(kind="acting_order").values_list("recipient", flat=True))
    assert told == {people.officer.pk, province.pk}


def test_order_found_right_goes_on_and_one_found_wrong_ends_at_once(people, town, province):
    first = appointed(people, town)
    second = appointed(people, town, user=people.auditor, order_no="13/2569")

    orders.check(first, by=province, is_right=True)
    orders.check(second, by=province, is_right=False, reason="คำสั่งไม่มีผู้ลงนาม")

    for one in (people.officer, people.auditor):
        one.__dict__.pop("_memberships", None)
    assert people.officer.has_perm("budgets.withdraw_proposal")
    assert not people.auditor.has_perm("budgets.withdraw_proposal")
    assert list(orders.tasks(province)) == []
    with pytest.raises(Refused):
        orders.check(first, by=province, is_right=False, reason="x")
    assert Event.objects.filter(verb="membership.check_order").count() == 2


def test_order_is_refused_where_it_cannot_be(people, town, province):
    stranger = person(Role.LOCAL_OFFICER, at=local_government())
    both = {"people": people, "town": town}

    assert refused(**both, user=people.clerk) == "same_person"
    assert refused(**both, user=stranger) == "not_a_colleague"
    appointed(people, town)
    assert refused(**both) == "already_held"
    with pytest.raises(ValidationError):
        appointed(people, town, user=people.auditor, valid_to=clock.today())
    for by in (people.officer, people.executive, person(Role.PROVINCIAL_OFFICER, at=local_government().province)):
        with pytest.raises(PermissionDenied):
            appointed(people, town, by=by, user=people.auditor)


def test_who_recorded_an_order_does_not_check_it(people, town, province):
    order = appointed(people, town, by=province, user=people.clerk)
    colleague, operator = person(Role.PROVINCIAL_OFFICER, at=town.province), person(Role.OPERATOR)

    for by in (province, people.clerk, people.executive):
        with pytest.raises(PermissionDenied):
            orders.check(order, by=by, is_right=True)
    assert list(orders.tasks(province)) == []
    assert len(list(orders.tasks(operator))) == 1
    assert orders.check(order, by=colleague, is_right=True).is_right


def test_clerk_records_and_province_checks_by_page(client, people, town, province):
    until = clock.today() + timedelta(days=30)
    form = {
        "colleague": f"{people.officer.pk}-{town.pk}", "role": "local_executive", "order_no": "12/2569",
        "valid_to": f"{until:%d/%m/}{until.year + 543}",
    }  # fmt: skip
    client.force_login(people.clerk)

    made = client.post(reverse("acting-order-new"), form)
    client.force_login(province)
    page = client.get(reverse("acting-orders"))
    order = ActingOrder.objects.get()
    without = client.post(reverse("acting-order-check", args=[order.pk]), {"reason": " "})
    client.post(reverse("acting-order-check", args=[order.pk]), {"right": "1"})

    assert made.status_code == 302
    assert [row.waits_for_me for row in page.context["rows"]] == [True]
    assert without.status_code == 302
    order.refresh_from_db()
    assert (order.is_right, order.checked_by) == (True, province)
    client.force_login(people.officer)
    assert client.get(reverse("acting-order-new")).status_code == 403


# New access


def test_province_hands_over_a_code_and_the_person_chooses_a_new_password(client, people, province):
    post = people.executive.memberships.get()
    client.force_login(province)

    letter = client.post(reverse("access-issue", args=[post.pk]))
    (code,) = set(re.findall(r"[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}", letter.text))
    client.logout()
    answer = client.post(reverse("new-access"), {"code": code.lower(), "password1": PASSWORD, "password2": PASSWORD})
    again = client.post(reverse("new-access"), {"code": code, "password1": PASSWORD, "password2": PASSWORD})

    people.executive.refresh_from_db()
    assert (answer.status_code, again.status_code) == (302, 400)
    assert people.executive.check_password(PASSWORD)
    assert "no-store" in letter["Cache-Control"]
    told = set(Notice.objects.filter(kind="access").values_list("recipient", flat=True))
    assert {people.executive.pk, people.clerk.pk, province.pk} <= told
    assert code not in str(list(Event.objects.values_list("details", flat=True)))


def test_code_dies_with_time_and_with_the_next_code(people, province):
    _reset, first = resets.issue(people.officer, by=province)
    _reset, second = resets.issue(people.officer, by=province)

    for code, expected in ((first, "code_expired"), ("ABCD-EFGH", "code_unknown")):
        with pytest.raises(Refused) as caught:
            resets.use(code, password=PASSWORD)
        assert caught.value.code == expected
    with clock.at(clock.now() + timedelta(days=7)), pytest.raises(Refused):
        resets.use(second, password=PASSWORD)
    assert AccessReset.objects.filter(used_at=None).count() == 2


def test_only_the_own_province_or_an_operator_gives_access(people, town, province):
    both = person(Role.LOCAL_OFFICER, at=town)
    member(both, Role.COMMITTEE_CHAIR)
    elsewhere = person(Role.PROVINCIAL_OFFICER, at=local_government().province)

    for person_, by in (
        (both, province),
        (people.officer, elsewhere),
        (people.officer, people.clerk),
        (province, province),
    ):
        with pytest.raises(PermissionDenied):
            resets.issue(person_, by=by)
    resets.issue(both, by=person(Role.OPERATOR))


def test_weak_or_different_passwords_are_refused(client, people, province):
    _reset, code = resets.issue(people.officer, by=province)

    for first, second in (("short", "short"), (PASSWORD, PASSWORD + "x")):
        answer = client.post(reverse("new-access"), {"code": code, "password1": first, "password2": second})
        assert answer.status_code == 400
    assert AccessReset.objects.get().used_at is None
