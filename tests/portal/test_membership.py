"""Posts: dated, acting, ended; and one's own account."""

import io
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from portal import access, clock
from portal.errors import Refused
from portal.models.audit import Event
from portal.models.outbox import Notice
from portal.models.people import Membership, User
from portal.people import accounts
from portal.roles import Role
from tests.factories.people import member, office, person
from tests.factories.places import local_government

pytestmark = pytest.mark.django_db

TODAY = clock.today()
DAY = timedelta(days=1)


@pytest.fixture
def town():
    return local_government()


def again(user):
    """The same person at the next request."""
    return User.objects.get(pk=user.pk)


def may_invite(user, town):
    post = Membership(role=Role.LOCAL_OFFICER, local_government=town)
    return again(user).has_perm("portal.invite_colleague", post)


@pytest.mark.parametrize(
    ("period", "counts"),
    [
        ({}, True),
        ({"valid_from": TODAY + DAY}, False),
        ({"valid_from": TODAY - DAY, "valid_to": TODAY}, False),
        ({"valid_to": TODAY + DAY}, True),
        ({"is_confirmed": False}, False),
        ({"revoked_at": clock.now()}, False),
        ({"acting": True, "order_no": "1/2571"}, True),
    ],
)
def test_a_post_counts_from_its_first_day_to_the_day_before_its_end(town, period, counts):
    clerk = person(Role.LOCAL_CLERK, at=town, **period)

    assert may_invite(clerk, town) is counts


def test_an_acting_post_needs_its_order(town):
    with pytest.raises(IntegrityError), transaction.atomic():
        person(Role.LOCAL_CLERK, at=town, acting=True)


def test_a_permanent_post_is_named_before_an_acting_one(town):
    user = person(Role.LOCAL_CLERK, at=town, acting=True, order_no="1/2571")
    own = member(user, Role.LOCAL_CLERK, at=town)

    assert access.capacity(again(user), "portal.invite_colleague", own) == own


def test_an_ended_post_stops_at_the_next_request(client, town):
    people = office(town)
    client.force_login(people.clerk)
    assert client.get("/people/").status_code == 200

    accounts.end(people.clerk.memberships.get(), by=person(Role.OPERATOR), reason="ย้าย")

    assert client.get("/people/").status_code == 403
    event = Event.objects.get(verb="membership.end")
    assert (event.role, event.details["reason"]) == (Role.OPERATOR, "ย้าย")
    assert Notice.objects.get(recipient=people.clerk).kind == "membership"


def test_a_post_may_end_on_a_day_to_come(town):
    people = office(town)

    accounts.end(people.officer.memberships.get(), by=people.clerk, on=TODAY + 3 * DAY, reason="ย้าย")

    post = people.officer.memberships.get()
    assert (post.valid_to, post.revoked_at) == (TODAY + 3 * DAY, None)
    with clock.at(clock.now() + 2 * DAY):
        assert access.memberships(again(people.officer)) == [post]
    with clock.at(clock.now() + 3 * DAY):
        assert access.memberships(again(people.officer)) == []


def test_who_may_end_whose_post(town):
    here, there = office(town), office(local_government(province=town.province))
    province_officer = person(Role.PROVINCIAL_OFFICER, at=town.province)
    operator, auditor = person(Role.OPERATOR), person(Role.AUDITOR)
    posts = {"here": here.officer, "there": there.officer, "national": auditor}
    asking = {"clerk": here.clerk, "officer": here.officer, "executive": here.executive}
    asking |= {"province": province_officer, "operator": operator, "auditor": auditor}
    allowed = set()

    for name, by in asking.items():
        for place, holder in posts.items():
            try:
                accounts.managing_capacity(by, holder.memberships.get())
            except PermissionDenied:
                continue
            allowed.add((name, place))

    assert allowed == {("clerk", "here"), ("operator", "here"), ("operator", "there"), ("operator", "national")}


def test_the_last_operator_stays():
    first, second = person(Role.OPERATOR), person(Role.OPERATOR)

    accounts.end(second.memberships.get(), by=first)

    with pytest.raises(Refused) as refusal:
        accounts.end(first.memberships.get(), by=first)
    assert refusal.value.code == "last_operator"


