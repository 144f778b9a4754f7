"""Money after its allocation: transfers between projects, carry-overs, and what the year's end leaves."""

from functools import cached_property

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from budgets.forms.moving import (
    AskCarryOverForm,
    ChangedItems,
    ItemChangeForm,
    TransferFilter,
    TransferForm,
    YearEndFilter,
)
from budgets.lifecycle import CARRY_OVER, ITEM_CHANGE, TRANSFER
from budgets.models import CarryOver, ItemChange, Proposal, Transfer
from budgets.money import ledger, moving, rescoping
from budgets.states import ProposalState, RoundState
from budgets.views.deciding.common import visible_round
from budgets.views.following import case_context, visible_case
from budgets.views.setting_up import attempt, posted
from portal import access, clock, files
from portal.exports import Column
from portal.fields import in_baht
from portal.views import TakeStep, VisibleDetail, VisibleList, WorkList

PLACES = "local_government__province", "local_government__district"


# Carry-overs of a project


@login_required
def ask(request, pk):
    """Ask to carry money over; with `?extension=1`, to let what is carried over be paid longer."""
    proposal = visible_case(request, pk)
    if access.capacity(request.user, "budgets.ask_carry_over", proposal) is None:
        raise PermissionDenied(_("Only officers of this local government may ask for this."))
    is_extension = request.GET.get("extension") == "1"
    form = AskCarryOverForm(posted(request), proposal=proposal, is_extension=is_extension)
    if request.method == "POST" and form.is_valid():
        given = {"amount_baht": None, **form.cleaned_data}

        def save():
            moving.ask_carry_over(proposal, by=request.user, is_extension=is_extension, **given)

        if attempt(form, save):
            messages.success(request, _("Asked for. DLA decides on the authority's letter."))
            return redirect("budgets:money", proposal.pk)
    context = {
        **case_context(request, proposal),
        "form": form,
        "is_extension": is_extension,
        "year_end": ledger.last_day(proposal.round),
        "unpaid": moving.unpaid_baht(proposal),
    }
    return render(request, "budgets/moving/ask.html", context, status=400 if form.errors else 200)


class OfCarryOver:
    """The carry-overs of the project that the address names."""

    lifecycle = CARRY_OVER
    queryset = CarryOver.objects.select_related(
        "proposal__round", *(f"proposal__{one}" for one in PLACES), "letter", "asked_by", "decided_by"
    )

    def get_queryset(self):
        return super().get_queryset().filter(proposal=self.kwargs["proposal"])


class CarryOverPage(OfCarryOver, VisibleDetail):
    template_name = "budgets/moving/carry_over.html"

    def get_context_data(self, **context):
        return super().get_context_data(carry=self.object, proposal=self.object.proposal, **context)


class CarryOverStep(OfCarryOver, TakeStep):
    pass


# Changes of items


@login_required
def ask_item_change(request, pk):
    """Ask to change the items of a project under way, on an authority's letter."""
    proposal = visible_case(request, pk)
    if access.capacity(request.user, "budgets.ask_item_change", proposal) is None:
        raise PermissionDenied(_("Only officers of this local government may ask for this."))
    form = ItemChangeForm(posted(request), request.FILES or None)
    items = ChangedItems(posted(request), proposal=proposal, prefix="item")
    if request.method == "POST" and form.is_valid() & items.is_valid():
        given = dict(form.cleaned_data)

        def save():
            if upload := given.pop("letter"):
                given["letter"] = files.store(upload, by=request.user, only={"pdf"})
            rescoping.ask(proposal, by=request.user, items=items.rows(), **given)

        if attempt(form, save):
            messages.success(request, _("Asked for. The province accepts or declines the change."))
            return redirect("budgets:plan", proposal.pk)
    context = {
        **case_context(request, proposal),
        "form": form,
        "items": items,
        "limits": sorted(rescoping.bounds(proposal).items()),
    }
    status = 400 if form.errors or any(items.errors) else 200
    return render(request, "budgets/moving/ask_item_change.html", context, status=status)


class OfItemChange:
    """The changes of items of the project that the address names."""

    lifecycle = ITEM_CHANGE
    queryset = ItemChange.objects.select_related(
        "proposal__round", *(f"proposal__{one}" for one in PLACES), "letter", "asked_by", "decided_by"
    )

    def get_queryset(self):
        return super().get_queryset().filter(proposal=self.kwargs["proposal"])


class ItemChangePage(OfItemChange, VisibleDetail):
    template_name = "budgets/moving/item_change.html"

    def get_context_data(self, **context):
        return super().get_context_data(
            change=self.object,
            proposal=self.object.proposal,
            lines=rescoping.comparison(self.object),
            before_baht=rescoping.total(self.object.before),
            **context,
        )


