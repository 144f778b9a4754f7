"""What the record tells auditors: in words, whatever the code writes."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import reverse

from portal import registry
from portal.lifecycles import lifecycles
from portal.models import Event
from portal.roles import Role
from tests.factories.people import person

APPS = ("portal", "budgets", "providers", "sandboxes", "training")
# who hand a verb on to `record`, and where it stands
WRITERS = {"changing": 1, "_write_down": 0, "_note": "verb", "editing": "verb", "move": "verb"}
COMPOSED = {
    ("budgets", "f'{kind}.enter'"): {"commitment.enter", "disbursement.enter"},
    ("budgets", "f'{entry.kind}.reverse'"): {"commitment.reverse", "disbursement.reverse"},
    ("budgets", "f'assignment.{state}'"): {"assignment.declined", "assignment.released", "assignment.conflicted"},
    ("budgets", "f'proposal.{verb}'"): {"proposal.transfer_out", "proposal.transfer_in"},
    ("portal", "MARK"): {"demo.seed"},
    ("training", "READ"): {"personal data read"},
}
HANDED_ON = {"verb", "f'{verb}_stays'", "f'{self.name}.{name}'"}


def verbs_of(app):
    """Every verb that the code of `app` writes, apart from the steps that lifecycles write."""
    found = set()
    for path in Path(apps.get_app_config(app).path).rglob("*.py"):
        tree = ast.parse(path.read_text())
        imports = [one for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for one in node.names]
        recorders = {one.asname or one.name for one in imports if one.name == "record"} or {"record"}
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if name in recorders and isinstance(call.func, ast.Name):
                said = [call.args[0]]
            elif isinstance(at := WRITERS.get(name), int):
                said = call.args[at : at + 1]
            else:
                said = [one.value for one in call.keywords if name in WRITERS and one.arg == "verb"]
            for node in said:
                words = {one.value for one in ast.walk(node) if isinstance(one, ast.Constant)}
                if isinstance(node, ast.Constant | ast.IfExp):
                    found |= {word for word in words if isinstance(word, str)}
                elif (source := ast.unparse(node)) not in HANDED_ON:
                    found |= COMPOSED[app, source]
                if name == "move":
                    found |= {f"{word}_stays" for word in words}
    return found


@pytest.mark.parametrize("app", APPS)
def test_every_event_that_the_code_writes_has_words_and_no_words_are_left_over(app):
    steps = {f"{one.name}.{step}" for label, _name, one in lifecycles() if label == app for step in one.steps}

    assert sorted(verbs_of(app) - steps - set(registry.VERBS[app])) == []
    assert sorted(set(registry.VERBS[app]) - verbs_of(app) - {"pilot.change"}) == []


@pytest.mark.django_db
def test_auditor_sees_who_took_which_list_and_who_read_what_is_personal(client):
    dla, auditor = person(Role.DLA_OFFICER), person(Role.AUDITOR)
    client.force_login(dla)
    taken = client.get(reverse("local-governments"), {"kind": "pao", "format": "csv"})
    rows = len(b"".join(taken.streaming_content).splitlines()) - 1
    client.force_login(auditor)

    shown = client.get(reverse("audit-taken"))
    [one] = shown.context["rows"]
    file = client.get(reverse("audit-taken"), {"format": "csv"})
    said = b"".join(file.streaming_content).decode()
    personal = client.get(reverse("audit-taken"), {"show": "personal"})
    client.force_login(dla)

    assert (one.event.actor, one.rows, one.address) == (dla, rows, "/local-governments/?kind=pao")
    assert (one.what, one.chosen) == ("องค์กรปกครองส่วนท้องถิ่น", "ประเภท: องค์การบริหารส่วนจังหวัด")
    assert f",{dla.username},,องค์กรปกครองส่วนท้องถิ่น,ประเภท: องค์การบริหารส่วนจังหวัด,{rows}," in said
    assert personal.context["rows"] == [] and Event.objects.filter(verb="list.exported").count() == 2
    assert client.get(reverse("audit-taken")).status_code == 403
