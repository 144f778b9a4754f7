"""The browser for tests: CHROMIUM, or a well-known binary."""

import os

from tests.services.processes import Missing, program

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]


def available():
    """Whether a browser can be had."""
    return bool(os.environ.get("CHROMIUM") or program(*NAMES))


def launch_options():
    """Playwright's arguments for starting the browser. Raises Missing where there is none."""
    binary = os.environ.get("CHROMIUM") or program(*NAMES)
    if binary is None:
        raise Missing("Chromium (set CHROMIUM, or install chromium)")
    return {"executable_path": binary, "args": ["--no-sandbox"] if os.getuid() == 0 else []}
