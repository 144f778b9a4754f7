"""Redis goes away, frozen or killed: people go on working."""

import os
import signal
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

import pytest

from portal import cache as portal_cache
from tests.services import migrated, redis_server
from tests.services.portal import environment, manage, served


@pytest.fixture
def redis():
    """(URL, process) of a Redis of our own."""
    if not redis_server.available():
        pytest.skip("no Redis")
    portal_cache.RedisOrMemory.away_until = 0
    with redis_server.private() as found:
        yield found
        found[1].send_signal(signal.SIGCONT)
    portal_cache.RedisOrMemory.away_until = 0


@pytest.fixture
def cache(redis):
    url, _ = redis
    cache = portal_cache.RedisOrMemory(url, {"OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1}})
    yield cache
    cache.memory.clear()


@pytest.mark.parametrize("fault", [signal.SIGSTOP, signal.SIGKILL])
def test_limits_are_counted_in_memory_while_redis_is_away(cache, redis, fault):
    cache.set("before", 1)
    os.kill(redis[1].pid, fault)
    begun = time.monotonic()

    assert cache.get("before") is None
    assert [cache.add("tries", 1, 60), cache.add("tries", 1, 60), cache.incr("tries"), cache.get("tries")] == [
        *(True, False),
        *(2, 2),
    ]

    assert time.monotonic() - begun < 3


def test_redis_is_asked_again_once_it_is_back(cache, redis, monkeypatch):
    monkeypatch.setattr(portal_cache, "REST", 0.2)
    cache.set("kept", "in redis")
    os.kill(redis[1].pid, signal.SIGSTOP)
    assert cache.get("kept") is None

    os.kill(redis[1].pid, signal.SIGCONT)
    time.sleep(0.3)

    assert cache.get("kept") == "in redis"


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    """The folder of a prepared portal, in which somsri has an account."""
    var = tmp_path_factory.mktemp("portal")
    env = environment(var)
    manage(env, "prepare", "--static")
    migrated.put_into(var)
    manage(
        env,
        "shell",
        "-c",
        "from portal.models import User; User.objects.create_user('somsri', password='a-long-one-1')",
    )
    return var


@pytest.mark.parametrize("fault", [signal.SIGSTOP, signal.SIGKILL])
def test_people_sign_in_and_readiness_holds_while_redis_is_away(redis, var, fault):
    url, process = redis
    with served(environment(var, REDIS_URL=url), timers=False) as portal:
        os.kill(process.pid, fault)
        begun = time.monotonic()

        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar := CookieJar()))
        assert browser.open(f"{portal.url}/account/login/", timeout=20).status == 200
        token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
        form = {"login": "somsri", "password": "a-long-one-1", "csrfmiddlewaretoken": token}
        answer = browser.open(f"{portal.url}/account/login/", urllib.parse.urlencode(form).encode(), timeout=20)

        assert (answer.status, urllib.parse.urlsplit(answer.url).path) == (200, "/")
        assert "sessionid" in {cookie.name for cookie in jar}
        assert portal.answers("/readyz")
        assert time.monotonic() - begun < 20
