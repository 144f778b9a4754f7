"""Diagrams and step tables of every lifecycle, drawn from the tables themselves into `docs/lifecycles.md`."""

from django.utils.translation import override

from portal.lifecycles import lifecycles
from portal.roles import Outsider, Role, roles_with

HEAD = """# Lifecycles

Drawn from the tables in each app's `lifecycle` room by `python manage.py draw_lifecycles`; a test holds this page to
them. A step whose end “the case says” has no arrow: the table below its diagram names it.
"""


def document():
    """The whole page, as Markdown with Mermaid diagrams."""
    with override("en"):
        return HEAD + "".join(_chapter(app, name, lifecycle) for app, name, lifecycle in lifecycles())


def _chapter(app, name, lifecycle):
    rows = "\n".join(_row(lifecycle, row) for row in lifecycle.rows)
    return f"""
## {name.capitalize()} ({app})

```mermaid
stateDiagram-v2
{_diagram(lifecycle)}
```

| step | from | to | who |
| --- | --- | --- | --- |
{rows}
"""


def _diagram(lifecycle):
    lines = [f"    [*] --> {lifecycle.start}"]
    for row in lifecycle.rows:
        if isinstance(row.target, str) or row.target is None:
            lines += [f"    {source} --> {row.target or source}: {row.name}" for source in _in_order(lifecycle, row)]
    lines += [f"    {state} --> [*]" for state in lifecycle.states if state in lifecycle.ends]
    return "\n".join(lines)


def _row(lifecycle, row):
    target = "as the case says" if callable(row.target) else row.target or "stays"
    roles = roles_with(row.permission)
    who = ", ".join(role for role in (*Role, *Outsider) if role in roles)
    return f"| `{row.name}` | {', '.join(_in_order(lifecycle, row))} | {target} | {who} |"


def _in_order(lifecycle, row):
    return [state.value for state in lifecycle.states if state in row.source]
