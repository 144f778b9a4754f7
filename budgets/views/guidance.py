"""What stands beside each section's form: what good answers have, and where people often slip."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from budgets.states import Section


@dataclass(frozen=True)
class Guidance:
    """`lead` says what the section is for, `tips` what helps."""

    lead: str
    tips: tuple = ()


GUIDANCE = {
    Section.SUMMARY: Guidance(
        _("What the project is called, which theme of the round it answers, and whom it serves."),
        (
            _("The theme decides the limits of the amount and which indicators are demanded."),
            _("A good title says what will be there and where, in one line."),
        ),
    ),
    Section.RATIONALE: Guidance(
        _("Why this project, here and now."),
        (
            _("Begin with the problem and its size in figures, with year and source."),
            _("Say what residents asked for, and when they were heard."),
            _("Say why this answer rather than another, and what happens without it."),
        ),
    ),
    Section.OBJECTIVES: Guidance(
        _("What will be better afterwards, and what will have been built or done."),
        (
            _("An objective is a change for people; a target is something that can be counted."),
            _("Leave rows empty that you do not need."),
        ),
    ),
    Section.PLAN: Guidance(
        _("Where the project stands in the local development plan."),
        (_("Page and item are as in the printed plan, so that the provincial office finds them at once."),),
    ),
    Section.ITEMS: Guidance(
        _("What is bought or done, at what price, and when."),
        (
            _("Each item needs evidence of its price: a price standard, the account of providers, or quotations."),
            _("Total and sums are worked out by the portal."),
        ),
    ),
    Section.FUNDING: Guidance(
        _("Who pays how much in which fiscal year."),
        (
            _("In every fiscal year, funding and items must come to the same amount."),
            _("Only the round's own channels, in its own fiscal year, count as requested."),
        ),
    ),
    Section.KPIS: Guidance(
        _("How everyone will see that it worked."),
        (
            _("A baseline is what was measured before, with its date."),
            _("What the theme demands is filled in already and must stay."),
        ),
    ),
    Section.UPKEEP: Guidance(
        _("What it costs to keep it running, and who pays."),
        (_("Count electricity, connections, licences, repairs and people, for one year."),),
    ),
    Section.PERSONAL_DATA: Guidance(
        _("Whether personal data are collected or used, and how they are protected (PDPA)."),
        (_("Cameras that can tell people or number plates apart process personal data."),),
    ),
    Section.RISKS: Guidance(
        _("What could go wrong, and what you will do about it. This section may stay empty."),
        (_("Two or three honest risks are worth more than a long list."),),
    ),
    Section.ATTACHMENTS: Guidance(
        _("The documents that the round asks for, and others that help."),
        (
            _("A replaced file is kept as an earlier version."),
            _("Black out telephone numbers and citizens' numbers that nobody needs."),
        ),
    ),
}
