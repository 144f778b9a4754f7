"""One step for many cases: looked at first, then taken for all of them or for none."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from budgets.deciding import bulk
from budgets.forms.deciding import (
    AmountsForm,
    CaseFilter,
    NotRecommendTogetherForm,
    ReasonTogetherForm,
    RecommendTogetherForm,
)
from budgets.lifecycle import PROPOSAL
from budgets.lifecycle.proposal import UNDECIDED
from budgets.models import Proposal
from budgets.states import ProposalState as S
from budgets.states import Standing
from budgets.views.deciding.committee import rank_theme
from budgets.views.deciding.common import CASES, desk_of, safe_next, themes_at_work
from portal import clock
from portal.views import Door, require, whole

MOST = 200


@dataclass(frozen=True)
class Together:
    """A step that may be taken for many cases at once.

    `amount(case)` gives the amount shown for each; `asks_amounts` lets it be changed. `lead` says what happens.
    `needs` narrows the cases to those that can go along, `details(case)` gives what each brings along itself.
    """

    name: str
    sources: frozenset
    lead: str
    form: type | None = None
    amount: Callable = None
    asks_amounts: bool = False
    needs: Callable = None
    details: Callable = None


def has_amount(cases):
    return cases.filter(proposed_baht__isnull=False)


def is_ready(cases):
    return cases.with_standing().filter(standing=Standing.READY)


STEPS = {
    one.name: one
    for one in (
        Together(
            "conclude_review",
            frozenset({S.IN_REVIEW}),
            gettext_lazy("Mean, spread and rank are fixed; reviews can no longer be taken back."),
            needs=is_ready,
        ),
        Together(
            "recommend",
            frozenset({S.SCORED}),
            gettext_lazy("All of them under one resolution. Nothing shows outside before the results are announced."),
            form=RecommendTogetherForm,
            amount=lambda case: case.requested_baht,
            asks_amounts=True,
        ),
        Together(
            "not_recommend",
            frozenset({S.SCORED}),
            gettext_lazy("All of them under one resolution. Nothing shows outside before the results are announced."),
            form=NotRecommendTogetherForm,
            amount=lambda case: case.requested_baht,
        ),
        Together(
            "include_in_request",
            frozenset({S.RECOMMENDED}),
            gettext_lazy("They go into the consolidated request to the Budget Bureau."),
            amount=lambda case: case.recommended_baht,
        ),
        Together(
            "leave_out",
            frozenset({S.RECOMMENDED}),
            gettext_lazy("They stay out of the request; each local government is told the reason."),
            form=ReasonTogetherForm,
            amount=lambda case: case.recommended_baht,
        ),
        Together(
            "allocate",
            frozenset({S.IN_REQUEST, S.NOT_ALLOCATED}),
            gettext_lazy(
                "Each receives what the secretary proposed, under every ceiling; each local government is told."
            ),
            amount=lambda case: case.proposed_baht,
            needs=has_amount,
            details=lambda case: {"amount_baht": case.proposed_baht},
        ),
        Together(
            "not_allocate",
            frozenset({S.IN_REQUEST, S.ALLOCATED}),
            gettext_lazy("They join the reserve list; each local government is told the reason."),
            form=ReasonTogetherForm,
            amount=lambda case: case.recommended_baht,
        ),
        Together(
            "start_screening",
            frozenset({S.SUBMITTED}),
            gettext_lazy("They are yours to screen from now on."),
            amount=lambda case: case.requested_baht,
        ),
        Together(
            "confirm_screen_out",
            frozenset({S.IN_SCREENING}),
            gettext_lazy("They end with the reason that the province gave; each local government may appeal."),
            amount=lambda case: case.requested_baht,
            needs=lambda cases: cases.exclude(proposed_reason=""),
        ),
        Together(
            "reinstate",
            frozenset({S.LAPSED}),
            gettext_lazy("They go back to where they lapsed, for as long as their extension holds."),
            form=ReasonTogetherForm,
            needs=lambda cases: cases.with_extension(clock.now()).filter(extended_until__isnull=False),
        ),
        Together(
            "terminate",
            frozenset({S.EXECUTING}),
            gettext_lazy("They end unfinished; what is left of their money is recorded as returned."),
            form=ReasonTogetherForm,
            amount=lambda case: case.rest_baht,
            details=lambda case: {"returned_baht": case.rest_baht},
        ),
        Together(
            "close_out",
            UNDECIDED,
            gettext_lazy("They end undecided; each local government is told the reason."),
            form=ReasonTogetherForm,
            amount=lambda case: case.requested_baht,
        ),
    )
}


class TogetherPage(Door):
    """The page of such a step."""

    template_name = "budgets/deciding/together.html"

    def dispatch(self, request, *args, **kwargs):
        self.request, self.kwargs = request, kwargs
        if kwargs["step"] not in STEPS:
            raise Http404
        self.step = STEPS[kwargs["step"]]
        self.row = PROPOSAL.rows_of(self.step.name)[0]
        if request.user.is_authenticated:
            require(request.user, *[row.permission for row in PROPOSAL.rows_of(self.step.name)])
        return super().dispatch(request, *args, **kwargs)

    def candidates(self):
        """Every case that the step could be taken for."""
        cases = Proposal.objects.visible_to(self.request.user).filter(state__in=self.step.sources)
        cases = self.step.needs(cases) if self.step.needs else cases
        return cases.select_related(*CASES).order_by("round_id", "theme_id", "-mean_score", "number", "pk")

    def chosen(self):
        """The cases named in the address: one by one, by their side of a line, or all that a list's filter leaves."""
        asked, cases = self.request.GET, self.candidates()
        if keys := [whole(word) for word in asked.getlist("case")]:
            return cases.filter(pk__in=[key for key in keys if key is not None])
        round, theme = whole(asked.get("round")), whole(asked.get("theme"))
        if round is not None:
            cases = cases.filter(round=round)
        if asked.get("state") in S.values:
            cases = cases.filter(state=asked["state"])
        narrowed = CaseFilter(asked, queryset=cases, themes=themes_at_work(self.request.user))
        cases = narrowed.qs if narrowed.is_valid() else cases.none()
        if theme is not None:
            cases = cases.filter(theme=theme)
        if asked.get("side") in {"above", "below"} and theme is not None:
            cut = whole(asked.get("cut")) or 0
            ranked = Proposal.objects.visible_to(self.request.user).filter(theme=theme, mean_score__isnull=False)
            is_above = asked["side"] == "above"
            side = [place.pk for place in rank_theme(ranked) if (place.rank <= cut) == is_above]
            cases = cases.filter(pk__in=side)
        return cases

    def get(self, request, *args, **kwargs):
        cases = list(self.chosen()[: MOST + 1])
        return self.page(cases[:MOST], has_more=len(cases) > MOST)

    def details_form(self, cases, data=None):
        if self.step.form is None:
            return None
        initial = {"meeting": whole(self.request.GET.get("meeting"))}
        return self.step.form(data, case=cases[0] if cases else None, by=self.request.user, initial=initial)

    def amounts_form(self, cases, data=None):
        if not self.step.asks_amounts:
            return None
        return AmountsForm(
            data, case=None, by=self.request.user, cases=cases, initial_amount=self.step.amount, required=True
        )

    def page(self, cases, *, form=None, amounts=None, refusals=None, has_more=False, status=200):
        amounts = amounts or self.amounts_form(cases)
        for case in cases:
            case.amount = self.step.amount(case) if self.step.amount else None
            case.amount_field = amounts.of(case) if amounts else None
            case.refusal = (refusals or {}).get(case.pk)
        context = self.get_context_data(
            step=self.row,
            lead=self.step.lead,
            cases=cases,
            form=form or self.details_form(cases),
            amounts=amounts,
            total_baht=sum(case.amount or 0 for case in cases),
            shows_amount=self.step.amount is not None,
            has_more=has_more,
            most=MOST,
            back=safe_next(self.request, desk_of(self.step.name, cases[0]) if cases else "/"),
        )
        return render(self.request, self.template_name, context, status=status)

    def post(self, request, *args, **kwargs):
        versions = dict(
            (whole(key), whole(version))
            for key, _colon, version in (word.partition(":") for word in request.POST.getlist("case"))
        )
        seen = Proposal.objects.visible_to(request.user).select_related(*CASES)
        cases = list(
            seen.filter(pk__in=[key for key in versions if key is not None]).order_by(
                "round_id", "theme_id", "-mean_score", "number", "pk"
            )[: MOST + 1]
        )
        if not cases or len(cases) != len(versions) or len(cases) > MOST:
            messages.warning(request, _("The list has changed in the meantime. Look at it again."))
            return redirect(request.get_full_path())
        form, amounts = self.details_form(cases, request.POST), self.amounts_form(cases, request.POST)
        if any(one is not None and not one.is_valid() for one in (form, amounts)):
            return self.page(cases, form=form, amounts=amounts, status=400)

        def details_for(case):
            details = dict(form.cleaned_data) if form else {}
            if amounts:
                details["amount_baht"] = amounts.amount(case)
            return details | (self.step.details(case) if self.step.details else {})

        try:
            taken = bulk.take_all(
                PROPOSAL, cases, self.step.name, by=request.user, details_for=details_for, versions=versions
            )
        except bulk.NotAll as refusal:
            messages.error(request, refusal.message)
            return self.page(cases, form=form, amounts=amounts, refusals=refusal.refusals, status=409)
        text = ngettext("%(step)s: done for %(count)s case.", "%(step)s: done for %(count)s cases.", len(taken))
        messages.success(request, text % {"step": self.row.label, "count": len(taken)})
        return redirect(safe_next(request, desk_of(self.step.name, taken[0])))


urlpatterns = [path("together/<slug:step>/", TogetherPage.as_view(), name="together")]
