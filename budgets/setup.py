"""Setting up a round: the only way to write its rules, what it lacks before it opens, and copying last year's.

While a round is being planned its rules are written freely. Once it is open a theme or a rubric changes by a new
edition, dates by the step `amend`, and everything else stays as it was announced.
"""

import re
from contextlib import contextmanager

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from budgets.defaults import CRITERIA, DOCUMENTS
from budgets.models import (
    Criterion,
    DocumentRequirement,
    ExpenseCategory,
    FocusTheme,
    PriceEdition,
    Review,
    Round,
    Rubric,
    ThemeEdition,
)
from budgets.states import Channel, RoundState
from portal import access, clock
from portal.audit import plain, record
from portal.errors import Refused
from portal.states import LocalGovernmentKind, SmartDimension

THEME_CONTENT = (
    "code",
    "name_th",
    "name_en",
    "description_th",
    "description_en",
    "dimensions",
    "ceiling_baht",
    "min_baht",
    "max_baht",
    "required_kpis",
)
DATES = ("opens_at", "closes_at", "screening_due_on", "review_due_on", "announces_on")
COPIED = (
    "ceiling_baht",
    "kinds",
    "channels",
    "plan_window",
    "accepts_expected_plan",
    "return_working_days",
    "appeal_working_days",
    "reviewers_per_proposal",
    "needs_trained_person",
)
ROUND_FIELDS = ("fiscal_year", "name_th", "name_en", *DATES, *COPIED)
CHOSEN = ("categories", "editions")
RUBRIC_FIELDS = ("pass_mark", "spread_limit", "justify_below_pct", "justify_above_pct")
DOCUMENT_FIELDS = ("theme", "kind", "name_th", "name_en", "when")
REVISABLE = frozenset({RoundState.OPEN, RoundState.REVIEWING})
WINDOW = re.compile(r"25[0-9]{2}-25[0-9]{2}")


# What is still missing


def what_the_round_lacks(round):
    """What keeps a round from opening, as messages for the person who sets it up."""
    return [lack for lacks in lacks_by_part(round).values() for lack in lacks]


def lacks_by_part(round):
    """The same by part of the setting up, in order; a part that lacks nothing has an empty list."""
    kinds = _("Choose the kinds of local government that may apply.")
    channels = _("Choose the channels that this round pays from.")
    return {
        "basics": _basics_lack(round),
        "eligibility": [text for text, given in ((kinds, round.kinds), (channels, round.channels)) if not given],
        "rules": [] if round.plan_window else [_("Set the window of the local development plan.")],
        "prices": [] if round.categories.exists() else [_("Choose the expense categories.")],
        "themes": _themes_lack(round),
        "rubric": _rubric_lacks(round),
        "documents": [],
    }


def _basics_lack(round):
    lacks = []
    if not round.closes_at:
        lacks.append(_("Set the closing moment."))
    elif round.closes_at <= clock.now():
        lacks.append(_("The closing moment must lie in the future."))
    if not round.ceiling_baht:
        lacks.append(_("Set the ceiling."))
    return lacks


def _themes_lack(round):
    themes = list(round.themes.all())
    if not themes:
        return [_("Add at least one focus theme.")]
    lacks = [
        _("“%(name)s”: choose at least one dimension.") % {"name": theme.name}
        for theme in themes
        if not theme.dimensions
    ]
    over = sum(theme.ceiling_baht or 0 for theme in themes)
    if round.ceiling_baht and over > round.ceiling_baht:
        lacks.append(_("The theme ceilings together exceed the round's ceiling."))
    return lacks


def _rubric_lacks(round):
    rubric = round.rubric()
    criteria = list(rubric.criteria.all()) if rubric else []
    if not criteria:
        return [_("Add a rubric with criteria.")]
    lacks = [
        _("Criterion “%(name)s”: write what a score means.") % {"name": criterion.name}
        for criterion in criteria
        if not criterion.anchors
    ]
    if rubric.pass_mark > rubric.max_total:
        lacks.append(_("The pass mark exceeds the largest total."))
    return lacks


# Who may write, and when


def may_change(round, *, by):
    """The capacity in which `by` sets up rounds; `round` may be None for a new one. Raises PermissionDenied."""
    capacity = access.capacity(by, "budgets.change_round", round)
    if capacity is None:
        raise PermissionDenied(_("Only programme managers set up rounds."))
    return capacity


