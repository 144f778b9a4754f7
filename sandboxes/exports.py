"""Which columns the sandbox's lists have as files."""

from django.utils.translation import gettext_lazy as _

from portal.exports import Column
from sandboxes.states import Remedy

PILOTS = (
    Column(_("Number"), "number", "code"),
    Column(_("Title"), "title_th"),
    Column(_("State"), lambda pilot: pilot.state_now.label),
    Column(_("Local government"), "local_government.name_th"),
    Column(_("Province"), "local_government.province.name_th"),
    Column(_("Dimension"), lambda pilot: pilot.get_dimension_display()),
    Column(_("Technology"), lambda pilot: pilot.get_technology_display()),
    Column(_("First day"), "starts_on", "date"),
    Column(_("Last day"), "ends_on", "date"),
    Column(_("What was relaxed"), lambda pilot: relaxed_text(pilot)),
    Column(_("What came of it"), lambda pilot: outcome_text(pilot)),
)
ISSUES = (
    Column(_("Law or regulation"), "law"),
    Column(_("Section or article"), "provision"),
    Column(_("Whose rule it is"), "authority.name_th"),
    Column(_("How it stands in the way"), "obstacle"),
    Column(_("What removes it"), lambda issue: Remedy(issue.remedy).label if issue.remedy else ""),
    Column(_("Pilot"), "pilot.number", "code"),
    Column(_("Local government"), "pilot.local_government.name_th"),
    Column(_("Waivers in force"), lambda issue: waivers_now(issue, "in_force"), "number"),
    Column(_("Waivers refused"), lambda issue: waivers_now(issue, "refused"), "number"),
    Column(_("Raised at"), "raised_at", "moment"),
)
STATISTICS = (
    Column(_("Law or regulation"), lambda row: row["law"]),
    Column(_("Whose rule it is"), lambda row: row["authority"]),
    Column(_("Issues"), lambda row: row["issues"], "number"),
    Column(_("Pilots"), lambda row: row["pilots"], "number"),
    Column(_("Waivers granted"), lambda row: row["granted"], "number"),
    Column(_("Waivers refused"), lambda row: row["refused"], "number"),
    Column(_("Waiting for the authority"), lambda row: row["waiting"], "number"),
    Column(_("Days until the answer"), lambda row: row["days"], "number"),
)


def waivers_now(issue, state):
    return sum(one.state_now == state for one in issue.waivers.all())


def relaxed_text(pilot):
    from sandboxes import public

    return "; ".join(
        f"{row['law']} ({row['authority']}, {row['instrument_no']}, – {row['valid_until']})"
        for row in public.relaxed(pilot)
    )


def outcome_text(pilot):
    from sandboxes import public

    return public.of(pilot)["exit_summary"]
