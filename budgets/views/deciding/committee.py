"""The committee: a theme's ranking with its movable line, and the result once it is announced."""

from collections import defaultdict
from functools import cached_property

from django.contrib.auth.decorators import login_required
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from budgets.forms.deciding import RankedFilter
from budgets.judging import ranking, reviewing
from budgets.models import Proposal, Score
from budgets.states import RoundState
from budgets.views.deciding.common import CASES, RoundDesk, case_columns
from budgets.writing import copying
from portal import access
from portal.exports import Column
from portal.views import whole


def carried_score(case):
    """What the case carries of last year's score, or None."""
    before = copying.carried(case)
    return before and before.mean_score


class Ranking(RoundDesk):
    """One theme's scored cases in rank order, the line between yes and no, and what follows from it."""

    filterset_class = RankedFilter
    template_name = "budgets/deciding/ranking.html"
    partial_name = "budgets/deciding/_ranking_rows.html"
    title = gettext_lazy("Ranking")
    filename = "ranking"

    def all_cases(self):
        return Proposal.objects.visible_to(self.request.user).in_round(self.round).ranked()

    @cached_property
    def themes(self):
        return list(self.round.themes.order_by("position", "pk"))

    @cached_property
    def theme(self):
        wanted = whole(self.request.GET.get("theme"))
        return next((theme for theme in self.themes if theme.pk == wanted), self.themes[0] if self.themes else None)

    def get_queryset(self):
        cases = self.all_cases().filter(theme=self.theme).select_related(*CASES, "copied_from__round")
        return cases.order_by("-mean_score", "number", "pk")

    def filter_choices(self):
        return {}

    @cached_property
    def rubric(self):
        return self.round.rubric()

    @cached_property
    def places(self):
        """The whole theme in rank order, whatever is filtered."""
        return rank_theme(self.all_cases().filter(theme=self.theme))

    @cached_property
    def line(self):
        return ranking.draw(
            self.places,
            self.cut,
            ceiling_baht=self.theme.ceiling_baht if self.theme else None,
            pass_mark=self.rubric.pass_mark,
        )

    @cached_property
    def cut(self):
        wanted = whole(self.request.GET.get("cut"))
        if wanted is None:
            return self.natural_cut
        return min(wanted, len(self.places))

    @cached_property
    def natural_cut(self):
        ceiling = self.theme.ceiling_baht if self.theme else None
        return ranking.natural_cut(self.places, ceiling_baht=ceiling, pass_mark=self.rubric.pass_mark)

    @cached_property
    def by_key(self):
        return {place.pk: place for place in self.places}

    @property
    def columns(self):
        place = self.by_key
        return (
            Column(_("Rank"), lambda case: place[case.pk].rank, "number"),
            *case_columns(
                Column(_("Mean"), "mean_score", "number"),
                Column(_("Spread"), "score_spread", "number"),
                Column(_("Score carried for one year"), carried_score, "number"),
                Column(_("Recommended (baht)"), "recommended_baht", "money"),
                Column(_("Running sum (baht)"), lambda case: place[case.pk].running_baht, "money"),
                Column(_("Line"), lambda case: _("above") if place[case.pk].rank <= self.cut else _("below")),
                Column(_("State"), lambda case: case.get_state_display()),
                Column(_("Resolution"), "resolution_no", "code"),
            ),
        )

    def notes(self):
        return [*super().notes(), (_("Focus theme"), str(self.theme)), (_("Line below rank"), str(self.cut))]

    def get_context_data(self, rows, **context):
        for case in rows:
            case.place = self.by_key[case.pk]
        may_decide = bool(access.holding(self.request.user, "budgets.recommend_proposal"))
        return super().get_context_data(
            rows=rows,
            themes=self.themes,
            theme=self.theme,
            line=self.line,
            cut=self.cut,
            natural_cut=self.natural_cut,
            total=len(self.places),
            rubric=self.rubric,
            may_decide=may_decide,
            is_deliberating=self.round.state in {RoundState.DELIBERATING, RoundState.ANNOUNCED, RoundState.REQUESTED},
            **context,
        )


def rank_theme(cases):
    """The `Place`s of a theme's scored cases."""
    money = Coalesce("recommended_baht", "requested_baht")
    rows = cases.order_by("-mean_score", "number", "pk").annotate(cost_baht=money)
    return ranking.places(
        rows.values_list("pk", "cost_baht", "mean_score", "local_government__province__region", "state")
    )


@login_required
def result(request, pk):
    """What came of a case, once it is announced: mean, and for each criterion mean and comments without names."""
    cases = Proposal.objects.visible_to(request.user).as_shown_to(request.user).select_related(*CASES)
    proposal = get_object_or_404(cases, pk=pk)
    knows = bool(access.holding(request.user, "budgets.view_outcome"))
    context = {
        "proposal": proposal,
        "knows_early": knows and not proposal.round.is_announced,
        "may_declare": knows and reviewing.may_declare(request.user, proposal),
    }
    if not proposal.round.is_announced and not knows:
        return render(request, "budgets/deciding/result_later.html", context)
    if proposal.mean_score is not None:
        context["criteria"] = by_criterion(proposal)
        context["rubric"] = proposal.round.rubric()
    return render(request, "budgets/deciding/result.html", context)


def by_criterion(proposal):
    """Each criterion with the mean of the sent scores and the comments, these in an order that names nobody."""
    found = defaultdict(list)
    rows = Score.objects.filter(review__proposal=proposal, review__state="sent").select_related("criterion")
    for row in rows.order_by("criterion__position", "criterion_id", "justification"):
        found[row.criterion].append(row)
    return [
        {
            "criterion": criterion,
            "mean": sum(row.score for row in given) / len(given),
            "comments": [row.justification for row in given if row.justification.strip()],
        }
        for criterion, given in found.items()
    ]


urlpatterns = [
    path("rounds/<int:pk>/ranking/", Ranking.as_view(), name="ranking"),
    path("proposals/<int:pk>/result/", result, name="result"),
]
