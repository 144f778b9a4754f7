"""Saving a section as it was typed, and what happens when two people type in it at once.

Each unit of a section (a field, a list of rows, an item) is compared with what it said when the person's page was
drawn (`base`, by unit). Only units that the person changed are written. Where someone else has changed the same
unit meanwhile, nothing is written and `Clash` carries both sides.
"""

from dataclasses import dataclass, field
from functools import cached_property

from django.db import transaction
from django.utils.translation import gettext as _

from budgets.forms.sections import FORMS, MOST_ROWS, PASTED, digest, next_position, unit_of
from budgets.models import Proposal, ProposalItem
from budgets.states import Section
from budgets.writing.drafting import editing, keep_as_typed, refuse_unless_open
from portal.errors import Refused

WHOLE = ("round", "theme", "local_government__province", "local_government__district")


@dataclass(frozen=True)
class Difference:
    """One unit that two people changed: its name, and what each wrote."""

    unit: str
    label: str
    mine: str
    theirs: str
    base: str


class Clash(Exception):
    """Someone else has changed the same units of the section meanwhile."""

    def __init__(self, differences):
        super().__init__(_("Someone else has changed this too."))
        self.differences = differences


@dataclass
class Kept:
    """A section as it is kept: its version, the words kept as typed, and who wrote last."""

    proposal: Proposal
    section: str
    version: int = 0
    typed: dict = field(default_factory=dict)
    edited_by: object = None
    edited_at: object = None

    @cached_property
    def form(self):
        return FORMS[self.section].present(self.proposal, self.typed)

    @cached_property
    def units(self):
        return self.form.units()

    @property
    def base(self):
        """A short name of what each unit says, by unit."""
        return {unit: digest(said) for unit, said in self.units.items()}

    def page(self, **kwargs):
        """The form as its page shows it."""
        return FORMS[self.section].page(self.proposal, self.typed, **kwargs)


def kept(proposal, section):
    """The `Kept` state of a section, read anew."""
    proposal = Proposal.objects.select_related(*WHOLE).get(pk=proposal.pk)
    draft = proposal.section_drafts.select_related("edited_by").filter(section=section).first()
    if draft is None:
        return Kept(proposal, section)
    return Kept(proposal, section, draft.version, draft.typed, draft.edited_by, draft.edited_at)


def save(proposal, section, words, *, by, version=None, base=None):
    """Write what `words` (`{html name: [texts]}`) change in a section; the units written, as a set.

    `version` is the section's when the page was drawn, `base` what its units said then; without both, everything
    is written. Raises Clash, Refused or PermissionDenied; then nothing is written.
    """
    refuse_unless_open(proposal, [section])
    before = kept(proposal, section)
    if not _to_write(before, words, version=version, base=base):
        return set()
    with transaction.atomic(), editing(proposal, section, by=by) as draft:
        now = kept(proposal, section)
        units = _to_write(now, words, version=version, base=base)
        form = FORMS[section](draft, words)
        typed = form.write(draft, units)
        rest = {name: texts for name, texts in now.typed.items() if unit_of(name) not in units}
        keep_as_typed(draft, section, rest | typed)
    return units


def _to_write(now, words, *, version, base):
    mine = FORMS[now.section](now.proposal, words)
    changed, clashing = _sorted_out(now, mine, version=version, base=base)
    if clashing:
        raise Clash(_told(now, mine, clashing))
    return changed


def _sorted_out(now, mine, *, version, base):
    """The units that `mine` changes, and those of them that someone else has changed too."""
    said = mine.units()
    changed = {unit for unit, words in said.items() if words != now.units.get(unit)}
    if base is None:
        return changed, changed if version is not None and version != now.version else set()
    changed = {unit for unit in changed if digest(said[unit]) != base.get(unit)}
    return changed, {unit for unit in changed if now.base.get(unit) != base.get(unit)}


def _told(now, mine, clashing):
    return [
        Difference(unit, str(mine.label(unit)), mine.speak(unit), now.form.speak(unit), now.base.get(unit, ""))
        for unit in mine.units()
        if unit in clashing
    ]


def differences(now, words, *, base):
    """What `words` and the section as it is `now` say differently, both having been changed since `base`."""
    mine = FORMS[now.section](now.proposal, words)
    changed, clashing = _sorted_out(now, mine, version=None, base=base)
    return _told(now, mine, changed if base is None else clashing)


def base_after(proposal, section, words, base):
    """What the person's page is to be compared with from now on: units that are as the page says, by their present
    name; the others as before, so that somebody else's change of them is not overwritten by what the page still shows.
    """
    now = kept(proposal, section)
    said = FORMS[section](now.proposal, words).units()
    return {**base, **{unit: now.base[unit] for unit in said if said[unit] == now.units.get(unit)}}, now.version


def base_for(words, proposal, section, base, choices):
    """The base with which the choices of a difference page are saved: `choices` is `{unit: (side, base shown)}`."""
    said = FORMS[section](kept(proposal, section).proposal, words).units()
    chosen = {
        unit: shown if side == "mine" else digest(said[unit]) for unit, (side, shown) in choices.items() if unit in said
    }
    return {**(base or {}), **chosen}


# Items


def add_item(proposal, *, by):
    """A new empty item at the end."""
    with editing(proposal, Section.ITEMS, by=by) as draft:
        items = list(draft.items.all())
        _refuse_too_many(draft, len(items) + 1)
        return ProposalItem.objects.create(proposal=draft, position=next_position(items))


def remove_item(proposal, item, *, by):
    """Take an item out, with its quotations."""
    with editing(proposal, Section.ITEMS, by=by) as draft:
        gone = {f"items-{item.pk}", f"evidence-{item.pk}"}
        now = kept(proposal, Section.ITEMS)
        item.delete()
        keep_as_typed(draft, Section.ITEMS, {n: t for n, t in now.typed.items() if unit_of(n) not in gone})


def paste_items(proposal, rows, *, by):
    """Add an item for each of `rows` (dicts of texts as pasted); what does not fit is kept as typed."""
    with transaction.atomic(), editing(proposal, Section.ITEMS, by=by) as draft:
        items = list(draft.items.all())
        _refuse_too_many(draft, len(items) + len(rows))
        now = kept(proposal, Section.ITEMS)
        first = next_position(items)
        made = [ProposalItem.objects.create(proposal=draft, position=first + i) for i in range(len(rows))]
        words = {
            f"items-{item.pk}-{name}": [row.get(name, "")]
            for item, row in zip(made, rows, strict=True)
            for name in PASTED
        }
        form = FORMS[Section.ITEMS](Proposal.objects.get(pk=draft.pk), words)
        typed = form.write(draft, {f"items-{item.pk}" for item in made})
        keep_as_typed(draft, Section.ITEMS, now.typed | typed)
    return made


def _refuse_too_many(proposal, count):
    if count > MOST_ROWS:
        text = _("A proposal has at most %(most)s items. Join small ones.") % {"most": MOST_ROWS}
        raise Refused(text, code="too_many_items", state=proposal.state)
