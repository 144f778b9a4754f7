"""The portal's settings for tests: fast hasher, memory for cache and mail, eager tasks, plain static files.

TEST_DATABASE_URL names the server for a PostgreSQL run; without it SQLite is used, in memory.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from portal import env

VAR = Path(tempfile.mkdtemp(prefix="portal-tests-"))
atexit.register(shutil.rmtree, VAR, ignore_errors=True)
env._FILE.clear()
os.environ.update(
    PUBLIC_URL="",
    DEMO="0",
    DEBUG="0",
    SECRET_KEY="only-for-tests-" + "x" * 40,
    REDIS_URL="",
    EMAIL_URL="",
    S3_BUCKET="",
)
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{VAR}/portal.sqlite3"

from portal.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_AUTOREFRESH = True
VAR_DIR = VAR
KEYS_DIR = VAR / "keys"
SEALS_DIR = VAR / "seals"
STATIC_ROOT = VAR / "static"
MEDIA_ROOT = VAR / "media"
