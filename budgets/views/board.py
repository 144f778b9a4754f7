"""The board of a province: each of its offices in a round, and what helps it on."""

from functools import cached_property

import django_filters
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from budgets import helping
from budgets.models import Proposal, Round
from budgets.states import ContactKind, ProposalState, RoundState
from budgets.views.deciding.common import safe_next, visible_case
from portal import access, clock
from portal.errors import Refused
from portal.exports import Column
from portal.forms import PortalForm
from portal.models import LocalGovernment, Membership, Province
from portal.people import accounts
from portal.roles import Role
from portal.states import LocalGovernmentKind
from portal.thai.dates import thaidate
from portal.views import VisibleList, whole

PAGE = 25


class BoardFilter(django_filters.FilterSet):
    """How the board narrows."""

    q = django_filters.CharFilter(label=gettext_lazy("Local government"), method="named")
    kind = django_filters.ChoiceFilter(
        label=gettext_lazy("Kind of local government"), choices=LocalGovernmentKind.choices,
        empty_label=gettext_lazy("All"),
    )  # fmt: skip
    standing = django_filters.ChoiceFilter(
        label=gettext_lazy("Standing"),
        choices=[
            ("no_account", gettext_lazy("Nobody has an account")),
            ("no_signer", gettext_lazy("Nobody to sign")),
            ("not_begun", gettext_lazy("Nothing begun")),
            ("unsigned", gettext_lazy("Begun, not signed")),
            ("signed", gettext_lazy("Signed")),
        ],
        empty_label=gettext_lazy("All"),
        method="standing_is",
    )
    round = django_filters.CharFilter(label="", method="as_it_is", widget=forms.HiddenInput, required=False)
    province = django_filters.CharFilter(label="", method="as_it_is", widget=forms.HiddenInput, required=False)

    class Meta:
        model = LocalGovernment
        fields = ["q", "kind", "standing"]

    def __init__(self, *args, in_round=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.in_round = in_round

    def named(self, queryset, _name, value):
        return queryset.search(value)

    def as_it_is(self, queryset, _name, _value):
        return queryset

    def standing_is(self, queryset, _name, value):
        held = Membership.objects.in_force(clock.today()).filter(local_government=OuterRef("pk"), user__is_active=True)
        cases = Proposal.objects.in_round(self.in_round).filter(local_government=OuterRef("pk"))
        cases = cases.exclude(state=ProposalState.DISCARDED)
        signed = cases.filter(first_submitted_at__isnull=False)
        match value:
            case "no_account":
                return queryset.exclude(Exists(held))
            case "no_signer":
                return queryset.exclude(Exists(held.filter(role=Role.LOCAL_EXECUTIVE)))
            case "not_begun":
                return queryset.exclude(Exists(cases))
            case "unsigned":
                return queryset.filter(Exists(cases.filter(state__in=helping.UNSIGNED)))
        return queryset.filter(Exists(signed))


class Board(VisibleList):
    """The offices of a province in one round."""

    queryset = LocalGovernment.objects.select_related("province", "district").in_thai_order()
    filterset_class = BoardFilter
    template_name = "budgets/board/board.html"
    partial_name = "budgets/board/_rows.html"
    title = gettext_lazy("Offices of the province")
    filename = "offices"
    page_size = PAGE

    @cached_property
    def provinces(self):
        """The provinces whose board the person may open: the own, or all for DLA."""
        held = access.holding(self.request.user, "budgets.help_office")
        if not held:
            raise PermissionDenied(_("This page is for the province's office and DLA."))
        own = [membership.province_id for membership in held if membership.province_id]
        everywhere = any(membership.province_id is None for membership in held)
        return Province.objects.all().in_thai_order() if everywhere else Province.objects.filter(pk__in=own)

    @cached_property
    def province(self):
        wanted = self.request.GET.get("province", "")
        found = self.provinces.filter(code=wanted).first() if wanted else self.provinces.first()
        if found is None:
            raise Http404
        return found

    @cached_property
    def rounds(self):
        shown = Round.objects.visible_to(self.request.user).exclude(
            state__in=[RoundState.PLANNING, RoundState.CANCELLED]
        )
        return list(shown.order_by("-fiscal_year", "-pk")[:20])

    @cached_property
    def round(self):
        wanted = whole(self.request.GET.get("round"))
        opened = next((one for one in self.rounds if one.state == RoundState.OPEN), None)
        return next((one for one in self.rounds if one.pk == wanted), opened or (self.rounds or [None])[0])

    def get_queryset(self):
        offices = super().get_queryset().active(clock.today()).filter(province=self.province)
        return offices.filter(kind__in=self.round.kinds) if self.round else offices.none()

    @cached_property
    def filterset(self):
        return BoardFilter(self.request.GET, queryset=self.get_queryset(), request=self.request, in_round=self.round)

    @cached_property
    def chips(self):
        return [chip for chip in VisibleList.chips.func(self) if chip["label"]]

    @property
    def columns(self):
        standing = {one.office.pk: one for one in helping.standings(list(self.rows), self.round, self.request.user)}

        def of(function):
            return lambda office: function(standing[office.pk])

        return (
            Column(_("Local government"), "name_th"),
            Column(_("Kind"), lambda office: office.get_kind_display()),
            Column(_("Posts without an account"), of(lambda one: ", ".join(str(label) for label in one.absent))),
            Column(_("Signs"), of(lambda one: str(one.signer.user) if one.signer else "")),
            Column(_("Telephone"), of(lambda one: one.callable.phone if one.callable else ""), "code"),
            Column(_("Cases"), of(lambda one: len(one.cases)), "number"),
            Column(_("Whose turn it is"), of(lambda one: "; ".join(line.who for line in one.cases))),
            Column(_("Last contact"), of(lambda one: one.contact and one.contact.at), "moment"),
        )

    def get_context_data(self, rows, **context):
        return super().get_context_data(
            rows=rows,
            standings=helping.standings(rows, self.round, self.request.user) if self.round else [],
            round=self.round,
            rounds=self.rounds,
            province=self.province,
            provinces=list(self.provinces),
            may_invite=accounts.may_invite(self.request.user),
            now=clock.now(),
            **context,
        )


class ContactForm(PortalForm):
    """A call, a visit or a letter, and what was said."""

    kind = forms.ChoiceField(
        label=gettext_lazy("How"), choices=[one for one in ContactKind.choices if one[0] != ContactKind.REMINDER]
    )
    note = forms.CharField(
        label=gettext_lazy("What was said"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def office_in_round(request, pk, round):
    """The office and the round, for who may help there; 404 for who sees no such office on a board."""
    office = get_object_or_404(LocalGovernment.objects.select_related("province"), pk=pk)
    if not access.holding(request.user, "budgets.help_office"):
        raise PermissionDenied(_("This page is for the province's office and DLA."))
    return office, get_object_or_404(Round.objects.visible_to(request.user), pk=round)


def board_of(office, round):
    return f"{reverse('budgets:board')}?province={office.province.code}&round={round.pk}"


@login_required
@require_POST
def remind(request, pk, round):
    """Tell everybody in an office what is still open."""
    office, round = office_in_round(request, pk, round)
    try:
        helping.remind(office, round, by=request.user)
    except Refused as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("%(name)s was reminded.") % {"name": office.name})
    return redirect(safe_next(request, board_of(office, round)))


@login_required
def contact(request, pk, round):
    """Put a call, a visit or a letter on record; and everything that was on record before."""
    office, round = office_in_round(request, pk, round)
    if not request.user.has_perm("budgets.help_office", office):
        raise PermissionDenied(_("Only the province's own office and DLA keep in touch with this office."))
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        helping.note_contact(office, round, by=request.user, **form.cleaned_data)
        messages.success(request, _("On record as of %(day)s.") % {"day": thaidate(clock.today())})
        return redirect(safe_next(request, board_of(office, round)))
    context = {
        "form": form,
        "office": office,
        "round": round,
        "back": safe_next(request, board_of(office, round)),
        "contacts": office.contacts.filter(round=round).select_related("by").order_by("-pk")[:50],
    }
    return render(request, "budgets/board/contact.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def share(request, pk):
    """Let the province read a draft, or no longer."""
    proposal = visible_case(request, pk)
    shown = "hide" not in request.POST
    helping.share(proposal, by=request.user, shown=shown)
    messages.success(
        request,
        _("The province's office can read this draft now.") if shown else _("The draft is the office's own again."),
    )
    return redirect(proposal)


urlpatterns = [
    path("board/", Board.as_view(), name="board"),
    path("board/<int:pk>/rounds/<int:round>/remind/", remind, name="office-remind"),
    path("board/<int:pk>/rounds/<int:round>/contacts/", contact, name="office-contact"),
    path("proposals/<int:pk>/share/", share, name="proposal-share"),
]
