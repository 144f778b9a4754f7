"""The lifecycles of the sandbox: three tables, read like the regulation they come from."""

from sandboxes.lifecycle.incident import INCIDENT
from sandboxes.lifecycle.pilot import PILOT
from sandboxes.lifecycle.waiver import WAIVER

LIFECYCLES = {"pilot": PILOT, "waiver": WAIVER, "incident": INCIDENT}

__all__ = ["INCIDENT", "LIFECYCLES", "PILOT", "WAIVER"]
