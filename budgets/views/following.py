"""A project that is carried out: its plan, its money, its reports and its end."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from budgets import turns
from budgets.forms.following import CommitmentForm, DisbursementForm, ReverseForm
from budgets.lifecycle import PROPOSAL
from budgets.models import LedgerEntry, Proposal
from budgets.money import ledger, moving, retargeting, trail
from budgets.rules import knows_outcome
from budgets.states import Entry, ProposalState, RoundState
from budgets.views import reports
from budgets.views.reports import visible_case
from budgets.views.setting_up import attempt, posted
from budgets.writing import drafting
from portal import access, files
from portal.views import TakeStep

FORMS = {Entry.COMMITMENT: CommitmentForm, Entry.DISBURSEMENT: DisbursementForm}
NEITHER_BOUND_NOR_PAID = frozenset({Entry.ALLOCATION, Entry.TRANSFER, Entry.RETURN})
TITLES = {Entry.COMMITMENT: L("Record a contract"), Entry.DISBURSEMENT: L("Record a payment")}


def six_amounts(proposal, user):
    """The six amounts in their order as (label, amount), without what this person may not know."""
    amounts = [(L("Requested"), proposal.requested_baht)]
    if knows_outcome(user, proposal.round):
        amounts.append((L("Recommended"), proposal.recommended_baht))
    return [
        *amounts,
        (L("Allocated"), proposal.allocated_baht),
        (L("Committed"), proposal.committed_baht),
        (L("Disbursed"), proposal.disbursed_baht),
        (L("Money returned"), proposal.returned_baht),
    ]


def bar(proposal):
    """What became of the allocation, as pieces of a bar 1000 wide: disbursed, bound, returned, and the rest."""
    whole = proposal.allocated_baht
    if not whole:
        return []
    pieces = [
        ("disbursed", L("Disbursed"), proposal.disbursed_baht),
        ("committed", L("Committed, not yet paid"), proposal.committed_baht - proposal.disbursed_baht),
        ("returned", L("Money returned"), proposal.returned_baht),
    ]
    free = whole - proposal.committed_baht - proposal.returned_baht
    pieces.append(("rest", L("Neither committed nor returned"), max(free, 0)))
    drawn, at = [], 0
    for name, label, amount in pieces:
        width = int(amount * 1000 / whole)
        drawn.append({"name": name, "label": label, "amount": amount, "at": at, "width": width})
        at += width
    return drawn


def case_context(request, proposal):
    """What every page of a project shows: its amounts, its bar, and what the person may do."""
    user = request.user
    return {
        "proposal": proposal,
        "amounts": six_amounts(proposal, user),
        "bar": bar(proposal),
        "is_running": is_running(proposal),
        "may_record": may_record(user, proposal),
    }


def is_running(proposal):
    return proposal.state == ProposalState.EXECUTING and proposal.round.state == RoundState.ENACTED


def may_record(user, proposal):
    """Whether the person records contracts and payments of this project now."""
    return is_running(proposal) and access.capacity(user, "budgets.record_money", proposal) is not None


# The plan


ANSWERS = frozenset({"accept_targets", "decline_targets", "confirm_plan", "decline_allocation"})


@login_required
def plan(request, pk):
    """What was allocated against what was planned: to re-scope, to confirm, or to decline."""
    proposal = visible_case(request, pk)
    if proposal.allocated_baht is None:
        raise Http404
    user = request.user
    planned = drafting.planned_baht(proposal)
    is_open = bool(drafting.open_sections(proposal))
    context = {
        **case_context(request, proposal),
        "items": list(proposal.items.select_related("category")),
        "funding": list(proposal.funding.all()),
        "planned": planned,
        "difference": planned - proposal.allocated_baht,
        "sections": drafting.open_sections(proposal)
        if is_open and access.capacity(user, "budgets.change_proposal", proposal)
        else [],
        "offers": [offer for offer in PROPOSAL.offers(proposal, by=user) if offer.name in ANSWERS],
        "retargeting": retargeting.standing(proposal),
        "promises": retargeting.comparison(proposal),
        "allocation_reference": ledger.allocation_reference(proposal),
        "turn": turns.turn_of(proposal, user),
        "item_changes": list(proposal.item_changes.order_by("-pk")),
        "may_change_items": is_running(proposal)
        and access.capacity(user, "budgets.ask_item_change", proposal) is not None,
    }
    return render(request, "budgets/following/plan.html", context)


# The money


@login_required
def money(request, pk):
    """The six amounts, the contracts with what is paid against them, and every correction."""
    proposal = visible_case(request, pk)
    entries = list(
        proposal.entries.select_related("recorded_by", "file", "commitment", "reversed_by", "reverses")
        .prefetch_related("items", "later_years")
        .order_by("on", "pk")
    )
    planned_later, bound_later = ledger.planned_later(proposal), ledger.bound_later(proposal)
    paid = {}
    for entry in entries:
        if entry.commitment_id:
            paid[entry.commitment_id] = paid.get(entry.commitment_id, 0) + entry.amount_baht
    for entry in entries:
        entry.is_reversed = hasattr(entry, "reversed_by") or entry.reverses_id is not None
        entry.paid_baht = paid.get(entry.pk, 0)
        entry.left_baht = entry.amount_baht - entry.paid_baht
    of_kind = {kind: [entry for entry in entries if entry.kind == kind] for kind in Entry}
    context = {
        **case_context(request, proposal),
        "commitments": of_kind[Entry.COMMITMENT],
        "disbursements": of_kind[Entry.DISBURSEMENT],
        "allocations": [entry for entry in entries if entry.kind in NEITHER_BOUND_NOR_PAID],
        "later": [(year, bound_later.get(year, 0), amount) for year, amount in sorted(planned_later.items())],
        "carry_overs": list(proposal.carry_overs.order_by("pk")),
        "year_end": ledger.last_day(proposal.round),
        "carried_rest": ledger.carried_rest_baht(proposal),
        "may_carry": is_running(proposal)
        and access.capacity(request.user, "budgets.ask_carry_over", proposal) is not None,
        "unpaid": moving.unpaid_baht(proposal),
        "has_actions": any(
            entry.file_id or (not entry.is_reversed and may_record(request.user, proposal)) for entry in entries
        ),
        "has_open_commitment": any(
            not entry.is_reversed and entry.left_baht > 0 for entry in of_kind[Entry.COMMITMENT]
        ),
    }
    return render(request, "budgets/following/money.html", context)


@login_required
def enter(request, pk, kind):
    """A new contract or payment."""
    proposal = visible_case(request, pk)
    if kind not in FORMS:
        raise Http404
    if access.capacity(request.user, "budgets.record_money", proposal) is None:
        raise PermissionDenied(_("Only officers of this local government may record its spending."))
    form = FORMS[kind](posted(request), request.FILES or None, proposal=proposal)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)

        def save():
            if upload := given.pop("file", None):
                given["file"] = files.store(upload, by=request.user, only=set(form.fields["file"].widget.kinds))
            ledger.enter(proposal, kind, by=request.user, **given)

        if attempt(form, save):
            messages.success(request, _("Recorded."))
            return redirect("budgets:money", proposal.pk)
    context = {**case_context(request, proposal), "form": form, "title": TITLES[kind], "kind": kind}
    return render(request, "budgets/following/enter.html", context, status=400 if form.errors else 200)


@login_required
def reverse_entry(request, pk, entry):
    """Take an entry back, by an entry of the opposite amount."""
    proposal = visible_case(request, pk)
    if access.capacity(request.user, "budgets.record_money", proposal) is None:
        raise PermissionDenied(_("Only officers of this local government may record its spending."))
    found = get_object_or_404(proposal.entries.filter(kind__in=FORMS).select_related("proposal"), pk=entry)
    form = ReverseForm(posted(request))

    def save():
        ledger.reverse_entry(found, by=request.user, **form.cleaned_data)

    if request.method == "POST" and form.is_valid() and attempt(form, save):
        messages.success(request, _("Taken back by a reversing entry."))
        return redirect("budgets:money", proposal.pk)
    context = {**case_context(request, proposal), "form": form, "entry": found}
    return render(request, "budgets/following/reverse.html", context, status=400 if form.errors else 200)


@login_required
def entry_file(request, pk, entry):
    """The file of an entry of a visible case."""
    proposal = visible_case(request, pk)
    found = get_object_or_404(
        LedgerEntry.objects.filter(proposal=proposal, file__isnull=False).select_related("file"), pk=entry
    )
    return files.serve(found.file)


# The end


class Ending(TakeStep):
    """Completing or terminating a project: final indicators against their targets, and the money that goes back."""

    queryset = Proposal.objects.select_related("round", "local_government__province", "local_government__district")
    lifecycle = PROPOSAL
    template_name = "budgets/following/ending.html"
    NAMES = frozenset({"complete", "terminate"})

    @property
    def row(self):
        if self.name not in self.NAMES:
            raise Http404
        return TakeStep.row.func(self)

    def form(self, data=None, files=None):
        form = super().form(data, files)
        if not form.is_bound:
            form.initial.setdefault("returned_baht", self.object.rest_baht)
        return form

    def get_context_data(self, **context):
        proposal = self.object
        return super().get_context_data(
            **case_context(self.request, proposal),
            kpis=trail.final_indicators(proposal),
            reports=list(proposal.reports.visible_to(self.request.user)),
            **context,
        )


urlpatterns = [
    path("proposals/<int:pk>/plan/", plan, name="plan"),
    path("proposals/<int:pk>/money/", money, name="money"),
    path("proposals/<int:pk>/money/<int:entry>/reverse/", reverse_entry, name="money-reverse"),
    path("proposals/<int:pk>/money/<int:entry>/file/", entry_file, name="entry-file"),
    path("proposals/<int:pk>/money/<slug:kind>/", enter, name="money-enter"),
    path("proposals/<int:pk>/ending/<slug:step>/", Ending.as_view(), name="ending"),
    *reports.urlpatterns,
]
