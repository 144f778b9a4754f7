"""Invitations: who may offer which post, and how a code is taken up."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError

from portal import clock, tasks
from portal.errors import Refused
from portal.models.audit import Event
from portal.models.outbox import Notice
from portal.models.people import Invitation, Membership, User
from portal.people import accounts
from portal.roles import DECIDING_ROLES, LOCAL_ROLES, Role, Scope, scope_of
from tests.factories.people import member, person
from tests.factories.places import local_government, province

pytestmark = pytest.mark.django_db

NEWCOMER = {
    "first_name": "สมหญิง",
    "last_name": "ใจดี",
    "username": "somying",
    "password1": "แมวสีส้ม กินปลา 9",
    "password2": "แมวสีส้ม กินปลา 9",
}


@pytest.fixture
def krabi():
    return province(name_th="กระบี่")


@pytest.fixture
def town(krabi):
    return local_government(province=krabi)


@pytest.fixture
def neighbour(krabi):
    return local_government(province=krabi)


@pytest.fixture
def elsewhere():
    return local_government()


@pytest.fixture
def operator():
    return person(Role.OPERATOR)


@pytest.fixture
def clerk(town):
    return person(Role.LOCAL_CLERK, at=town)


def offered(by, role, at=None, **kwargs):
    """An invitation of `by`, and its code."""
    where = {} if at is None else {"province" if scope_of(role) == Scope.PROVINCE else "local_government": at}
    agency = "depa" if role in {Role.SANDBOX_OFFICER, Role.SANDBOX_MEMBER} else ""
    return accounts.invite(by=by, role=role, full_name="สมหญิง ใจดี", agency=agency, **where | kwargs)


MAY = {
    Role.OPERATOR: {(role, place) for role in set(Role) - {Role.TIMER} for place in ("town", "neighbour", "elsewhere")},
    Role.PROVINCIAL_OFFICER: {(role, place) for role in LOCAL_ROLES for place in ("town", "neighbour")},
    Role.LOCAL_CLERK: {(role, "town") for role in LOCAL_ROLES},
}


@pytest.mark.parametrize("inviter", [role for role in Role if role != Role.TIMER])
def test_who_may_offer_which_post(inviter, town, neighbour, elsewhere, krabi):
    places = {"town": town, "neighbour": neighbour, "elsewhere": elsewhere}
    at = {Scope.LOCAL: town, Scope.PROVINCE: krabi}.get(scope_of(inviter))
    by = person(inviter, at=at)
    allowed = set()

    for role in Role:
        for name, place in places.items():
            target = {Scope.LOCAL: place, Scope.PROVINCE: place.province}.get(scope_of(role))
            try:
                offered(by, role, target)
            except PermissionDenied:
                continue
            allowed.add((role, name))

    assert allowed == MAY.get(inviter, set())
    assert Event.objects.filter(verb="invitation.send").count() == len(allowed)


def test_a_post_needs_its_place(operator, town):
    with pytest.raises(ValidationError):
        offered(operator, Role.LOCAL_OFFICER)
    with pytest.raises(ValidationError):
        accounts.invite(by=operator, role=Role.AUDITOR, full_name="x", local_government=town)
    with pytest.raises(ValidationError):
        offered(operator, Role.LOCAL_CLERK, town, acting=True)
    with pytest.raises(ValidationError):
        offered(operator, Role.LOCAL_CLERK, town, valid_to=clock.today())

    assert Invitation.objects.count() == 0


def test_the_code_is_kept_as_a_hash_alone(clerk, town):
    invitation, code = offered(clerk, Role.LOCAL_OFFICER, town)

    assert re.fullmatch(r"([A-Z2-9]{4}-){3}[A-Z2-9]{4}", code)
    assert code not in str(Invitation.objects.values().get())
    assert code.replace("-", "") not in str(list(Event.objects.values()))
    assert accounts.open_invitation(code.lower().replace("-", " ")) == invitation


def test_the_code_goes_by_mail_where_there_is_an_address(clerk, town):
    _invitation, code = offered(clerk, Role.LOCAL_OFFICER, town, email="somying@example.org")

    tasks.relay()

    [letter] = mail.outbox
    assert letter.to == ["somying@example.org"]
    assert f"/join/?code={code}" in letter.body
    assert code not in str(Notice.objects.values().get())


def test_operators_do_not_read_the_code_in_the_outbox(client, clerk, town):
    _invitation, code = offered(clerk, Role.LOCAL_OFFICER, town, email="somying@example.org")
    client.force_login(person(Role.OPERATOR))

    pages = [client.get(path).content.decode() for path in ("/outbox/", f"/outbox/{Notice.objects.get().pk}/")]

    assert all("smart" in page or "เมืองอัจฉริยะ" in page for page in pages)
    assert not any(code in page for page in pages)


def test_a_newcomer_opens_an_account_with_the_code(client, clerk, town):
    _invitation, code = offered(clerk, Role.LOCAL_OFFICER, town, order_no="12/2571", acting=True)

    answer = client.get(f"/join/?code={code}")
    assert (answer.status_code, answer.url) == (302, "/join/")
    page = client.get("/join/").content.decode()
    assert "สมหญิง ใจดี" in page
    assert code not in page
    answer = client.post("/join/", NEWCOMER)

    assert (answer.status_code, answer.url) == (302, "/")
    user = User.objects.get(username="somying")
    held = user.memberships.get()
    assert (held.role, held.local_government, held.acting, held.order_no) == (Role.LOCAL_OFFICER, town, True, "12/2571")
    assert (held.is_confirmed, held.granted_by) == (True, clerk)
    assert int(client.session["_auth_user_id"]) == user.pk
    assert user.check_password(NEWCOMER["password1"])
    assert list(Event.objects.filter(actor=user).order_by("pk").values_list("verb", flat=True)) == [
        "membership.take_up",
        "account.open",
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password2": "another one 12345"}, "password2"),
        ({"password1": "short", "password2": "short"}, "password1"),
        ({"password1": "password1234", "password2": "password1234"}, "password1"),
        ({"username": "TAKEN"}, "username"),
        ({"username": "with space"}, "username"),
        ({"first_name": ""}, "first_name"),
    ],
)
def test_a_newcomers_mistake_uses_up_nothing(client, clerk, town, change, field):
    person(username="taken")
    invitation, code = offered(clerk, Role.LOCAL_OFFICER, town)
    client.get(f"/join/?code={code}")

    answer = client.post("/join/", NEWCOMER | change)

    assert list(answer.context["form"].errors) == [field]
    invitation.refresh_from_db()
    assert invitation.accepted_at is None
    assert not User.objects.filter(last_name="ใจดี").exists()


def test_a_person_with_an_account_takes_up_a_second_post(client, clerk, town, elsewhere):
    user = person(Role.LOCAL_OFFICER, at=elsewhere)
    _invitation, code = offered(clerk, Role.LOCAL_AUDITOR, town)
    client.force_login(user)

    client.get(f"/join/?code={code}")
    answer = client.post("/join/")

    assert answer.url == "/"
    assert set(user.memberships.values_list("role", "local_government")) == {
        (Role.LOCAL_OFFICER, elsewhere.pk),
        (Role.LOCAL_AUDITOR, town.pk),
    }


def refusal_of(code, user):
    with pytest.raises(Refused) as refusal:
        accounts.accept(code, user=user)
    return refusal.value.code


def test_a_code_works_once(clerk, town):
    _invitation, code = offered(clerk, Role.LOCAL_OFFICER, town)

    accounts.accept(code, user=person())

    assert refusal_of(code, person()) == "invitation_closed"
    assert Membership.objects.filter(role=Role.LOCAL_OFFICER).count() == 1


def test_a_code_expires(clerk, town):
    _invitation, code = offered(clerk, Role.LOCAL_OFFICER, town)

    with clock.at(clock.now() + accounts.VALID_FOR):
        assert refusal_of(code, person()) == "invitation_expired"


def test_a_code_dies_with_the_period_of_its_post(clerk, town):
    _invitation, code = offered(clerk, Role.LOCAL_OFFICER, town, valid_to=clock.today() + timedelta(days=2))

    with clock.at(clock.now() + timedelta(days=2)):
        assert refusal_of(code, person()) == "invitation_expired"


def test_a_withdrawn_code_is_worthless(clerk, town):
    invitation, code = offered(clerk, Role.LOCAL_OFFICER, town)

    accounts.withdraw(invitation, by=clerk)

    assert refusal_of(code, person()) == "invitation_closed"


def test_a_renewed_code_replaces_the_old_one(clerk, town):
    invitation, old = offered(clerk, Role.LOCAL_OFFICER, town)

    new = accounts.renew(invitation, by=clerk)

    assert refusal_of(old, person()) == "invitation_unknown"
    assert accounts.accept(new, user=person()).role == Role.LOCAL_OFFICER


def test_an_unknown_code_is_refused(client):
    assert refusal_of("AAAA-AAAA-AAAA-AAAA", person()) == "invitation_unknown"
    client.get("/join/?code=AAAA-AAAA-AAAA-AAAA")

    assert client.get("/join/").status_code == 409
    assert client.get("/join/").status_code == 200


def test_nobody_takes_up_a_post_offered_by_oneself(clerk, town):
    _invitation, code = offered(clerk, Role.LOCAL_EXECUTIVE, town)

    assert refusal_of(code, clerk) == "same_person"


def test_nobody_holds_one_post_twice(clerk, town):
    user = person(Role.LOCAL_OFFICER, at=town)
    _invitation, code = offered(clerk, Role.LOCAL_OFFICER, town)

    assert refusal_of(code, user) == "already_held"


def test_a_code_dies_with_the_right_of_who_sent_it(clerk, town, operator):
    _invitation, code = offered(clerk, Role.LOCAL_OFFICER, town)

    accounts.end(clerk.memberships.get(), by=operator)

    assert refusal_of(code, person()) == "inviter_left"


def test_the_page_of_a_clerk_offers_the_own_office_only(client, clerk, town, neighbour):
    client.force_login(clerk)
    form = client.get("/people/invite/").context["form"]
    assert list(form.fields["local_government"].queryset) == [town]
    assert {value for _group, roles in form.fields["role"].choices[1:] for value, _label in roles} == LOCAL_ROLES
    given = {"role": Role.LOCAL_OFFICER, "full_name": "สมหญิง ใจดี"}

    refused = client.post("/people/invite/", given | {"local_government": neighbour.pk})
    answer = client.post("/people/invite/", given | {"local_government": town.pk})

    assert list(refused.context["form"].errors) == ["local_government"]
    page = answer.content.decode()
    assert accounts.open_invitation(answer.context["code"]).local_government == town
    assert '<svg width="' in page
    assert "style=" not in page
    assert answer["Cache-Control"] == "no-store, private"
    assert Invitation.objects.count() == 1


def test_the_page_of_an_operator_finds_offices_by_name(client, operator, town):
    town.name_th = "เทศบาลเมืองกระบี่น้อย"
    town.save()
    client.force_login(operator)

    found = client.get("/people/invite/", {"office": "กระบี่น้อย"}).context["form"].fields["local_government"].queryset
    answer = client.post(
        "/people/invite/?office=กระบี่น้อย",
        {"role": Role.LOCAL_CLERK, "full_name": "ก ข", "local_government": town.pk},
    )

    assert list(found) == [town]
    assert answer.context["invitation"].local_government == town
    assert client.post("/people/invite/", {"role": "timer", "full_name": "x"}).context["form"].errors


@pytest.mark.parametrize("role", [None, Role.AUDITOR, Role.LOCAL_EXECUTIVE])
def test_pages_about_people_are_closed_to_others(client, role, town):
    client.force_login(person(role, at=town if role == Role.LOCAL_EXECUTIVE else None))

    for path in ["/people/", "/people/invite/", "/people/invitations/"]:
        assert client.get(path).status_code == 403


def test_invitations_of_other_offices_are_not_there(client, clerk, operator, town, neighbour):
    mine, _code = offered(operator, Role.LOCAL_OFFICER, town)
    theirs, _code = offered(operator, Role.LOCAL_OFFICER, neighbour)
    national, _code = offered(operator, Role.AUDITOR)
    client.force_login(clerk)

    assert list(client.get("/people/invitations/").context["rows"]) == [mine]
    for other in (theirs, national):
        assert client.post(f"/people/invitations/{other.pk}/renew/").status_code == 404
        assert client.post(f"/people/invitations/{other.pk}/withdraw/").status_code == 404
    assert client.post(f"/people/invitations/{mine.pk}/renew/").context["invitation"] == mine
    assert client.post(f"/people/invitations/{mine.pk}/withdraw/").status_code == 302
    assert client.get("/people/invitations/?shown=all").context["rows"] == [mine]


@pytest.mark.parametrize("role", sorted(DECIDING_ROLES))
def test_a_deciding_role_waits_for_a_second_person(operator, role):
    holder = person(role)
    _invitation, code = offered(operator, role)
    user = person()

    membership = accounts.accept(code, user=user)

    assert membership.is_confirmed is False
    told = set(Notice.objects.filter(kind="membership").values_list("recipient", flat=True))
    assert told == {holder.pk, operator.pk}
    for unfit in (operator, user, person(Role.AUDITOR)):
        with pytest.raises(PermissionDenied):
            accounts.confirm(membership, by=unfit)
    assert list(accounts.pending_for(operator)) == list(accounts.pending_for(user)) == []
    assert list(accounts.pending_for(holder)) == [membership]
    assert [task.url for task in accounts.pending_tasks(holder)] == ["/people/"]

    accounts.confirm(membership, by=holder)

    membership.refresh_from_db()
    assert membership.is_confirmed
    with pytest.raises(Refused):
        accounts.confirm(membership, by=person(Role.OPERATOR))


def test_a_second_operator_confirms_where_nobody_holds_the_role_yet(client, operator):
    _invitation, code = offered(operator, Role.COMMITTEE_CHAIR)
    user = person()
    membership = accounts.accept(code, user=user)
    client.force_login(operator)
    assert client.post(f"/people/{membership.pk}/confirm/").status_code == 404

    client.force_login(person(Role.OPERATOR))
    assert client.post(f"/people/{membership.pk}/confirm/").url == "/people/"
    _invitation, code = offered(operator, Role.COMMITTEE_CHAIR)
    second = accounts.accept(code, user=person())
    client.force_login(user)
    assert client.post(f"/people/{second.pk}/confirm/").url == "/"

    assert User.objects.get(pk=user.pk).has_perm("budgets.allocate_proposal")


def test_a_second_person_may_decline(client, operator):
    _invitation, code = offered(operator, Role.COMMITTEE_CHAIR)
    user = person()
    membership = accounts.accept(code, user=user)
    chair = person(Role.COMMITTEE_CHAIR)
    client.force_login(chair)

    assert client.get("/people/").status_code == 200
    assert client.post(f"/people/{membership.pk}/decline/").url == "/"

    assert client.get("/people/").status_code == 403
    assert not User.objects.get(pk=user.pk).has_perm("budgets.allocate_proposal")


def test_an_appointment_that_waits_grants_nothing(operator):
    _invitation, code = offered(operator, Role.DLA_OFFICER)
    user = person()

    accounts.accept(code, user=user)

    assert not User.objects.get(pk=user.pk).has_perm("portal.change_place")


def test_the_first_office_of_a_person_with_two_does_not_reach_the_second(town, elsewhere):
    user = person(Role.LOCAL_CLERK, at=town)
    member(user, Role.LOCAL_OFFICER, at=elsewhere)

    offered(user, Role.LOCAL_OFFICER, town)
    with pytest.raises(PermissionDenied):
        offered(user, Role.LOCAL_OFFICER, elsewhere)
