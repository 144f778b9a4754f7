"""What the provincial office looks at before a proposal goes to review, and who does it in its place."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from budgets.models import Proposal
from budgets.states import ProposalState, Section
from portal import access, clock
from portal.errors import Refused

OK, PROBLEM, NOT_APPLICABLE = "ok", "problem", "not_applicable"
ANSWERS = {
    OK: gettext_lazy("In order"),
    PROBLEM: gettext_lazy("To mend"),
    NOT_APPLICABLE: gettext_lazy("Does not apply"),
}
LONGEST_NOTE = 1000


@dataclass(frozen=True)
class Check:
    """A line of the screening checklist: what is asked, what to look at, and the section where it is mended."""

    code: str
    section: Section
    label: str
    hint: str


CHECKS = (
    Check(
        "eligible",
        Section.SUMMARY,
        gettext_lazy("The local government may apply in this round"),
        gettext_lazy("Kind, active today, and the project is within its powers and duties."),
    ),
    Check(
        "theme",
        Section.SUMMARY,
        gettext_lazy("The project answers the focus theme"),
        gettext_lazy("Objectives and targets fit the theme and its dimensions."),
    ),
    Check(
        "plan",
        Section.PLAN,
        gettext_lazy("It stands in the local development plan"),
        gettext_lazy("Page and item number are right, or the addition or change is under way with a date."),
    ),
    Check(
        "no_overlap",
        Section.RATIONALE,
        gettext_lazy("It does not repeat another project or source of money"),
        gettext_lazy("Compare with other proposals of this office, last year's allocations and other channels."),
    ),
    Check(
        "items",
        Section.ITEMS,
        gettext_lazy("The budget items are itemised and add up"),
        gettext_lazy("Quantities and units are clear; expenditure heads fit; no lump sums."),
    ),
    Check(
        "prices",
        Section.ITEMS,
        gettext_lazy("Each price has its evidence"),
        gettext_lazy("Standard with edition and page, or three quotations with a reason where there are fewer."),
    ),
    Check(
        "funding",
        Section.FUNDING,
        gettext_lazy("The sources of money are right"),
        gettext_lazy("Channels and fiscal years fit the round; the own contribution can be paid."),
    ),
    Check(
        "kpis",
        Section.KPIS,
        gettext_lazy("The indicators can be measured"),
        gettext_lazy("Baseline with its date, target and direction; the theme's indicators are there."),
    ),
    Check(
        "upkeep",
        Section.UPKEEP,
        gettext_lazy("Upkeep is paid for"),
        gettext_lazy("Yearly cost and source are credible after the warranty ends."),
    ),
    Check(
        "personal_data",
        Section.PERSONAL_DATA,
        gettext_lazy("Personal data are cared for"),
        gettext_lazy("Cameras and data of persons: purpose, keeping, safeguards, impact assessment where needed."),
    ),
    Check(
        "site",
        Section.ATTACHMENTS,
        gettext_lazy("The site may be used"),
        gettext_lazy("Permission of the owner of land, poles or buildings; map and photographs."),
    ),
    Check(
        "documents",
        Section.ATTACHMENTS,
        gettext_lazy("The documents are complete and readable"),
        gettext_lazy("Cover letter signed by the executive or by who acts in the post, with its order."),
    ),
)
CODES = frozenset(check.code for check in CHECKS)


def checklist(proposal):
    """The checklist with what is noted: dicts of `check`, `answer` and `note`."""
    noted = proposal.screening_checks
    return [
        {
            "check": check,
            "answer": noted.get(check.code, {}).get("answer", ""),
            "note": noted.get(check.code, {}).get("note", ""),
        }
        for check in CHECKS
    ]


def unanswered(proposal):
    """How many lines of the checklist have no answer yet."""
    return sum(not row["answer"] for row in checklist(proposal))


def answers_wanted(left):
    """What to say while `left` lines have no answer."""
    words = ngettext(
        "%(left)s line of the checklist has no answer yet. Answer it first.",
        "%(left)s lines of the checklist have no answer yet. Answer them first.",
        left,
    )
    return words % {"left": left}


def problems(proposal):
    """The lines of the checklist marked to mend."""
    return [row for row in checklist(proposal) if row["answer"] == PROBLEM]


def suggested_reasons(proposal):
    """What the checklist already says about each section, as reasons to begin a return with: `{section: text}`."""
    found = {}
    for row in problems(proposal):
        line = f"{row['check'].label}: {row['note']}" if row["note"] else str(row["check"].label)
        found[row["check"].section] = "\n".join(filter(None, [found.get(row["check"].section), line]))
    return found


def save_checks(proposal, noted, *, by, version=None):
    """The fresh proposal with `noted`, `{code: {"answer", "note"}}`, kept on its checklist.

    For the office that screens the case, while it does. Raises PermissionDenied, or Refused `wrong_state`,
    `wrong_check` or `lost_race`.
    """
    with transaction.atomic():
        fresh = Proposal.objects.select_related("round", "local_government").get(pk=proposal.pk)
        if access.capacity(by, "budgets.screen_proposal", fresh) is None:
            raise PermissionDenied(_("Only the office that screens this case keeps its checklist."))
        if fresh.state != ProposalState.IN_SCREENING:
            raise Refused(
                _("The checklist is kept while a case is being screened; this one is “%(state)s”.")
                % {"state": fresh.get_state_display()},
                code="wrong_state",
                state=fresh.state,
            )
        if not all(code in CODES and row["answer"] in {"", *ANSWERS} for code, row in noted.items()):
            raise Refused(_("This is not a line of the checklist."), code="wrong_check", state=fresh.state)
        kept = {**fresh.screening_checks, **{code: _tidy(row) for code, row in noted.items()}}
        if kept == fresh.screening_checks:
            return fresh
        held = Proposal.objects.filter(pk=fresh.pk, version=fresh.version if version is None else version)
        if not held.update(version=F("version") + 1):
            raise Refused(_("Someone else of your office has changed this checklist."), code="lost_race")
        fresh.version = fresh.version + 1
        fresh.screening_checks, fresh.changed_at = kept, clock.now()
        fresh.save(update_fields=["screening_checks", "changed_at"])
    return fresh


def _tidy(row):
    return {"answer": row["answer"], "note": row.get("note", "").strip()[:LONGEST_NOTE]}


def stands_in(user, proposal):
    """True when `user` screens the case in the place of the provincial office (แทน สถจ.)."""
    own = any(m.province_id == proposal.local_government.province_id for m in access.memberships(user) if m.province_id)
    return not own and user.has_perm("budgets.screen_proposal", proposal)
