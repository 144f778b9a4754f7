"""docker-compose.yml, with its own commands and environment, on the services of this machine instead of containers."""

import os
import re
import shlex
import socket
import subprocess
import urllib.error
import urllib.request
from contextlib import ExitStack

import psycopg2
import pytest
import yaml

from tests.services import mail, postgres
from tests.services.portal import environment
from tests.services.processes import BIN, ROOT, free_port, stop, wait_until

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def test_files_and_signing_keys_outlive_their_containers():
    for name in ("web", "worker", "beat", "migrate"):
        mounted = {volume.partition(":")[2] for volume in COMPOSE[name]["volumes"]}
        assert mounted == {"/app/var/media", "/app/var/keys"}, name


OURS = ["migrate", "web", "worker", "beat"]
SECRETS = {"PUBLIC_URL": "https://portal.example.go.th", "SECRET_KEY": "c" * 50, "POSTGRES_PASSWORD": "only-here"}


def filled(text):
    """`text` with compose's `${NAME…}` filled in and `$$` made `$`."""
    return re.sub(r"\$\{(\w+)[^}]*\}", lambda found: SECRETS[found[1]], str(text)).replace("$$", "$")


class Stack:
    """The services of the file as processes."""

    def __init__(self, var, *, database_url, redis_url, email_url):
        self.port = free_port()
        self.replaced = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "PORT": self.port, "VAR_DIR": var}
        self.replaced |= {"EMAIL_URL": email_url, "HOST": "127.0.0.1", "HOSTNAME": socket.gethostname()}
        self.var = var
        self.schedule = var / "beat"

    def env(self, name):
        given = {key: filled(value) for key, value in COMPOSE[name]["environment"].items()}
        env = environment(self.var, **{**given, **self.replaced})
        del env["DEMO"]
        return env | {"PATH": f"{BIN}{os.pathsep}{env['PATH']}"}

    def local(self, text):
        return text.replace("8000", str(self.port)).replace("/tmp/beat", str(self.schedule))

    def start(self, name):
        return subprocess.Popen(shlex.split(self.local(COMPOSE[name]["command"])), cwd=ROOT, env=self.env(name))

    def is_healthy(self, name):
        """Whether the service's own health check says so."""
        kind, *words = [self.local(filled(word)) for word in COMPOSE[name]["healthcheck"]["test"]]
        command = ["sh", "-c", *words] if kind == "CMD-SHELL" else words
        return subprocess.run(command, cwd=ROOT, env=self.env(name), capture_output=True).returncode == 0


@pytest.fixture(scope="module")
def composed(postgres_server, redis_url, tmp_path_factory):
    """(stack, processes by service, mail server) with everything up."""
    var = tmp_path_factory.mktemp("compose")
    with ExitStack() as closing:
        url = closing.enter_context(postgres.database(postgres_server, "composed"))
        sink = closing.enter_context(mail.server())
        stack = Stack(var, database_url=url, redis_url=redis_url, email_url=sink.url)
        assert stack.start("migrate").wait(300) == 0
        processes = {}
        for name in ["web", "worker", "beat"]:
            processes[name] = stack.start(name)
            closing.callback(stop, processes[name])
        yield stack, processes, sink


def execute(stack, statement, *values):
    connection = psycopg2.connect(stack.replaced["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_service_gets_healthy(composed, name):
    stack, processes, _ = composed

    wait_until(lambda: stack.is_healthy(name), seconds=60, process=processes[name], what=name)


def test_places_are_loaded(composed):
    stack, *_ = composed

    assert execute(stack, "SELECT count(*) FROM portal_province") == [(77,)]


def test_web_answers_strangers_over_http_with_https(composed):
    stack, *_ = composed
    asked = urllib.request.Request(f"http://127.0.0.1:{stack.port}/", headers={"Host": "portal.example.go.th"})

    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.build_opener(StayHere).open(asked)

    assert (answer.value.code, answer.value.headers["Location"]) == (301, "https://portal.example.go.th/")


def test_web_refuses_other_hosts(composed):
    stack, *_ = composed
    told = {"Host": "evil.example", "X-Forwarded-Proto": "https"}

    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{stack.port}/", headers=told))

    assert answer.value.code == 400


def test_web_is_locked_down_behind_its_proxy(composed):
    stack, *_ = composed
    told = {"Host": "portal.example.go.th", "X-Forwarded-Proto": "https"}

    with urllib.request.urlopen(
        urllib.request.Request(f"http://127.0.0.1:{stack.port}/account/login/", headers=told)
    ) as page:
        headers, text = page.headers, page.read().decode()

    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert headers["Set-Cookie"].startswith("__Host-csrf=")
    assert "Secure" in headers["Set-Cookie"]
    assert "portal-demo" not in text


def test_a_notice_is_mailed_by_beat_and_worker(composed):
    stack, _, sink = composed
    letter = {
        "message_id": "0f8fad5b-d9cb-469f-a165-70867728950e",
        "kind": "test",
        "subject": "ประกาศผล",
        "body": "ผ่าน",
    }
    letter |= {"url": "", "is_secret": False, "case_type": "", "email": "officer@example.go.th", "language": "th"}
    letter |= {"attempts": 0, "last_error": ""}
    columns, values = ", ".join(letter), ", ".join(["%s"] * len(letter))

    execute(
        stack,
        f"INSERT INTO portal_notice ({columns}, created_at, next_try_at) VALUES ({values}, now(), now())",
        *letter.values(),
    )

    [arrived] = wait_until(lambda: list(sink.letters), seconds=40, what="the letter")
    assert (arrived["Subject"], arrived["To"]) == ("ประกาศผล", "officer@example.go.th")
    assert letter["message_id"] in arrived["Message-ID"]
    wait_until(lambda: execute(stack, "SELECT 1 FROM portal_notice WHERE sent_at IS NOT NULL"), what="the record")


def test_timers_beat_through_the_worker(composed):
    stack, *_ = composed

    wait_until(
        lambda: execute(stack, "SELECT 1 FROM portal_heartbeat WHERE name = 'timers'"), seconds=60, what="the timers"
    )


@pytest.mark.parametrize("name", OURS)
def test_services_run_without_privileges(name):
    service = COMPOSE[name]

    assert service["cap_drop"] == ["ALL"]
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")


def test_dockerfile_ends_as_an_ordinary_user():
    stages = re.split(r"^FROM ", (ROOT / "Dockerfile").read_text(), flags=re.M)[1:]

    assert len(stages) == 2
    assert re.findall(r"^USER (\w+)$", stages[-1], re.M) == ["portal"]


class StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs):
        return None
