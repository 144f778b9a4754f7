"""The portal with the ceilings' guard off: what a sum read first and written later comes to. For the control only."""

from portal.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.race.unguarded_app"]  # noqa: F405
