"""Allocation: ceilings with what is left, amounts proposed by the secretary and approved by the chair."""

from functools import cached_property

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from budgets.deciding import bulk
from budgets.forms.deciding import AllocationFilter, AmountsForm
from budgets.lifecycle import PROPOSAL
from budgets.models import Ceiling, Proposal
from budgets.money import ledger
from budgets.states import ProposalState as S
from budgets.states import RoundState
from budgets.views.deciding.common import CASES, Q, RoundDesk, case_columns, state_is
from portal import access
from portal.exports import Column
from portal.views import require, whole

OPEN = frozenset({S.IN_REQUEST, S.NOT_ALLOCATED})


class AllocationBoard(RoundDesk):
    """A theme's cases in rank order with the six amounts' first four, and the ceilings above them."""

    filterset_class = AllocationFilter
    template_name = "budgets/deciding/allocation_board.html"
    partial_name = "budgets/deciding/_allocation_rows.html"
    title = gettext_lazy("Allocation")
    filename = "allocation"

    def filter_choices(self):
        return {}

    @property
    def tabs(self):
        return {
            "all": (_("All"), Q()),
            "open": (_("Not yet allocated"), state_is(S.IN_REQUEST)),
            "proposed": (_("Proposed"), Q(proposed_baht__isnull=False)),
            "allocated": (_("Allocated"), Q(allocated_baht__isnull=False)),
            "reserve": (_("Reserve list"), state_is(S.NOT_ALLOCATED)),
        }

    @cached_property
    def theme(self):
        wanted = whole(self.request.GET.get("theme"))
        return next((theme for theme in self.themes if theme.pk == wanted), None)

    @cached_property
    def themes(self):
        return list(self.round.themes.order_by("position", "pk"))

    def all_cases(self):
        return Proposal.objects.visible_to(self.request.user).for_allocation_in(self.round)

    def get_queryset(self):
        cases = super().get_queryset().select_related(*CASES, "proposed_by")
        return cases.order_by("theme__position", "theme_id", "-mean_score", "number", "pk")

    @cached_property
    def ceilings(self):
        """The round's own ceiling first, then the themes', then the routes'."""
        found = list(Ceiling.objects.filter(round=self.round).select_related("theme"))
        order = {"": 0, "theme": 1, "route": 2}
        found.sort(key=lambda one: (order[one.key.partition(":")[0]], one.theme.position if one.theme else 0, one.pk))
        for ceiling in found:
            ceiling.round = self.round
            ceiling.used_pct = int(ceiling.allocated_baht * 100 / ceiling.amount_baht) if ceiling.amount_baht else 0
        return found

    @property
    def columns(self):
        return case_columns(
            Column(_("Mean"), "mean_score", "number"),
            Column(_("Recommended (baht)"), "recommended_baht", "money"),
            Column(_("Proposed (baht)"), "proposed_baht", "money"),
            Column(_("Allocated (baht)"), "allocated_baht", "money"),
            Column(_("Route"), lambda case: case.get_route_display()),
            Column(_("State"), lambda case: case.get_state_display()),
        )

    @cached_property
    def may_propose(self):
        held = access.holding(self.request.user, "budgets.propose_allocation_proposal")
        return bool(held) and self.round.state == RoundState.ENACTED

    @cached_property
    def may_allocate(self):
        held = access.holding(self.request.user, "budgets.allocate_proposal")
        return bool(held) and self.round.state == RoundState.ENACTED

    def amounts(self, cases, data=None):
        """The form for several amounts, of those of `cases` that are still open."""
        wanted = [case for case in cases if case.state in OPEN]
        return AmountsForm(
            data,
            case=None,
            by=self.request.user,
            cases=wanted,
            initial_amount=lambda case: case.proposed_baht,
        )

    def post(self, request, *args, **kwargs):
        """Propose the amounts that changed: all of them or none."""
        require(request.user, "budgets.propose_allocation_proposal")
        keys = [whole(word) for word in request.POST.getlist("case")]
        cases = list(self.get_queryset().filter(pk__in=[key for key in keys if key is not None]))
        form = self.amounts(cases, request.POST)
        if not form.is_valid():
            return self.again(cases, form)
        wanted = [
            case
            for case in cases
            if case.state in OPEN and form.amount(case) is not None and form.amount(case) != case.proposed_baht
        ]
        if not wanted:
            messages.info(request, _("No amount was changed."))
            return redirect(request.get_full_path())
        reference = request.POST.get("reference", "").strip()[:200]
        try:
            bulk.take_all(
                PROPOSAL,
                wanted,
                "propose_allocation",
                by=request.user,
                details_for=lambda case: {"amount_baht": form.amount(case), "reference": reference},
            )
        except bulk.NotAll as refusal:
            messages.error(request, refusal.message)
            return self.again(cases, form, refusal.refusals, status=409)
        text = ngettext(
            "%(count)s amount is proposed. The chair decides.",
            "%(count)s amounts are proposed. The chair decides.",
            len(wanted),
        )
        messages.success(request, text % {"count": len(wanted)})
        return redirect(request.get_full_path())

    def again(self, cases, form, refusals=None, status=400) -> HttpResponse:
        """The page as it was sent, with what stands in the way beside each row."""
        context = self.get_context_data(rows=cases, page=None, amounts=form, refusals=refusals or {})
        return render(self.request, self.template_name, context, status=status)

    def get_context_data(self, rows, amounts=None, refusals=None, **context):
        form = amounts or (self.amounts(rows) if self.may_propose else None)
        for case in rows:
            case.is_open = case.state in OPEN
            case.refusal = (refusals or {}).get(case.pk)
            case.amount = form.of(case) if form and case.is_open else None
        proposed = self.all_cases().filter(proposed_baht__isnull=False, state__in=OPEN)
        if self.request.GET.get("theme"):
            proposed = proposed.filter(theme=self.theme)
        waiting = list(proposed.values_list("proposed_baht", flat=True)) if self.may_allocate else []
        return super().get_context_data(
            rows=rows,
            themes=self.themes,
            theme=self.theme,
            ceilings=self.ceilings,
            ceiling_changes=ledger.later_enactments(self.round),
            may_propose=self.may_propose,
            may_allocate=self.may_allocate,
            waiting=len(waiting),
            waiting_baht=sum(waiting),
            is_enacted=self.round.state == RoundState.ENACTED,
            hidden=Proposal.objects.for_allocation_in(self.round).in_conflict_with(self.request.user).count(),
            **context,
        )


urlpatterns = [path("rounds/<int:pk>/allocation/", AllocationBoard.as_view(), name="allocation-board")]