def refuse_unless_planning(round):
    """Raise Refused once the round is open: its rules then change by amendment or a new edition only."""
    if round.state != RoundState.PLANNING:
        raise Refused(
            _("The round is “%(state)s”: its rules no longer change.") % {"state": round.get_state_display()},
            code="wrong_state",
            state=round.state,
        )


@contextmanager
def changing(round, verb, *, by, version=None, details=None, check=refuse_unless_planning):
    """Give the fresh round for writing; afterwards its version has counted on and the event is kept.

    Raises PermissionDenied, what `check(round)` raises, Refused `lost_race` when `version` is not the present
    one, or ValidationError; then nothing is written.
    """
    details = {} if details is None else details
    with transaction.atomic():
        fresh = Round.objects.get(pk=round.pk)
        capacity = may_change(fresh, by=by)
        if version is not None and version != fresh.version:
            raise stale(fresh)
        check(fresh)
        mine = Round.objects.filter(pk=fresh.pk, version=fresh.version, state=fresh.state)
        if not mine.update(version=F("version") + 1):
            raise stale(fresh)
        fresh.version += 1
        yield fresh
        record(verb, fresh, by=by, capacity=capacity, details=details)
    round.version = fresh.version


def stale(round):
    """The refusal for someone whose copy is older than the round."""
    return Refused(
        _("The round was changed by someone else in the meantime. Reload it and try again."),
        code="lost_race",
        state=round.state,
    )


# The round itself


def new_round(*, by, fiscal_year, name_th, name_en=""):
    """A new round in planning with the default rubric, checklist and categories; dates and themes are left open."""
    capacity = may_change(None, by=by)
    with transaction.atomic():
        round = Round(
            fiscal_year=fiscal_year,
            name_th=name_th,
            name_en=name_en,
            kinds=[kind.value for kind in LocalGovernmentKind],
            channels=[Channel.INTEGRATED_PLAN.value],
            plan_window=window_of(fiscal_year),
            created_by=by,
        )
        round.full_clean()
        round.save()
        today = clock.today()
        in_force = Q(valid_to=None) | Q(valid_to__gt=today)
        round.categories.set(ExpenseCategory.objects.filter(in_force, children=None))
        round.editions.set(PriceEdition.objects.filter(in_force, issued_on__lte=today))
        for position, (kind, thai, english, when) in enumerate(DOCUMENTS):
            round.documents.create(position=position, kind=kind, name_th=thai, name_en=english, when=when)
        default_rubric(round)
        record("round.create", round, by=by, capacity=capacity, after=round.state)
    return round


def window_of(fiscal_year):
    """The five years of the local development plan that `fiscal_year` lies in: 2571 gives `2571-2575`."""
    first = fiscal_year - (fiscal_year - 2566) % 5
    return f"{first}-{first + 4}"


def change_round(round, *, by, version=None, **fields):
    """Write these fields of a round in planning; the fresh round.

    Fields are those of `ROUND_FIELDS`, and `categories` and `editions` as lists of objects.
    """
    chosen = {name: fields.pop(name) for name in CHOSEN if name in fields}
    _known(fields, ROUND_FIELDS)
    details = {"fields": sorted([*fields, *chosen])}
    with changing(round, "round.change", by=by, version=version, details=details) as fresh:
        for name, value in fields.items():
            setattr(fresh, name, value)
        _each_in(fresh.kinds, LocalGovernmentKind, "kinds")
        _each_in(fresh.channels, Channel, "channels")
        if fresh.plan_window and not WINDOW.fullmatch(fresh.plan_window):
            raise ValidationError({"plan_window": _("Write the window as two years, for example 2571-2575.")})
        fresh.full_clean()
        if fields.keys() & set(DATES):
            _run_in_order(fresh)
        fresh.save()
        for name, rows in chosen.items():
            getattr(fresh, name).set(rows)
    return fresh


def _known(fields, names):
    unknown = sorted(set(fields) - set(names))
    if unknown:
        raise TypeError(f"Unknown fields: {', '.join(unknown)}")


def _each_in(values, choices, name):
    if not isinstance(values, list) or len(values) != len(set(map(str, values))):
        raise ValidationError({name: _("Name each choice once.")})
    if any(value not in choices.values for value in values):
        raise ValidationError({name: _("There is no such choice.")})


