"""The settings as a process meets them: each case is a fresh interpreter with its own environment."""

import json
import subprocess
import sys

import pytest

from tests.services.portal import environment
from tests.services.processes import ROOT

PUBLIC = {"PUBLIC_URL": "https://portal.example.go.th", "SECRET_KEY": "s" * 50}
SHOW = """
import json, portal.settings as s
print(json.dumps({k: getattr(s, k) for k in dir(s) if k.isupper()}, default=lambda value: None))
"""


def read(var, **env):
    """The settings under `env`, or the error that stopped the start."""
    command = [sys.executable, "-c", SHOW]
    clean = {k: v for k, v in environment(var).items() if k not in {"SECRET_KEY", "DEMO"}}
    done = subprocess.run(command, cwd=ROOT, env=clean | env, capture_output=True, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


@pytest.fixture(autouse=True)
def without_env_file():
    if (ROOT / ".env").exists():
        pytest.skip("a .env of this machine would answer instead")


def test_public_settings_keep_the_floor(tmp_path):
    settings = read(tmp_path, **PUBLIC)

    expected = {
        "DEBUG": False,
        "DEMO": False,
        "ALLOWED_HOSTS": ["portal.example.go.th"],
        "CSRF_TRUSTED_ORIGINS": ["https://portal.example.go.th"],
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
        "SECURE_PROXY_SSL_HEADER": ["HTTP_X_FORWARDED_PROTO", "https"],
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SESSION_COOKIE_NAME": "__Host-session",
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "CSRF_COOKIE_SECURE": True,
        "CSRF_COOKIE_SAMESITE": "Lax",
        "X_FRAME_OPTIONS": "DENY",
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 2_621_440,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 1000,
        "NUM_PROXIES": 1,
        "ALLAUTH_TRUSTED_PROXY_COUNT": 1,
        "CELERY_TASK_SERIALIZER": "json",
        "CELERY_ACCEPT_CONTENT": ["json"],
        "USE_TZ": True,
        "TIME_ZONE": "Asia/Bangkok",
    }
    assert {name: settings[name] for name in expected} == expected


def test_public_api_denies_by_default_and_is_throttled(tmp_path):
    rest = read(tmp_path, **PUBLIC)["REST_FRAMEWORK"]

    assert rest["DEFAULT_PERMISSION_CLASSES"] == ["rest_framework.permissions.IsAuthenticated"]
    assert rest["DEFAULT_RENDERER_CLASSES"] == ["portal.api.renderers.JSONRenderer"]
    assert rest["NUM_PROXIES"] == 1
    assert len(rest["DEFAULT_THROTTLE_CLASSES"]) == 2


def test_public_without_proxy_trusts_no_header(tmp_path):
    settings = read(tmp_path, **PUBLIC, NUM_PROXIES="0")

    assert settings["NUM_PROXIES"] == 0
    assert "SECURE_PROXY_SSL_HEADER" not in settings


@pytest.mark.parametrize(
    "env, says",
    [
        ({"PUBLIC_URL": "https://portal.example.go.th"}, "SECRET_KEY is required when PUBLIC_URL is set."),
        ({**PUBLIC, "PUBLIC_URL": "http://portal.example.go.th"}, "PUBLIC_URL must begin with https://."),
        ({**PUBLIC, "DEMO": "1"}, "DEMO and DEBUG are refused when PUBLIC_URL is set."),
        ({**PUBLIC, "DEBUG": "1"}, "DEMO and DEBUG are refused when PUBLIC_URL is set."),
        ({"PORT": "eighty"}, "PORT must be a whole number, not 'eighty'."),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL must begin with postgresql:// or sqlite:///."),
    ],
)
def test_wrong_environment_stops_the_start(tmp_path, env, says):
    assert read(tmp_path, **env) == f"django.core.exceptions.ImproperlyConfigured: {says}"


def test_loopback_makes_its_own_secret_once(tmp_path):
    first, second = read(tmp_path), read(tmp_path)

    kept = tmp_path / "secret_key"
    assert first["SECRET_KEY"] == second["SECRET_KEY"] == kept.read_text()
    assert len(first["SECRET_KEY"]) >= 50
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "SECURE_SSL_REDIRECT" not in first
    assert first["NUM_PROXIES"] == 0


def test_former_secrets_still_verify(tmp_path):
    assert read(tmp_path, **PUBLIC, SECRET_KEY_FALLBACKS="old, older")["SECRET_KEY_FALLBACKS"] == ["old", "older"]


def test_sqlite_takes_the_write_lock_at_once_and_waits(tmp_path):
    database = read(tmp_path)["DATABASES"]["default"]

    assert database["ENGINE"] == "django.db.backends.sqlite3"
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert database["OPTIONS"]["timeout"] == 20
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]
    assert "secure_delete=ON" in database["OPTIONS"]["init_command"]
    assert "ATOMIC_REQUESTS" not in database


def test_postgresql_keeps_connections_and_suits_a_pool_in_between(tmp_path):
    database = read(tmp_path, DATABASE_URL="postgresql://me:p%40ss@db.example:6432/portal?sslmode=require")["DATABASES"]

    assert database["default"] == {
        "ENGINE": "portal.postgresql",
        "NAME": "portal",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "6432",
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {"sslmode": "require"},
    }
