"""The record speaks of everything in people's words."""

import re
from pathlib import Path

from sandboxes import amending
from sandboxes.lifecycle import LIFECYCLES
from sandboxes.record import SAID

VERB = re.compile(r"""["']((?:pilot|waiver|incident|endorsement)\.[a-z_]+)["']""")
NO_VERBS = {"waiver.pdf"}


def test_every_event_has_words():
    rooms = Path(amending.__file__).parent.rglob("*.py")
    code = "".join(path.read_text() for path in rooms if path.name not in {"exports.py", "record.py"})
    steps = {f"{name}.{step}" for name, lifecycle in LIFECYCLES.items() for step in lifecycle.steps}

    assert set(VERB.findall(code)) - steps - NO_VERBS == set(SAID)
