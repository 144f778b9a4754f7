"""The budget request: which recommended cases go in, by route, and the consolidated file."""

import tempfile
from functools import cached_property

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, Sum
from django.http import FileResponse
from django.urls import path
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from budgets.deciding import request_export
from budgets.forms.deciding import CaseFilter
from budgets.models import Proposal
from budgets.states import ProposalState as S
from budgets.states import RoundState, Route
from budgets.views.deciding.common import CASES, RoundDesk, case_columns, state_is, visible_round
from portal import access
from portal.audit import record
from portal.exports import Column
from portal.views import require

REQUEST_OPEN = frozenset({RoundState.ANNOUNCED, RoundState.REQUESTED})


class RequestBoard(RoundDesk):
    """Recommended cases: included in the request, left out, or still to be placed."""

    filterset_class = CaseFilter
    template_name = "budgets/deciding/request_board.html"
    partial_name = "budgets/deciding/_request_rows.html"
    title = gettext_lazy("Budget request")
    filename = "request"
    orderings = {  # noqa: RUF012
        "number": "number",
        "name": "local_government__name_sort_key",
        "recommended": "recommended_baht",
        "mean": "mean_score",
    }

    @property
    def tabs(self):
        return {
            "open": (_("To be placed"), state_is(S.RECOMMENDED)),
            "included": (_("In the request"), Q(is_included=True)),
            "left_out": (_("Left out"), Q(is_included=False) & ~state_is(S.RECOMMENDED)),
            "all": (_("All"), Q()),
        }

    def all_cases(self):
        return Proposal.objects.visible_to(self.request.user).recommended_in(self.round).with_inclusion()

    def get_queryset(self):
        return super().get_queryset().select_related(*CASES).order_by("route", "number", "pk")

    @cached_property
    def by_route(self):
        """For each route what is in the request and what is not placed yet."""
        inside = Q(is_included=True)
        rows = (
            self.all_cases()
            .order_by("route")
            .values("route")
            .annotate(
                inside=Count("pk", filter=inside),
                inside_baht=Sum("recommended_baht", filter=inside),
                open=Count("pk", filter=Q(state=S.RECOMMENDED)),
                open_baht=Sum("recommended_baht", filter=Q(state=S.RECOMMENDED)),
            )
        )
        return [{**row, "label": Route(row["route"]).label if row["route"] else "–"} for row in rows]

    @property
    def columns(self):
        return case_columns(
            Column(_("Route"), lambda case: case.get_route_display()),
            Column(_("Recommended (baht)"), "recommended_baht", "money"),
            Column(_("Mean"), "mean_score", "number"),
            Column(_("State"), lambda case: case.get_state_display()),
            Column(_("Reason"), "decision_reason"),
        )

    def get_context_data(self, **context):
        may_place = bool(access.holding(self.request.user, "budgets.decide_request_proposal"))
        return super().get_context_data(
            by_route=self.by_route,
            inside=sum(row["inside"] for row in self.by_route),
            hidden=Proposal.objects.recommended_in(self.round).in_conflict_with(self.request.user).count(),
            inside_baht=sum(row["inside_baht"] or 0 for row in self.by_route),
            may_place=may_place,
            is_open=self.round.state in REQUEST_OPEN,
            **context,
        )


@never_cache
@login_required
def request_file(request, pk):
    """The consolidated request: a summary, and a sheet for each route."""
    require(request.user, "budgets.view_outcome")
    round = visible_round(request, pk)
    cases = (
        Proposal.objects.visible_to(request.user)
        .recommended_in(round)
        .exclude(state__in=[S.RECOMMENDED, S.NOT_ALLOCATED])
    )
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the response
    count = request_export.write(file, round, cases, by=request.user)
    record("round.request_file", round, by=request.user, details={"rows": count})
    file.seek(0)
    response = FileResponse(file, content_type=request_export.CONTENT_TYPE)
    response["Content-Disposition"] = content_disposition_header(True, f"request-{round.fiscal_year}-{round.pk}.xlsx")
    return response


urlpatterns = [
    path("rounds/<int:pk>/request/", RequestBoard.as_view(), name="request-board"),
    path("rounds/<int:pk>/request.xlsx", request_file, name="request-file"),
]