def _run_in_order(round):
    """Raise ValidationError at the first date that lies before the one that it follows."""
    latest = round.closes_at and round.closes_at.astimezone(clock.BANGKOK).date()
    for name in ("screening_due_on", "review_due_on", "announces_on"):
        day = getattr(round, name)
        if day is not None and latest is not None and day < latest:
            raise ValidationError({name: _("This must not lie before the date above it.")})
        latest = day or latest


# Themes


def theme_content(theme):
    """The words and amounts of a theme as plain JSON."""
    return plain({field: getattr(theme, field) for field in THEME_CONTENT})


def save_theme(round, *, by, theme=None, version=None, **content):
    """A theme of a round in planning, new or changed; the saved theme. `content` is of `THEME_CONTENT`."""
    _known(content, THEME_CONTENT)
    details = {}
    with changing(round, "theme.save", by=by, version=version, details=details) as fresh:
        if theme is None:
            theme = FocusTheme(round=fresh, position=_next_position(fresh.themes))
        else:
            theme = fresh.themes.get(pk=theme.pk)
        _write_theme(theme, content)
        details["theme"] = theme.code
    return theme


def _next_position(rows):
    last = rows.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _write_theme(theme, content):
    for name, value in content.items():
        setattr(theme, name, value)
    theme.code = theme.code or f"theme-{theme.position + 1}"
    _each_in(theme.dimensions, SmartDimension, "dimensions")
    names = theme.required_kpis
    if not isinstance(names, list) or not all(isinstance(name, str) and name.strip() for name in names):
        raise ValidationError({"required_kpis": _("Give the names of indicators.")})
    theme.full_clean()
    theme.save()


def remove_theme(theme, *, by, version=None):
    """Take a theme off a round in planning."""
    with changing(theme.round, "theme.remove", by=by, version=version, details={"theme": theme.code}):
        theme.delete()


def order_themes(round, themes, *, by, version=None):
    """Put the themes of a round in planning into the order of `themes`, which names each of them once."""
    with changing(round, "theme.order", by=by, version=version) as fresh:
        if {theme.pk for theme in themes} != set(fresh.themes.values_list("pk", flat=True)):
            raise ValidationError(_("Name each theme of the round once."))
        for position, theme in enumerate(themes):
            fresh.themes.filter(pk=theme.pk).update(position=position)


def revise_theme(theme, *, by, reason, version=None, **changes):
    """Publish a new edition of a theme of an open round; submitted proposals keep the edition they answered."""
    _known(changes, set(THEME_CONTENT) - {"code"})
    details = {"theme": theme.code, "reason": reason}

    def check(round):
        if round.state not in REVISABLE:
            raise Refused(
                _("A theme changes only while proposals are taken or reviewed."), code="wrong_state", state=round.state
            )

    with changing(theme.round, "theme.revise", by=by, version=version, details=details, check=check) as fresh:
        theme = fresh.themes.select_for_update().get(pk=theme.pk)
        theme.edition += 1
        _write_theme(theme, changes)
        details["edition"] = theme.edition
        ThemeEdition.objects.create(
            theme=theme, number=theme.edition, content=theme_content(theme), published_by=by, reason=reason
        )
    return theme


# The rubric


def save_rubric(round, *, by, criteria, version=None, reason="", **fields):
    """The round's rubric with these criteria: `[{"name_th", "name_en", "max_score", "anchors"}]`, in order.

    In planning the edition itself is written. Once the round is open a new edition is published, as long as no
    review has begun; then Refused `review_begun`.
    """
    _known(fields, RUBRIC_FIELDS)
    details = {"criteria": len(criteria), "reason": reason}

    def check(round):
        if round.state == RoundState.PLANNING:
            return
        if round.state not in REVISABLE:
            refuse_unless_planning(round)
        if Review.objects.filter(proposal__round=round).exists():
            raise Refused(
                _("Reviews have begun, so every proposal of this round is scored by the present rubric."),
                code="review_begun",
                state=round.state,
            )

    with changing(round, "rubric.save", by=by, version=version, details=details, check=check) as fresh:
        rubric = _edition_to_write(fresh, fields)
        rubric.full_clean()
        rubric.save()
        rubric.criteria.all().delete()
        for position, row in enumerate(criteria):
            criterion = Criterion(rubric=rubric, position=position, **row)
            _check_anchors(criterion)
            criterion.full_clean()
            criterion.save()
        details["edition"] = rubric.number
    return rubric


