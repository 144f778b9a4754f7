"""What the deciding pages share: lists with tabs, and steps that lead back to the list they came from."""

from functools import cached_property

from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from budgets.judging import screening
from budgets.lifecycle import PROPOSAL
from budgets.models import FocusTheme, Proposal, Round
from budgets.states import ProposalState as S
from budgets.states import RoundState
from budgets.step_forms import PassFromDeskForm
from portal.errors import Refused
from portal.exports import Column
from portal.views import TakeStep, VisibleList, WorkList

CASES = ("round", "theme", "local_government__province", "local_government__district")


def visible_case(request, pk, *related):
    """The proposal that the person may see, or 404."""
    cases = Proposal.objects.visible_to(request.user).select_related(*CASES, *related)
    return get_object_or_404(cases, pk=pk)


def visible_round(request, pk):
    return get_object_or_404(Round.objects.visible_to(request.user), pk=pk)


def themes_at_work(user):
    """The themes of the rounds in which cases are screened, reviewed and decided, newest round first."""
    rounds = Round.objects.visible_to(user).exclude(state__in=[RoundState.FINISHED, RoundState.CANCELLED])
    themes = FocusTheme.objects.filter(round__in=rounds).select_related("round")
    return themes.order_by("-round__fiscal_year", "round_id", "position", "pk")


def safe_next(request, fallback):
    """Where the person came from, when that is a page of ours: an address with its first slash, or `fallback`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours and wanted.startswith("/") else fallback


def case_columns(*more):
    """The columns with which every file of cases begins, and `more`."""
    return (
        Column(_("Number"), "number", "code"),
        Column(_("Project"), "title_th"),
        Column(_("Local government"), "local_government.name_th"),
        Column(_("Kind"), lambda case: case.local_government.get_kind_display()),
        Column(_("Province"), "local_government.province.name_th"),
        Column(_("Focus theme"), "theme.name_th"),
        Column(_("Requested (baht)"), "requested_baht", "money"),
        *more,
    )


class Desk(WorkList):
    """A list of cases for people who hold one of `permissions`, narrowed by the rounds at work."""

    @cached_property
    def filterset(self):
        if self.filterset_class is None:
            return None
        return self.filterset_class(
            self.request.GET, queryset=self.get_queryset(), request=self.request, **self.filter_choices()
        )

    def filter_choices(self):
        """What the choices of the filter are taken from."""
        return {"themes": themes_at_work(self.request.user)}

    @cached_property
    def chips(self):
        found = VisibleList.chips.func(self)  # hidden fields have no label
        return [chip for chip in found if chip["label"]]


class RoundDesk(Desk):
    """A desk of one round, for those who know the outcome before it is announced."""

    permissions = ("budgets.view_outcome",)

    @cached_property
    def round(self):
        return visible_round(self.request, self.kwargs["pk"])

    def filter_choices(self):
        return {"themes": self.round.themes.order_by("position", "pk")}

    def get_context_data(self, **context):
        return super().get_context_data(round=self.round, **context)


SCREENING = frozenset(
    {"start_screening", "pass_screening", "propose_screen_out", "confirm_screen_out", "return", "decide_appeal"}
)
COMMITTEE = frozenset({"recommend", "not_recommend"})
REQUEST = frozenset({"include_in_request", "leave_out"})
ALLOCATION = frozenset({"propose_allocation", "allocate", "not_allocate", "propose_revision", "revise_allocation"})
DISPOSING = frozenset({"close_out", "terminate", "reinstate"})
DECIDING = SCREENING | COMMITTEE | REQUEST | ALLOCATION | {"conclude_review", "close_out"}


def desk_of(name, proposal):
    """The address of the list to which a step belongs."""
    if name in COMMITTEE:
        return f"{reverse('budgets:ranking', args=[proposal.round_id])}?theme={proposal.theme_id}"
    if name == "decide_appeal":
        return proposal.get_absolute_url()
    if name in DISPOSING:
        return proposal.round.get_absolute_url()
    if name in REQUEST:
        return reverse("budgets:request-board", args=[proposal.round_id])
    if name in ALLOCATION:
        return f"{reverse('budgets:allocation-board', args=[proposal.round_id])}?theme={proposal.theme_id}"
    if name == "conclude_review" or proposal.returned_from == S.IN_REVIEW:
        return reverse("budgets:assignment-board")
    return reverse("budgets:screening-queue")


class DecidingStep(TakeStep):
    """One deciding step of one case; afterwards back to the list it was taken from."""

    model = Proposal
    queryset = Proposal.objects.select_related(*CASES)
    lifecycle = PROPOSAL
    templates = {  # noqa: RUF012
        "return": "budgets/deciding/return.html",
        "confirm_screen_out": "budgets/deciding/confirm_screen_out.html",
        "decide_appeal": "budgets/deciding/decide_appeal.html",
        "recommend": "budgets/deciding/decide.html",
        "not_recommend": "budgets/deciding/decide.html",
        "propose_allocation": "budgets/deciding/decide.html",
        "allocate": "budgets/deciding/decide.html",
    }

    @cached_property
    def row(self):
        if self.name not in DECIDING:
            raise Http404
        return TakeStep.row.func(self)

    @property
    def template_name(self):
        return self.templates.get(self.name, TakeStep.template_name)

    def form(self, data=None, files=None):
        if self.row.form is None:
            return None
        made = PassFromDeskForm if self.name == "pass_screening" else self.row.form
        return made(data, files, case=self.object, by=self.request.user, initial=self.initial())

    def initial(self):
        """What is already known of the answer."""
        case = self.object
        return {
            "recommend": {"amount_baht": case.requested_baht},
            "propose_allocation": {"amount_baht": case.recommended_baht},
            "propose_revision": {"amount_baht": case.allocated_baht},
            "allocate": {"amount_baht": case.proposed_baht},
            "revise_allocation": {"amount_baht": case.proposed_baht},
            "confirm_screen_out": {"reason": case.proposed_reason},
        }.get(self.name, {})

    def get_context_data(self, form=None, **context):
        more = {"form": form, "next": safe_next(self.request, "")}
        if self.name == "pass_screening":
            more["back"] = reverse("budgets:screening", args=[self.object.pk])
            if left := screening.unanswered(self.object):
                context["refusal"] = context["refusal"] or Refused(
                    screening.answers_wanted(left), code="checklist_open"
                )
        if self.name in self.templates:
            more["reading"] = self.visible(Proposal.objects.whole()).get(pk=self.object.pk)
        if self.name == "decide_appeal":
            more["back"] = safe_next(self.request, self.object.get_absolute_url())
        if self.name == "return":
            more["boxes"] = self.boxes(form)
        return super().get_context_data(**context, **more)

    def boxes(self, form):
        """A reason box for each section: what was typed, or what the checklist already says."""
        suggested = screening.suggested_reasons(self.object) if self.object.state == S.IN_SCREENING else {}
        return [
            {"section": section, "text": typed if form.is_bound else suggested.get(section, "")}
            for section, typed in form.reasons
        ]

    def success_url(self, taken):
        if self.name == "start_screening":
            return reverse("budgets:screening", args=[taken.pk])
        return safe_next(self.request, desk_of(self.name, taken))


def state_is(*states):
    return Q(state__in=states)
