"""The worked round and course of docs/api.md, run as they stand there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from budgets.reference import load_reference_data
from portal.models import ApiToken
from portal.roles import Role
from tests.factories.people import person
from tests.factories.places import local_government, province

GUIDE = Path(settings.BASE_DIR) / "docs" / "api.md"
TOKEN = "token() { .venv/bin/python manage.py create_token"
SAID = [
    "open", "3", "1000000.00", "true", "P2571-", "=", "in_review", "80.00", "80.00", "80.00", "in_review",
    "deliberating", "1", "900000.00", "850000.00", "accepted", "completed", "800000.00",
    "open", "2", "100.0", "1", "passed", "valid",
]  # fmt: skip


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="curl and bash run the guide")
def test_the_guide_leads_a_round_from_plan_to_accepted_report(live_server):
    load_reference_data()
    tokens = the_demos_people()
    blocks = re.findall(r"```bash\n(.*?)```", GUIDE.read_text(), flags=re.DOTALL)
    script = "\n".join(blocks).replace(".venv/bin/python -c", f"{sys.executable} -c")
    assert TOKEN in script
    script = script.replace(TOKEN, 'token() { printenv "TOKEN_$1"; return; echo')

    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env={"PATH": os.environ["PATH"], "API": f"{live_server.url}/api/v1", **tokens},
        capture_output=True,
        text=True,
        timeout=180,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    said = run.stdout.split()
    hashes = [word for word in said if re.fullmatch(r"[0-9a-f]{64}", word)]
    assert len(hashes) == 2 and hashes[0] == hashes[1]
    rest = [word for word in said if word not in hashes]
    wanted = [word for word in SAID if word != "="]
    assert [word if not word.startswith("P2571-") else "P2571-" for word in rest] == wanted


def the_demos_people():
    """The people whom the guide names, as `TOKEN_{user name}` with their tokens."""
    place = local_government(province=province(code="81"))
    for home in ("12", "40"):
        province(code=home)
    posts = {
        Role.LOCAL_OFFICER: place,
        Role.LOCAL_CLERK: place,
        Role.LOCAL_EXECUTIVE: place,
        Role.PROVINCIAL_OFFICER: place.province,
        Role.PROGRAMME_MANAGER: None,
        Role.COMMITTEE_SECRETARY: None,
        Role.COMMITTEE_CHAIR: None,
        Role.DLA_OFFICER: None,
        Role.TRAINING_OFFICER: None,
    }
    people = [person(role, at=at, username=role.value) for role, at in posts.items()]
    people += [person(Role.DEPA_REVIEWER, username=f"depa_reviewer_{number}") for number in (1, 2)]
    return {f"TOKEN_{one.username}": ApiToken.make(user=one, name="guide", can_write=True)[1] for one in people}
