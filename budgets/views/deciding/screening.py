"""Screening: the queue of an office, the desk with its checklist, and what changed since a return."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from budgets.forms.deciding import RoundCaseFilter
from budgets.judging import findings, screening
from budgets.lifecycle import PROPOSAL
from budgets.models import ExpenseCategory, Proposal
from budgets.states import ProposalState as S
from budgets.views.deciding.common import (
    CASES,
    DECIDING,
    DecidingStep,
    Desk,
    Q,
    case_columns,
    state_is,
    visible_case,
)
from budgets.writing import comparison
from portal import access, clock
from portal.errors import Refused
from portal.exports import Column
from portal.models import Subdistrict
from portal.models.audit import Event
from portal.roles import roles_with
from portal.thai.dates import thaitime
from portal.views import require, whole

ON_THE_DESK = (S.SUBMITTED, S.IN_SCREENING, S.RETURNED)
READERS = ("budgets.confirm_screen_out_proposal", "budgets.view_outcome")


class ScreeningQueue(Desk):
    """What an office has to screen, longest waiting first."""

    permissions = ("budgets.screen_proposal",)
    filterset_class = RoundCaseFilter
    template_name = "budgets/deciding/screening_queue.html"
    partial_name = "budgets/deciding/_screening_rows.html"
    title = gettext_lazy("Screening")
    filename = "screening"
    orderings = {  # noqa: RUF012
        "since": "submitted_at",
        "due": ("round__screening_due_on", "submitted_at"),
        "number": "number",
        "requested": "requested_baht",
        "name": "local_government__name_sort_key",
    }

    @property
    def tabs(self):
        return {
            "open": (_("To be done"), state_is(S.SUBMITTED, S.IN_SCREENING)),
            "unclaimed": (_("Not yet claimed"), state_is(S.SUBMITTED)),
            "mine": (_("Mine"), Q(state=S.IN_SCREENING, screener=self.request.user)),
            "proposed": (_("Screen-out proposed"), Q(state=S.IN_SCREENING) & ~Q(proposed_reason="")),
            "returned": (_("Waiting for the office"), Q(state=S.RETURNED, returned_from=S.IN_SCREENING)),
        }

    def all_cases(self):
        cases = Proposal.objects.visible_to(self.request.user).for_screening_by(self.request.user, clock.today())
        return cases.filter(state__in=ON_THE_DESK)

    def get_queryset(self):
        return super().get_queryset().select_related(*CASES, "screener").order_by("submitted_at", "pk")

    @property
    def columns(self):
        return case_columns(
            Column(_("State"), lambda case: case.get_state_display()),
            Column(_("Waiting since"), "submitted_at", "moment"),
            Column(_("Screening due"), "round.screening_due_on", "date"),
            Column(_("Screened by"), lambda case: str(case.screener or "")),
        )

    def get_context_data(self, **context):
        own = {m.province_id for m in access.memberships(self.request.user) if m.province_id}
        return super().get_context_data(own_provinces=own, today=clock.today(), **context)


class ScreenOutList(Desk):
    """Screen-outs that a province proposes, for DLA to confirm."""

    permissions = ("budgets.confirm_screen_out_proposal",)
    filterset_class = RoundCaseFilter
    template_name = "budgets/deciding/screen_outs.html"
    partial_name = "budgets/deciding/_screen_out_rows.html"
    title = gettext_lazy("Screen-outs to confirm")
    filename = "screen-outs"

    def all_cases(self):
        return Proposal.objects.visible_to(self.request.user).filter(state=S.IN_SCREENING).exclude(proposed_reason="")

    def get_queryset(self):
        return super().get_queryset().select_related(*CASES, "proposed_by").order_by("submitted_at", "pk")

    @property
    def columns(self):
        return case_columns(
            Column(_("Reason proposed"), "proposed_reason"),
            Column(_("Proposed by"), lambda case: str(case.proposed_by or "")),
        )


@login_required
def screening_desk(request, pk):
    """One case beside its checklist."""
    require(request.user, "budgets.screen_proposal", *READERS)
    proposal = get_object_or_404(
        Proposal.objects.visible_to(request.user).whole().select_related("screener", "proposed_by"), pk=pk
    )
    screens = request.user.has_perm("budgets.screen_proposal", proposal)
    if not screens and not any(access.holding(request.user, permission) for permission in READERS):
        raise PermissionDenied(_("Another office screens this case."))
    versions = list(proposal.versions.order_by("-version").defer("canonical"))
    context = {
        "proposal": proposal,
        "rows": screening.checklist(proposal),
        "answers": screening.ANSWERS,
        "unanswered": screening.unanswered(proposal),
        "answered": len(screening.CHECKS) - screening.unanswered(proposal),
        "of": len(screening.CHECKS),
        "may_check": screens and proposal.state == S.IN_SCREENING,
        "stands_in": screening.stands_in(request.user, proposal),
        "screened_instead": was_screened_instead(proposal),
        "offers": sorted(
            (offer for offer in PROPOSAL.offers(proposal, by=request.user) if offer.name in DECIDING),
            key=lambda offer: offer.name != "pass_screening",
        ),
        "versions": versions,
        "findings": findings.findings(proposal, request.user),
        "returns": list(proposal.returns.select_related("returned_by").order_by("-pk")),
    }
    return render(request, "budgets/deciding/screening.html", context)


def was_screened_instead(proposal):
    """True when who claimed the case last stood in for the province."""
    claims = Event.objects.of(proposal).filter(verb="proposal.start_screening").order_by("-id")
    return claims.values_list("role", flat=True).first() in roles_with("budgets.stand_in_for_province")


@login_required
@require_POST
def save_checks(request, pk):
    """Keep what is noted on the checklist; for autosave the answer is JSON."""
    proposal = visible_case(request, pk)
    noted = {
        check.code: {
            "answer": request.POST.get(f"answer-{check.code}", ""),
            "note": request.POST.get(f"note-{check.code}", ""),
        }
        for check in screening.CHECKS
    }
    wants_json = "application/json" in request.headers.get("Accept", "")
    desk = reverse("budgets:screening", args=[pk])
    try:
        saved = screening.save_checks(proposal, noted, by=request.user, version=whole(request.POST.get("version")))
    except Refused as refusal:
        if wants_json:
            return JsonResponse({"detail": refusal.message, "code": refusal.code, "url": desk}, status=409)
        messages.warning(request, refusal.message)
        return redirect(desk)
    if wants_json:
        left = screening.unanswered(saved)
        return JsonResponse({"saved_at": thaitime(clock.now()), "version": saved.version, "unanswered": left})
    messages.success(request, _("The checklist is saved."))
    return redirect(desk)


@login_required
def compare(request, pk):
    """Two submitted versions side by side: by default the last two."""
    proposal = get_object_or_404(Proposal.objects.visible_to(request.user).whole(), pk=pk)
    versions = list(proposal.versions.order_by("version").select_related("signed_by"))
    if len(versions) < 2:
        return render(request, "budgets/deciding/compare_none.html", {"proposal": proposal, "versions": versions})
    by_number = {version.version: version for version in versions}
    new = by_number.get(whole(request.GET.get("new")), versions[-1])
    before = [version for version in versions if version.version < new.version]
    if not before:
        raise Http404
    old = by_number.get(whole(request.GET.get("old")), before[-1])
    asked = proposal.returns.filter(from_version__gte=old.version, from_version__lt=new.version)
    requested = [row for one in asked for row in one.sections]
    parts = comparison.compare(old, new, requested=requested, names=names_for(proposal))
    context = {
        "proposal": proposal,
        "old": old,
        "new": new,
        "versions": versions,
        "asked": asked,
        "parts": parts,
        "changed": [part for part in parts if part.changed],
        "unasked": [part for part in parts if part.changed and not part.requested and requested],
        "ignored": [part for part in parts if part.reason and not part.changed],
        "shows_all": "all" in request.GET,
    }
    return render(request, "budgets/deciding/compare.html", context)


def names_for(proposal):
    """Words for the codes in a canonical file: categories, subdistricts and documents of the round."""
    names = {category.code: str(category) for category in ExpenseCategory.objects.select_related("parent")}
    names |= {document.kind: document.name for document in proposal.round.documents.all()}
    in_province = Subdistrict.objects.filter(district__province=proposal.local_government.province_id)
    return names | {subdistrict.code: subdistrict.name for subdistrict in in_province}


urlpatterns = [
    path("screening/", ScreeningQueue.as_view(), name="screening-queue"),
    path("screening/to-confirm/", ScreenOutList.as_view(), name="screen-outs"),
    path("proposals/<int:pk>/screening/", screening_desk, name="screening"),
    path("proposals/<int:pk>/screening/checks/", save_checks, name="screening-checks"),
    path("proposals/<int:pk>/compare/", compare, name="compare"),
    path("proposals/<int:pk>/decide/<slug:step>/", DecidingStep.as_view(), name="deciding-step"),
]
