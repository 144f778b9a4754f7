"""The page of API users, who has not heard of a suspension, and the list in a frame."""

import pytest

from portal.models import ApiToken
from portal.roles import Role
from providers.models import ApiClient, Listing, Record
from tests.factories.people import person
from tests.factories.providers import Company, Registry
from tests.factories.remembered import remembered
from tests.providers.register import follower

pytestmark = pytest.mark.django_db


@remembered
class World:
    def __init__(self):
        self.registry = Registry()
        self.company = Company(self.registry, "บริษัท แก้วใส จำกัด")
        self.kept, self.halted = self.company.listed("ระบบคิวออนไลน์", "ระบบร้องเรียน")


@pytest.fixture
def world():
    return World()


def test_anybody_reads_the_page_and_only_people_make_keys(client):
    page = client.get("/providers/api/", headers={"Accept-Language": "en"}).content.decode()

    assert "http://testserver/api/v1/registry/changes/?after=0" in page
    assert "Make the key" not in page
    assert client.post("/providers/api/", {"name": "x", "days": "30"}).status_code == 403


def test_a_person_makes_a_key_sees_its_position_and_revokes_it(client, world):
    user = person()
    client.force_login(user)
    made = client.post("/providers/api/", {"name": "ระบบพัสดุ", "contact": "it@example.com", "days": "30"})
    token = made.context["fresh"]
    reached = follower(token=token).sync().seq
    world.registry.suspend(world.halted)

    page = client.get("/providers/api/", headers={"Accept-Language": "en"})

    [key] = page.context["keys"]
    assert (key.name, key.can_write, key.registry_client.contact) == ("ระบบพัสดุ", False, "it@example.com")
    assert (key.registry_client.position, key.behind) == (reached, 3)
    assert "3 behind" in page.content.decode()
    assert token not in page.content.decode()
    assert client.post(f"/providers/api/keys/{key.pk}/revoke/").status_code == 302
    assert list(client.get("/providers/api/").context["keys"]) == []
    stranger, _token = ApiToken.make(user=person(), name="ของคนอื่น")
    assert client.post(f"/providers/api/keys/{stranger.pk}/revoke/").status_code == 404


def test_a_key_without_a_good_address_is_not_made(client):
    client.force_login(person())

    page = client.post("/providers/api/", {"name": "", "contact": "nowhere", "days": "30"})

    assert set(page.context["form"].errors) == {"name", "contact"}
    assert ApiToken.objects.count() == 0


def test_the_registrar_sees_who_has_not_heard(client, world):
    quick, slow = (ApiToken.make(user=person(), name=name) for name in ("เร็ว", "ช้า"))
    for _row, token in (quick, slow):
        follower(token=token).sync()
    listing = world.registry.suspend(world.halted)
    before = follower(token=quick[1])
    before.sync()
    seq = Record.objects.filter(kind="listing", object_id=listing.pk).latest("seq").seq
    ApiClient.objects.filter(token=quick[0]).update(position=seq)
    client.force_login(world.registry.registrar)

    page = client.get("/providers/api/unheard/")

    assert page.context["chosen"] == listing
    assert page.context["news"].seq == seq
    assert [row.token.name for row in page.context["rows"]] == ["ช้า"]
    assert client.get("/providers/api/unheard/?certificate_no=DC1").status_code == 404
    client.force_login(person(Role.ASSESSOR))
    assert client.get("/providers/api/unheard/").status_code == 403


def test_the_frame_shows_what_may_be_chosen_and_may_stand_on_any_website(client, world):
    world.registry.suspend(world.halted)

    page = client.get("/providers/embed/?serving=81&category=complaints")

    assert [row.pk for row in page.context["rows"]] == [world.kept.product_id]
    assert "X-Frame-Options" not in page.headers
    policy = page["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "script-src 'self'" in policy
    assert "<script" not in page.content.decode()
    assert "style=" not in page.content.decode()
    assert client.get("/providers/embed/?kind=car").status_code == 400
    assert client.get("/providers/embed/?state=draft").status_code == 400
    assert list(client.get("/providers/embed/?q=ไม่มีแน่นอน").context["rows"]) == []
    assert "frame-ancestors 'none'" in client.get("/providers/api/")["Content-Security-Policy"]
    assert Listing.objects.count() == 2