def test_a_clerk_sees_and_ends_posts_of_the_own_office_only(client, town):
    here, there = office(town), office(local_government(province=town.province))
    client.force_login(here.clerk)

    rows = client.get("/people/").context["rows"]
    assert {row.user for row in rows} == {here.officer, here.clerk, here.executive, here.auditor}
    assert client.get(f"/people/{there.officer.memberships.get().pk}/end/").status_code == 404
    post = here.officer.memberships.get()
    assert client.post(f"/people/{post.pk}/end/", {"reason": ""}).context["form"].errors.keys() == {"reason"}
    assert client.post(f"/people/{post.pk}/end/", {"reason": "ย้าย"}).url == "/people/"

    assert access.memberships(again(here.officer)) == []
    assert here.officer not in {row.user for row in client.get("/people/").context["rows"]}
    assert [row.user for row in client.get("/people/?shown=ended").context["rows"]] == [here.officer]


def test_a_provincial_officer_sees_the_offices_of_the_province_alone(client, town):
    here, _there = office(town), office(local_government())
    user = person(Role.PROVINCIAL_OFFICER, at=town.province)
    client.force_login(user)

    rows = client.get("/people/").context["rows"]

    assert {row.user for row in rows} == {here.officer, here.clerk, here.executive, here.auditor}
    assert client.get(f"/people/{here.officer.memberships.get().pk}/end/").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_people_asks_as_much_for_one_as_for_many(client, count, django_assert_max_num_queries):
    for _number in range(count):
        office(local_government(is_name_shared=True))
    client.force_login(person(Role.OPERATOR))

    with clock.at(clock.now()), django_assert_max_num_queries(12):
        client.get("/people/")


def test_a_person_changes_the_own_account(client):
    user = person(Role.AUDITOR, language="th")
    client.force_login(user)
    given = {"first_name": "สมปอง", "last_name": "ดีงาม", "title": "นักวิเคราะห์", "phone": "02 123 4567"}

    answer = client.post("/account/", given | {"email": "sp@example.org", "language": "en", "is_superuser": "on"})

    assert answer.url == "/account/"
    assert answer.cookies["django_language"].value == "en"
    user.refresh_from_db()
    assert (user.first_name, user.title, user.email, user.shortcuts) == ("สมปอง", "นักวิเคราะห์", "sp@example.org", False)
    details = Event.objects.get(verb="account.change").details
    assert set(details) == {"fields"}
    assert "sp@example.org" not in str(details)


def test_signing_in_brings_back_the_persons_language(client):
    person(username="sompong", password="three words together", language="en")

    answer = client.post("/account/login/", {"login": "sompong", "password": "three words together"})

    assert answer.cookies["django_language"].value == "en"


def test_anybody_may_open_an_account_that_holds_nothing(client):
    answer = client.post(
        "/account/signup/",
        {
            "first_name": "บริษัท",
            "last_name": "ตัวอย่าง",
            "username": "company",
            "email": "",
            "password1": "three words together",
            "password2": "three words together",
        },
    )

    assert answer.status_code == 302
    assert access.memberships(User.objects.get(username="company")) == []


def make_operator(username, password, monkeypatch, **options):
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    call_command("create_operator", username, password_stdin=True, stdout=io.StringIO(), **options)


def test_the_first_operator_is_made_from_the_command_line(monkeypatch):
    make_operator("boss", "three words together", monkeypatch, name="สมศักดิ์ รักงาน")

    user = User.objects.get(username="boss")
    assert user.check_password("three words together")
    assert user.has_perm("portal.invite_anyone")
    assert str(user) == "สมศักดิ์ รักงาน"
    assert Event.objects.get().verb == "membership.take_up"
    with pytest.raises(CommandError):
        make_operator("boss", "three words together", monkeypatch)


@pytest.mark.parametrize(("username", "password"), [("boss", "short"), ("boss", ""), ("a b", "three words together")])
def test_a_weak_operator_is_not_made(monkeypatch, username, password):
    with pytest.raises(CommandError):
        make_operator(username, password, monkeypatch)

    assert not User.objects.filter(username=username).exists()


def test_the_database_itself_refuses_a_superuser():
    user = person()

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_superuser=True)
