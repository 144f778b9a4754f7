"""Setting up a round: what it lacks before it opens, its editions, and copying last year's."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from budgets.models import Criterion, DocumentRequirement, FocusTheme, Round, Rubric, ThemeEdition
from budgets.states import RoundState
from portal import access, clock
from portal.audit import plain, record
from portal.errors import Refused

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
COPIED = (
    "ceiling_baht",
    "kinds",
    "channels",
    "plan_window",
    "accepts_expected_plan",
    "return_working_days",
    "appeal_working_days",
    "reviewers_per_proposal",
)


def what_the_round_lacks(round):
    """What keeps a round from opening, as messages for the person who sets it up."""
    lacks = []
    if not round.closes_at:
        lacks.append(_("Set the closing moment."))
    elif round.closes_at <= clock.now():
        lacks.append(_("The closing moment must lie in the future."))
    if not round.ceiling_baht:
        lacks.append(_("Set the ceiling."))
    if not round.kinds:
        lacks.append(_("Choose the kinds of local government that may apply."))
    if not round.channels:
        lacks.append(_("Choose the channels that this round pays from."))
    if not round.plan_window:
        lacks.append(_("Set the window of the local development plan."))
    if not round.categories.exists():
        lacks.append(_("Choose the expense categories."))
    return lacks + _themes_lack(round) + _rubric_lacks(round)


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


def theme_content(theme):
    """The words and amounts of a theme as plain JSON."""
    return plain({field: getattr(theme, field) for field in THEME_CONTENT})


def may_change(round, *, by):
    """The capacity in which `by` sets up the round. Raises PermissionDenied."""
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


def revise_theme(theme, *, by, reason, **changes):
    """Publish a new edition of a theme of an open round; submitted proposals keep the edition they answered."""
    capacity = may_change(theme.round, by=by)
    if theme.round.state not in {RoundState.OPEN, RoundState.REVIEWING}:
        raise Refused(
            _("A theme changes only while proposals are taken or reviewed."),
            code="wrong_state",
            state=theme.round.state,
        )
    with transaction.atomic():
        theme = FocusTheme.objects.select_for_update().get(pk=theme.pk)
        for field, value in changes.items():
            setattr(theme, field, value)
        theme.edition += 1
        theme.full_clean()
        theme.save()
        ThemeEdition.objects.create(
            theme=theme, number=theme.edition, content=theme_content(theme), published_by=by, reason=reason
        )
        details = {"theme": theme.code, "edition": theme.edition, "reason": reason}
        record("theme.revise", theme.round, by=by, capacity=capacity, details=details)
    return theme


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
        copy.full_clean()
        copy.save()
        copy.categories.set(source.categories.all())
        copy.editions.set(source.editions.all())
        themes = {}
        for theme in source.themes.order_by("position", "pk"):
            themes[theme.pk] = FocusTheme.objects.create(
                round=copy, position=theme.position, **{field: getattr(theme, field) for field in THEME_CONTENT}
            )
        for document in source.documents.all():
            DocumentRequirement.objects.create(
                round=copy,
                theme=themes.get(document.theme_id),
                kind=document.kind,
                name_th=document.name_th,
                name_en=document.name_en,
                when=document.when,
                position=document.position,
            )
        copy_rubric(source.rubric(), copy)
        record("round.copy", copy, by=by, capacity=capacity, after=copy.state, details={"from": source.pk})
    return copy


def copy_rubric(rubric, round):
    """A first edition for `round` with the criteria of `rubric` (which may be None); the new rubric."""
    if rubric is None:
        return default_rubric(round)
    fresh = Rubric.objects.create(
        round=round,
        number=(round.rubrics.count() or 0) + 1,
        pass_mark=rubric.pass_mark,
        spread_limit=rubric.spread_limit,
        justify_below_pct=rubric.justify_below_pct,
        justify_above_pct=rubric.justify_above_pct,
    )
    for criterion in rubric.criteria.all():
        Criterion.objects.create(
            rubric=fresh,
            position=criterion.position,
            name_th=criterion.name_th,
            name_en=criterion.name_en,
            max_score=criterion.max_score,
            anchors=criterion.anchors,
        )
    return fresh


def default_rubric(round):
    """The six criteria that a new round begins with, with written anchors; every number can be changed."""
    from budgets.defaults import CRITERIA

    rubric = Rubric.objects.create(round=round)
    for position, criterion in enumerate(CRITERIA):
        Criterion.objects.create(rubric=rubric, position=position, **criterion)
    return rubric
