"""The portal's settings with the plain views beside it, and limits that count but do not stop the measuring."""

from portal.settings import *  # noqa: F403

ROOT_URLCONF = "bench.plain.urls"
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"anonymous": "100000000/min", "person": "100000000/min"}}  # noqa: F405
