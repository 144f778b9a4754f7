"""A page of an application as it is written: what it shows, what a person changed on it, and what two wrote at once.

A sheet is one section without rows, one row, or the prices of all products. Its units are the rows that it writes, by
key; each holds answers by field name. What does not fit is kept as it was typed.
"""

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.datastructures import MultiValueDict

from portal.errors import Refused
from portal.fields import BahtFormField, ThaiDateField, ThaiIntegerField
from providers.applying import answers, drafting
from providers.applying.wording import said, shown
from providers.models import Application, Entry
from providers.states import Section

WHOLE = "section"
TRIES = 5
REPHRASED = (BahtFormField, ThaiDateField, ThaiIntegerField)


@dataclass
class Clash(Exception):
    """Somebody else changed meanwhile what this person changed too: `{unit: [field]}`."""

    fields: dict


@dataclass
class Sheet:
    """What one page writes. `entry` is given for the page of one row."""

    application: Application
    section: str
    entry: Entry | None = None
    rows: dict[str, Any] = field(init=False)

    def __post_init__(self):
        match self.section, self.entry:
            case Section.COMPANY | Section.ATTESTATIONS, None:
                self.rows = {WHOLE: None}
            case Section.PRICES, None:
                prices = self.application.entries.filter(section=Section.PRICES).select_related("price")
                self.rows = {f"row{one.pk}": one for one in prices}
            case _section, entry:
                self.rows = {f"row{entry.pk}": entry}

    def kept(self, unit):
        """The answers of a unit, as they are kept."""
        row = self.rows[unit]
        return getattr(self.application, self.section) if row is None else row.answers

    def prefix(self, unit):
        """What the names of a unit's controls begin with: nothing where the page has one unit only."""
        return f"{unit}-" if self.section == Section.PRICES else ""

    @cached_property
    def forms(self):
        """The bound form of each unit, with what is kept, as people read and type it."""
        return {unit: form_of(self.section, self.kept(unit), prefix=self.prefix(unit)) for unit in self.rows}

    @property
    def base(self):
        """A mark for each answer that is kept, by unit and field, by which a change is told later."""
        fields = answers.FORMS[self.section]().fields
        return {
            unit: {name: mark(one, self.kept(unit).get(name)) for name, one in fields.items()} for unit in self.rows
        }

    def words(self, data):
        """What a browser sent (a QueryDict) for each unit, by field name, as typed."""
        found = {}
        for unit in self.rows:
            prefix = self.prefix(unit)
            own = MultiValueDict(
                {name.removeprefix(prefix): texts for name, texts in data.lists() if name.startswith(prefix)}
            )
            if own:
                found[unit] = answers.as_typed(self.section, own)
        return found

    def problems(self):
        """What is given but does not fit: (id of the control, message) pairs."""
        return [
            (form[name].id_for_label or form[name].auto_id, message)
            for form in self.forms.values()
            for name, messages in form.errors.items()
            if name in form.fields
            for message in messages
        ]

    def has_words(self):
        """Whether anything was written here."""
        return any(any(self.kept(unit).values()) for unit in self.rows)


def form_of(section, typed, *, prefix=""):
    """A bound form that shows `typed`, with what does not fit; what is only missing waits for the check."""
    blank = answers.FORMS[section]()
    data = {f"{prefix}{name}": shown(field, typed.get(name)) for name, field in blank.fields.items() if name in typed}
    form = answers.FORMS[section](data, prefix=prefix.removesuffix("-") or None)
    form.full_clean()
    for name, errors in form.errors.as_data().items():
        given = [error for error in errors if error.code not in {"required", "incomplete"}]
        form._errors[name] = form.error_class([message for error in given for message in error.messages])
    form._errors = type(form._errors)({name: errors for name, errors in form._errors.items() if errors})
    return form


def mark(field, value):
    """A short mark of what `value` says: two ways to write one date or amount have one mark."""
    text = json.dumps(meaning(field, value), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def meaning(field, value):
    """What an answer says, apart from how it was typed."""
    if value in (None, "", [], False):
        return ""
    if isinstance(value, list):
        return sorted(str(one) for one in value)
    if isinstance(field, REPHRASED):
        try:
            return str(field.clean(value))
        except ValidationError:
            return ["as typed", str(value)]
    return str(value).replace("\r\n", "\n").strip()


def save(sheet, words, *, by, base):
    """Keep what `words` (from `Sheet.words`) change against `base`; the fresh sheet.

    Without a `base` everything counts as changed. Raises Clash where somebody else changed the same answer since,
    and what `drafting.editing` raises; then nothing is written.
    """
    for attempt in range(TRIES):
        now = afresh(sheet)
        changes = changed(now, words, base)
        if clashing := clashes(now, changes, base):
            raise Clash(clashing)
        try:
            write(now, changes, by=by)
        except Refused as refusal:
            if refusal.code != "lost_race" or attempt == TRIES - 1:
                raise
        else:
            return afresh(sheet)


def afresh(sheet):
    """The same sheet as the database has it now."""
    application = Application.objects.select_related("provider").get(pk=sheet.application.pk)
    entry = sheet.entry and Entry.objects.get(pk=sheet.entry.pk)
    return Sheet(application, sheet.section, entry)


def changed(now, words, base):
    """The answers of `words` that differ from what the person was shown: `{unit: {field: value}}`."""
    fields, found = answers.FORMS[now.section]().fields, {}
    for unit, typed in words.items():
        if unit not in now.rows:
            continue
        shown = (base or {}).get(unit, {})
        mine = {name: value for name, value in typed.items() if mark(fields[name], value) != shown.get(name)}
        kept = now.kept(unit)
        found[unit] = {
            name: value
            for name, value in mine.items()
            if meaning(fields[name], value) != meaning(fields[name], kept.get(name))
        }
    return {unit: mine for unit, mine in found.items() if mine}


def clashes(now, changes, base):
    """The fields of `changes` that are no longer what the person was shown."""
    if base is None:
        return {}
    marks, found = now.base, {}
    for unit, mine in changes.items():
        if lost := [name for name in mine if base.get(unit, {}).get(name) != marks[unit][name]]:
            found[unit] = lost
    return found


def write(now, changes, *, by):
    """Write `changes` over the very version that they were compared with."""
    version = now.application.version
    with transaction.atomic():
        for unit, mine in changes.items():
            everything = {**now.kept(unit), **mine}
            row = now.rows[unit]
            if row is None:
                drafting.answer(now.application, now.section, everything, by=by, version=version)
            else:
                drafting.change_entry(row, everything, by=by, version=version)
            version += 1


def differences(sheet, words, base):
    """What two people wrote in the same place: for each field its label, both texts, and the names of the choice."""
    now = afresh(sheet)
    fields, marks = answers.FORMS[now.section]().fields, now.base
    return [
        {
            "name": f"{unit}.{name}",
            "label": fields[name].label,
            "mine": said(fields[name], words[unit][name]),
            "theirs": said(fields[name], now.kept(unit).get(name)),
            "mark": marks[unit][name],
        }
        for unit, names in clashes(now, changed(now, words, base), base).items()
        for name in names
    ]


def settle(sheet, words, base, choices, *, by):
    """Keep what was chosen: `choices` maps `unit.field` to (`mine` or `theirs`, the mark of the other's text)."""
    now = afresh(sheet)
    for key, (side, seen) in choices.items():
        unit, _dot, name = key.partition(".")
        if unit in now.rows and name in words.get(unit, {}):
            base.setdefault(unit, {})[name] = seen
            if side == "theirs":
                del words[unit][name]
    return save(sheet, words, by=by, base=base)
