"""The environment, read once and named once.

Values come from the process environment, then from `.env` beside `manage.py`.
"""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from dotenv import dotenv_values

BASE_DIR = Path(__file__).resolve().parent.parent
_FILE = dotenv_values(BASE_DIR / ".env")


def text(name, default=""):
    """The value of `name`, or `default` when it is unset or empty."""
    return os.environ.get(name) or _FILE.get(name) or default


def flag(name, default=False):
    """True for 1, true, yes and on, in any case."""
    value = text(name)
    return value.lower() in {"1", "true", "yes", "on"} if value else default


def number(name, default=0):
    """A whole number; anything else stops the start with the variable's name."""
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None


def words(name, default=""):
    """The comma-separated values of `name` as a list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def secret(name, *, kept_in=None):
    """A secret. Without one, `kept_in` (a path) keeps a fresh one for this machine; else the start stops."""
    value = text(name)
    if value:
        return value
    if kept_in is None:
        raise ImproperlyConfigured(f"{name} is required when PUBLIC_URL is set.")
    if not kept_in.exists():
        kept_in.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(kept_in, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return kept_in.read_text().strip()