def _edition_to_write(round, fields):
    present = round.rubric()
    if present is None:
        rubric = Rubric(round=round)
    elif round.state == RoundState.PLANNING:
        rubric = present
    else:
        kept = {name: getattr(present, name) for name in RUBRIC_FIELDS}
        rubric = Rubric(round=round, number=present.number + 1, published_at=clock.now(), **kept)
    for name, value in fields.items():
        setattr(rubric, name, value)
    if not 0 <= rubric.justify_below_pct <= rubric.justify_above_pct <= 100:
        raise ValidationError({"justify_above_pct": _("The limits run from 0 to 100 per cent, the lower one first.")})
    return rubric


def _check_anchors(criterion):
    for anchor in criterion.anchors:
        score = anchor.get("score")
        if not isinstance(score, int) or isinstance(score, bool) or not 0 <= score <= (criterion.max_score or 0):
            raise ValidationError(
                {"anchors": _("“%(name)s”: a score lies between 0 and the largest.") % {"name": criterion.name_th}}
            )
        if not str(anchor.get("text_th") or "").strip():
            raise ValidationError(
                {"anchors": _("“%(name)s”: write what each score means.") % {"name": criterion.name_th}}
            )


def copy_rubric(rubric, round):
    """A first edition for `round` with the criteria of `rubric` (which may be None); the new rubric."""
    if rubric is None:
        return default_rubric(round)
    kept = {name: getattr(rubric, name) for name in RUBRIC_FIELDS}
    fresh = Rubric.objects.create(round=round, number=round.rubrics.count() + 1, **kept)
    for row in rubric.criteria.all():
        kept = {name: getattr(row, name) for name in ("position", "name_th", "name_en", "max_score", "anchors")}
        Criterion.objects.create(rubric=fresh, **kept)
    return fresh


def default_rubric(round):
    """The six criteria that a new round begins with, with written anchors; every number can be changed."""
    rubric = Rubric.objects.create(round=round)
    for position, criterion in enumerate(CRITERIA):
        Criterion.objects.create(rubric=rubric, position=position, **criterion)
    return rubric


# The checklist


def save_document(round, *, by, document=None, version=None, **fields):
    """A line of the checklist of a round in planning, new or changed. `theme`, when given, is one of its themes."""
    _known(fields, DOCUMENT_FIELDS)
    details = {}
    with changing(round, "document.save", by=by, version=version, details=details) as fresh:
        if document is None:
            document = DocumentRequirement(round=fresh, position=_next_position(fresh.documents))
        else:
            document = fresh.documents.get(pk=document.pk)
        for name, value in fields.items():
            setattr(document, name, value)
        if document.theme is not None and document.theme.round_id != fresh.pk:
            raise ValidationError({"theme": _("This theme is not in the round.")})
        document.full_clean()
        document.save()
        details["kind"] = document.kind
    return document


def remove_document(document, *, by, version=None):
    """Take a line off the checklist of a round in planning."""
    with changing(document.round, "document.remove", by=by, version=version, details={"kind": document.kind}):
        document.delete()


# Last year's round


def copy_round(source, *, fiscal_year, name_th, name_en="", by):
    """A new round in planning with the themes, rubric, checklist and rules of `source`; dates are left open."""
    capacity = may_change(source, by=by)
    with transaction.atomic():
        copy = Round(
            fiscal_year=fiscal_year,
            name_th=name_th,
            name_en=name_en,
            copied_from=source,
            created_by=by,
            **{field: getattr(source, field) for field in COPIED},
        )
        if source.plan_window == window_of(source.fiscal_year):
            copy.plan_window = window_of(fiscal_year)
        copy.full_clean()
        copy.save()
        copy.categories.set(source.categories.all())
        copy.editions.set(source.editions.all())
        themes = {}
        for theme in source.themes.order_by("position", "pk"):
            content = {field: getattr(theme, field) for field in THEME_CONTENT}
            themes[theme.pk] = FocusTheme.objects.create(round=copy, position=theme.position, **content)
        for document in source.documents.all():
            kept = {name: getattr(document, name) for name in ("kind", "name_th", "name_en", "when", "position")}
            DocumentRequirement.objects.create(round=copy, theme=themes.get(document.theme_id), **kept)
        copy_rubric(source.rubric(), copy)
        record("round.copy", copy, by=by, capacity=capacity, after=copy.state, details={"from": source.pk})
    return copy