class ItemChangeStep(OfItemChange, TakeStep):
    pass


# Transfers of a round


class TransferList(VisibleList):
    """Transfers between the projects of a round, the latest first."""

    template_name = "budgets/moving/transfers.html"
    partial_name = "budgets/moving/_transfer_rows.html"
    title = L("Transfers")
    filename = "transfers"
    filterset_class = TransferFilter
    columns = (
        Column(L("State"), lambda one: one.get_state_display()),
        Column(L("Amount (baht)"), "amount_baht", "money"),
        Column(L("From the project"), "source.number", "code"),
        Column(L("Local government"), "source.local_government.name_th"),
        Column(L("To the project"), "target.number", "code"),
        Column(L("Local government"), "target.local_government.name_th"),
        Column(L("Authority"), "authority"),
        Column(L("Letter number"), "letter_no", "code"),
        Column(L("Date of the letter"), "letter_on", "date"),
        Column(L("Reason"), "reason"),
    )

    @cached_property
    def round(self):
        return visible_round(self.request, self.kwargs["pk"])

    def get_queryset(self):
        related = [f"{end}__{place}" for end in ("source", "target") for place in PLACES]
        return (
            Transfer.objects.visible_to(self.request.user)
            .filter(round=self.round)
            .select_related(*related)
            .order_by("-pk")
        )

    def get_context_data(self, **context):
        user = self.request.user
        return super().get_context_data(
            round=self.round,
            may_propose=self.round.state == RoundState.ENACTED
            and bool(access.holding(user, "budgets.propose_transfer")),
            knows=bool(access.holding(user, "budgets.view_outcome")),
            **context,
        )


@login_required
def propose(request, pk):
    """Propose a transfer between two projects of a round."""
    round = visible_round(request, pk)
    if not access.holding(request.user, "budgets.propose_transfer"):
        raise PermissionDenied(_("Only the committee's secretary proposes transfers."))
    form = TransferForm(posted(request), request.FILES or None, round=round, by=request.user)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)

        def save():
            if upload := given.pop("letter"):
                given["letter"] = files.store(upload, by=request.user, only={"pdf"})
            moving.propose_transfer(by=request.user, **given)

        if attempt(form, save):
            messages.success(request, _("The transfer is proposed. The chair decides."))
            return redirect("budgets:transfers", round.pk)
    context = {"form": form, "round": round}
    return render(request, "budgets/moving/propose.html", context, status=400 if form.errors else 200)


class OfTransfer:
    """The transfers of the round that the address names."""

    lifecycle = TRANSFER
    queryset = Transfer.objects.select_related(
        "round",
        "letter",
        "asked_by",
        "decided_by",
        *(f"{end}__{one}" for end in ("source", "target") for one in PLACES),
    )

    def get_queryset(self):
        return super().get_queryset().filter(round=self.kwargs["round"])


class TransferPage(OfTransfer, VisibleDetail):
    template_name = "budgets/moving/transfer.html"

    def get_context_data(self, **context):
        return super().get_context_data(ends=self.ends(), **context)

    def ends(self):
        """Both projects, each with a link only for those who may see the case."""
        seen = set(
            Proposal.objects.visible_to(self.request.user)
            .filter(pk__in=[self.object.source_id, self.object.target_id])
            .values_list("pk", flat=True)
        )
        return [
            {"label": _("From the project"), "case": self.object.source, "is_seen": self.object.source_id in seen},
            {"label": _("To the project"), "case": self.object.target, "is_seen": self.object.target_id in seen},
        ]


class TransferStep(OfTransfer, TakeStep):
    def form(self, data=None, files=None):
        form = super().form(data, files)
        if self.name == "approve" and not form.is_bound:
            form.initial.setdefault("amount_baht", self.object.amount_baht)
        return form


@login_required
def carry_over_letter(request, proposal, pk):
    return letter_of(CarryOver.objects.visible_to(request.user).filter(proposal=proposal), pk)


@login_required
def item_change_letter(request, proposal, pk):
    return letter_of(ItemChange.objects.visible_to(request.user).filter(proposal=proposal), pk)


@login_required
def transfer_letter(request, round, pk):
    return letter_of(Transfer.objects.visible_to(request.user).filter(round=round), pk)


def letter_of(moves, pk):
    """The letter on which a visible move rests."""
    found = get_object_or_404(moves.select_related("letter"), pk=pk)
    if found.letter is None:
        raise Http404
    return files.serve(found.letter)


# The year's end


