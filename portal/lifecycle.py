"""A lifecycle is a table of steps, and this is how a step is taken.

Every door (page, API, timer) calls `take` and `offers` and decides nothing itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from portal import access
from portal.audit import record
from portal.errors import Refused, UnknownStep
from portal.step_forms import NoteForm


@dataclass(frozen=True)
class Step:
    """One row: what may happen, from where, to where, by whom, on what condition, with what consequence.

    `target` is a state, a function of the case, `by` and the details that gives one, or None when the state stays.
    Guards are called as `guard(obj, by=…)` and refuse by raising; effects as `effect(obj, by=…, **details)`
    before the object is saved, when `obj.previous_state` tells where it came from; `after` likewise once it is
    saved. `form` cleans the details, by default a note. What is taken `at_once` needs no page of its own: it harms
    nothing, and nobody would write a note. What lies `aside` of the way on is never a page's main button.
    """

    name: str
    label: str
    source: frozenset
    target: str | Callable | None
    permission: str
    guards: Iterable[Callable] = ()
    effects: Iterable[Callable] = ()
    after: Iterable[Callable] = ()
    form: type = NoteForm
    danger: bool = False
    aside: bool = False
    at_once: bool = False
    hint: str = ""

    def destination(self, obj, details, *, by):
        if callable(self.target):
            return self.target(obj, by=by, **details)
        return self.target or obj.state


@dataclass
class Offer:
    """A step that the caller's role holds from the present state, with the refusal that stands in its way.

    `address` is set by a page whose steps do not all live at one address.
    """

    step: Step
    refusal: Refused | None = None
    address: str = ""

    @property
    def allowed(self):
        return self.refusal is None

    name = property(lambda self: self.step.name)
    label = property(lambda self: self.step.label)


@dataclass
class Lifecycle:
    """The steps of one kind of case. `name` is the word that its events begin with.

    `shown(obj, by)` tells the state that `by` may know, where that differs from the state itself: to this person
    the case is then in that state, in offers and refusals alike. `private` names details that say something of a
    person: events, which are never erased, leave them out.
    """

    name: str
    states: type
    rows: list[Step]
    start: str
    ends: frozenset = field(default_factory=frozenset)
    shown: Callable | None = None
    private: frozenset = frozenset()

    def __post_init__(self):
        self.steps = {}
        for row in self.rows:
            for twin in self.steps.setdefault(row.name, []):
                if twin.source & row.source and twin.permission == row.permission:
                    raise ValueError(f"{self.name}.{row.name}: two rows share a source and a permission.")
            self.steps[row.name].append(row)

    def rows_of(self, name):
        if name not in self.steps:
            raise UnknownStep(name)
        return self.steps[name]

    def state_for(self, obj, by):
        """The state of `obj` as far as `by` may know it."""
        return self.shown(obj, by) if self.shown else obj.state

    def row_for(self, obj, name, *, by):
        """The row that `by` may use now, and the capacity for it; of several the first in the table.

        Raises PermissionDenied when no row of that name is open to the person, UnknownStep for no such name.
        The row may not fit the present state: `check` says so.
        """
        held = [(row, capacity) for row in self.rows_of(name) if (capacity := access.capacity(by, row.permission, obj))]
        if not held:
            raise PermissionDenied(_("This step is not for your role or place."))
        state = self.state_for(obj, by)
        return next(((row, capacity) for row, capacity in held if state in row.source), held[0])

    def check(self, obj, row, *, by):
        """Raise what stands in the way now: Refused, or PermissionDenied for separation of duties."""
        state = self.state_for(obj, by)
        if state not in row.source or obj.state not in row.source:
            raise Refused(
                _("“%(step)s” is not possible while this is “%(state)s”.")
                % {"step": row.label, "state": self.states(state).label},
                code="wrong_state",
                state=state,
            )
        for guard in row.guards:
            guard(obj, by=by)

    def offers(self, obj, *, by):
        """The steps whose source and permission fit, in the table's order, as `Offer`s.

        Tables name the way on before the ways back, so that pages can show the first one as the main one.
        """
        found, state = [], self.state_for(obj, by)
        for row in self.rows:
            if state not in row.source or not access.capacity(by, row.permission, obj):
                continue
            try:
                self.check(obj, row, by=by)
            except Refused as refusal:
                found.append(Offer(row, refusal))
            except PermissionDenied as refusal:
                found.append(Offer(row, Refused(str(refusal) or _("Not for you."), code="separation_of_duties")))
            else:
                found.append(Offer(row))
        return found

    def clean(self, obj, name, *, by, data, files=None):
        """The step's details, cleaned by its form; none without one. PermissionDenied first, then ValidationError."""
        row, _capacity = self.row_for(obj, name, by=by)
        if row.form is None:
            return {}
        form = row.form(data, files, case=obj, by=by)
        if not form.is_valid():
            raise ValidationError(form.errors.as_data())
        return form.cleaned_data

    def take(self, obj, name, *, by, version=None, **details):
        """Move `obj` along step `name` on behalf of `by`; the fresh, saved object.

        One `UPDATE … WHERE pk, state, version` counts the version and decides who was first; the state follows with
        the fields that belong to it. Raises PermissionDenied, Refused,
        ValidationError or UnknownStep; `version`, when given, is the one the caller last saw.
        """
        with transaction.atomic():
            obj = type(obj)._default_manager.get(pk=obj.pk)
            row, capacity = self.row_for(obj, name, by=by)
            if version is not None and version != obj.version:
                raise self.lost(obj, by)
            self.check(obj, row, by=by)
            before, after = obj.state, row.destination(obj, details, by=by)
            moved = type(obj)._base_manager.filter(pk=obj.pk, state=before, version=obj.version)
            if not moved.update(version=F("version") + 1):
                raise self.lost(type(obj)._default_manager.get(pk=obj.pk), by)
            obj.previous_state, obj.state, obj.version = before, after, obj.version + 1
            for effect in row.effects:
                effect(obj, by=by, **details)
            obj.full_clean()
            obj.save()
            for effect in row.after:
                effect(obj, by=by, **details)
            told = {key: value for key, value in details.items() if key not in self.private}
            record(f"{self.name}.{name}", obj, by=by, capacity=capacity, before=before, after=after, details=told)
        return obj

    def lost(self, obj, by):
        """The refusal for the loser of a race."""
        state = self.state_for(obj, by)
        return Refused(
            _("Someone else was first: this is now “%(state)s”. Reload the page to see it.")
            % {"state": self.states(state).label},
            code="lost_race",
            state=state,
        )
