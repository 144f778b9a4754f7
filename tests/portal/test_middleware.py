import gzip
import logging
import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.urls import include, path

from portal.context import request_id
from portal.errors import Refused, UnknownStep
from portal.middleware import RequestIdFilter

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def say_id(request):
    return HttpResponse(request_id.get())


def refuse(request):
    raise Refused("The round is closed.", code="round_closed")


def forbid(request):
    raise PermissionDenied


def unknown(request):
    raise UnknownStep("fly")


def mistake(request):
    raise ZeroDivisionError


def echo(request):
    return JsonResponse({"get": request.GET.dict(), "post": request.POST.dict()})


def long(request):
    kind = "application/json" if "format" in request.GET else "text/html; charset=utf-8"
    return HttpResponse("ยาว" * 1000, content_type=kind, headers={"ETag": '"7"'})


def who(request):
    return HttpResponse(str(request.user))


def own_cache(request):
    response = who(request)
    response["Cache-Control"] = "max-age=60"
    return response


urlpatterns = [
    path("id/", say_id),
    path("refuse/", refuse),
    path("forbid/", forbid),
    path("unknown/", unknown),
    path("mistake/", mistake),
    path("echo/", echo),
    path("echo/<str:text>/", echo),
    path("who/", who),
    path("long/", long),
    path("own-cache/", own_cache),
    path("", include("portal.urls")),
]


def test_request_id_is_taken_when_sane(client):
    response = client.get("/id/", headers={"X-Request-ID": "proxy-1234.abc"})

    assert response.content == b"proxy-1234.abc"
    assert response["X-Request-ID"] == "proxy-1234.abc"
    assert request_id.get() == ""


@pytest.mark.parametrize("given", ["short", "x" * 41, "with space in it", "ใบคำขอที่หนึ่ง", "line\tbreak-1"])
def test_request_id_is_made_when_the_given_one_is_not_sane(client, given):
    response = client.get("/id/", headers={"X-Request-ID": given})

    assert re.fullmatch(r"[0-9a-f]{32}", response["X-Request-ID"])
    assert response.content.decode() == response["X-Request-ID"]


def test_log_records_carry_the_request_id():
    record = logging.makeLogRecord({"msg": "hello"})
    token = request_id.set("abcdefgh")

    RequestIdFilter().filter(record)

    request_id.reset(token)
    assert record.request_id == "abcdefgh"


def test_refusal_of_a_post_leads_back_with_a_warning(client):
    response = client.post("/refuse/", headers={"Referer": "http://testserver/who/?page=2"})

    assert (response.status_code, response["Location"]) == (302, "http://testserver/who/?page=2")
    told = [(str(m), m.level_tag) for m in response.wsgi_request._messages]
    assert told == [("The round is closed.", "warning")]


def test_refusal_of_an_htmx_post_moves_the_whole_page(client):
    response = client.post("/refuse/", headers={"HX-Request": "true", "Referer": "http://testserver/who/"})

    assert (response.status_code, response["HX-Redirect"]) == (200, "http://testserver/who/")


@pytest.mark.parametrize("referer", ["", "https://elsewhere.example/who/", "http://testserver/refuse/", "javascript:1"])
def test_refusal_of_a_post_from_nowhere_is_a_page(client, referer):
    response = client.post("/refuse/", headers={"Referer": referer})

    assert response.status_code == 409
    assert "The round is closed." in response.content.decode()


def test_refusal_of_a_get_is_a_page(client):
    response = client.get("/refuse/", headers={"Referer": "http://testserver/who/"})

    assert response.status_code == 409
    assert "The round is closed." in response.content.decode()


def test_missing_right_is_403_and_unknown_step_404(client):
    assert client.get("/forbid/").status_code == 403
    assert client.get("/unknown/").status_code == 404


def test_mistakes_are_not_swallowed(client):
    with pytest.raises(ZeroDivisionError):
        client.get("/mistake/")


@pytest.mark.parametrize("query", ["q=%00", "q=%ff%fe", "%00=1", "q=%E0%B8"])
def test_broken_query_is_400(client, query):
    assert client.get("/echo/", QUERY_STRING=query).status_code == 400


def test_broken_path_is_400(client):
    assert client.get("/echo/a%00b/").status_code == 400


def test_broken_cookie_is_400(client):
    assert client.get("/who/", headers={"Cookie": r'sessionid="abcdefgh\000"'}).status_code == 400


@pytest.mark.parametrize("body", ["q=%00", "q=%ff", "%ff=1"])
def test_broken_form_is_400(client, body):
    response = client.post("/echo/", body, content_type="application/x-www-form-urlencoded")

    assert response.status_code == 400


def test_broken_multipart_form_is_400(client):
    assert client.post("/echo/", {"q": "a\0b"}).status_code == 400


def test_thai_query_and_form_pass(client):
    thai = "องค์การบริหารส่วนตำบล + ก๊วยเตี๋ยว"

    response = client.post("/echo/", {"text": thai}, query_params={"q": thai})

    assert response.json() == {"get": {"q": thai}, "post": {"text": thai}}


def test_pages_of_signed_in_people_are_not_stored(client, django_user_model):
    user = django_user_model.objects.create(username="officer")
    assert not client.get("/who/").has_header("Cache-Control")

    client.force_login(user)

    assert client.get("/who/")["Cache-Control"] == "no-store, private"
    assert client.get("/own-cache/")["Cache-Control"] == "max-age=60"
    assert not client.get("/id/").has_header("Cache-Control")


def test_api_answers_its_own_refusals(rf):
    """Problems leaves them to the API's exception handler."""
    from portal.middleware import Problems

    request = rf.get("/api/v1/rounds/")
    request.user = AnonymousUser()

    assert Problems(lambda request: None).process_exception(request, Refused("no", code="no")) is None


def test_pages_are_compressed_and_answers_of_the_api_keep_their_tags(client):
    zipped = {"Accept-Encoding": "gzip"}

    page = client.get("/long/", headers=zipped)
    answer = client.get("/long/?format=json", headers=zipped)

    assert gzip.decompress(page.content).decode() == "ยาว" * 1000
    assert (answer.get("Content-Encoding"), answer["ETag"]) == (None, '"7"')