class YearEnd(WorkList):
    """Projects of a round whose money is not all paid: what is bound, what is carried over, what would lapse."""

    permissions = ("budgets.view_report",)
    filterset_class = YearEndFilter
    template_name = "budgets/moving/year_end.html"
    partial_name = "budgets/moving/_year_end_rows.html"
    title = L("The year's end")
    filename = "year-end"
    orderings = {  # noqa: RUF012
        "local_government": "local_government__name_sort_key",
        "unpaid": "unpaid_baht",
        "lapses": "lapses_baht",
    }
    columns = (
        Column(L("Number"), "number", "code"),
        Column(L("Local government"), "local_government.name_th"),
        Column(L("Province"), "local_government.province.name_th"),
        Column(L("Project"), "title_th"),
        Column(L("Allocated (baht)"), "allocated_baht", "money"),
        Column(L("Disbursed (baht)"), "disbursed_baht", "money"),
        Column(L("Committed, not yet paid"), "unpaid_baht", "money"),
        Column(L("Carried over and unpaid (baht)"), "rest_carried_baht", "money"),
        Column(L("To be paid until"), "carried_until", "date"),
        Column(L("Would lapse (baht)"), "lapses_baht", "money"),
    )

    @cached_property
    def round(self):
        return visible_round(self.request, self.kwargs["pk"])

    @property
    def tabs(self):
        return {
            "all": (_("All"), Q()),
            "unbound": (_("Not all committed"), Q(unbound_baht__gt=0)),
            "unpaid": (_("Committed, not yet paid"), Q(unpaid_baht__gt=0)),
            "asked": (_("Carry-over asked for"), Q(has_asked=True)),
            "carried": (_("Carried over"), Q(rest_carried_baht__gt=0)),
        }

    def all_cases(self):
        """Adds `unbound_baht`, `unpaid_baht`, `rest_carried_baht`, `lapses_baht` (Decimal) and `has_asked` (bool)."""
        carried = Coalesce(F("carried_baht"), in_baht(0)) - Coalesce(F("carried_paid_baht"), in_baht(0))
        waiting = CarryOver.objects.waiting().filter(proposal=OuterRef("pk"))
        under_way = Proposal.objects.visible_to(self.request.user).filter(
            round=self.round, state__in=[ProposalState.ALLOCATED, ProposalState.EXECUTING]
        )
        return under_way.annotate(
            unbound_baht=F("allocated_baht") - F("committed_baht") - F("returned_baht"),
            unpaid_baht=F("committed_baht") - F("disbursed_baht"),
            rest_carried_baht=carried,
            lapses_baht=F("allocated_baht") - F("disbursed_baht") - F("returned_baht") - carried,
            has_asked=Exists(waiting),
        )

    def get_queryset(self):
        return super().get_queryset().select_related(*PLACES).order_by("number", "pk")

    def get_context_data(self, **context):
        day = ledger.last_day(self.round)
        return super().get_context_data(
            round=self.round,
            year_end=day,
            is_over=clock.today() > day,
            knows=bool(access.holding(self.request.user, "budgets.view_outcome")),
            **context,
        )


urlpatterns = [
    path("proposals/<int:pk>/carry-overs/new/", ask, name="carry-over-new"),
    path("proposals/<int:proposal>/carry-overs/<int:pk>/", CarryOverPage.as_view(), name="carry-over"),
    path("proposals/<int:proposal>/carry-overs/<int:pk>/letter/", carry_over_letter, name="carry-over-letter"),
    path("proposals/<int:proposal>/carry-overs/<int:pk>/<slug:step>/", CarryOverStep.as_view(), name="carry-over-step"),
    path("proposals/<int:pk>/item-changes/new/", ask_item_change, name="item-change-new"),
    path("proposals/<int:proposal>/item-changes/<int:pk>/", ItemChangePage.as_view(), name="item-change"),
    path("proposals/<int:proposal>/item-changes/<int:pk>/letter/", item_change_letter, name="item-change-letter"),
    path(
        "proposals/<int:proposal>/item-changes/<int:pk>/<slug:step>/", ItemChangeStep.as_view(), name="item-change-step"
    ),
    path("rounds/<int:pk>/transfers/", TransferList.as_view(), name="transfers"),
    path("rounds/<int:pk>/transfers/new/", propose, name="transfer-new"),
    path("rounds/<int:round>/transfers/<int:pk>/", TransferPage.as_view(), name="transfer"),
    path("rounds/<int:round>/transfers/<int:pk>/letter/", transfer_letter, name="transfer-letter"),
    path("rounds/<int:round>/transfers/<int:pk>/<slug:step>/", TransferStep.as_view(), name="transfer-step"),
    path("rounds/<int:pk>/year-end/", YearEnd.as_view(), name="year-end"),
]
