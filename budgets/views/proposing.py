"""Proposals: the list, the task list of sections, the order of one's own, and the steps up to signing."""

from functools import cached_property

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from budgets import exports, turns
from budgets.deciding import keying
from budgets.filters import ProposalFilter
from budgets.forms.proposing import StartForm
from budgets.judging import findings, reading
from budgets.lifecycle import PROPOSAL
from budgets.models import Proposal, Quotation, Round
from budgets.rules import knows_outcome, state_shown_to
from budgets.states import ProposalState
from budgets.step_forms import AttestForm, AttestFromPageForm, ConfirmFromPageForm
from budgets.views import sections
from budgets.writing import completeness, copying, drafting, priorities, signing
from portal import access, clock, files
from portal.errors import Refused
from portal.models import LocalGovernment
from portal.views import TakeStep, VisibleDetail, VisibleList, whole
from training.seams import assistants

CASES = ("round", "theme", "local_government__province", "local_government__district")


def visible(user):
    return Proposal.objects.visible_to(user)


class ProposalList(VisibleList):
    """The proposals that a person may see: one's own office's, the province's, or all."""

    title = gettext_lazy("Proposals")
    filename = "proposals"
    template_name = "budgets/proposal_list.html"
    partial_name = "budgets/_proposal_rows.html"
    filterset_class = ProposalFilter
    queryset = Proposal.objects.select_related(*CASES).exclude(state=ProposalState.DISCARDED).order_by("-pk")
    orderings = {
        "number": "number",
        "requested": "requested_baht",
        "changed": "changed_at",
        "local_government": "local_government__name_sort_key",
    }
    columns = exports.PROPOSAL

    def get_queryset(self):
        return super().get_queryset().as_shown_to(self.request.user)

    def get_context_data(self, **context):
        rounds, places = where_to_start(self.request.user)
        own = [m.local_government for m in access.memberships(self.request.user) if m.local_government_id]
        return super().get_context_data(
            start_rounds=rounds, start_places=places, own_places=own, **self.filters(bool(own)), **context
        )

    main_filters = ("q", "round", "theme")

    def filters(self, is_local):
        """The filters in two groups: what everybody uses, and the rest; an office needs none by place."""
        form = self.filterset.form
        by_place = {"province", "kind", "mine"} if is_local else set()
        visible = [field for field in form.visible_fields() if field.name not in by_place]
        more = [field for field in visible if field.name not in self.main_filters]
        return {
            "main_filters": [form[name] for name in self.main_filters],
            "more_filters": more,
            "more_are_on": any(self.request.GET.get(field.name) for field in more),
        }


def where_to_start(user):
    """The open rounds and the local governments for which `user` may start a proposal now."""
    places = {m.local_government for m in access.holding(user, "budgets.add_proposal") if m.local_government_id}
    places = sorted(places, key=lambda place: place.name_sort_key)
    rounds = {round.pk: round for place in places for round in Round.objects.open_for(place)}
    now = clock.now()
    return [round for round in rounds.values() if not round.is_past_closing(now)], places


@login_required
def start(request):
    """Start a proposal: one press where there is one round and one office, else a choice."""
    rounds, places = where_to_start(request.user)
    if not places:
        raise PermissionDenied(_("Only officers of this local government may start a proposal for it."))
    data = request.POST or None
    form = StartForm(data, rounds=rounds, places=places, initial={"round": request.GET.get("round", "")})
    if form.is_valid():
        proposal = drafting.start(**form.cleaned_data, by=request.user)
        messages.success(request, _("The draft has been started. It keeps itself as you write."))
        return redirect(proposal)
    context = {"form": form, "rounds": rounds, "places": places}
    return render(request, "budgets/proposal_start.html", context, status=400 if data else 200)


@login_required
@require_POST
def copy(request, pk):
    """Begin an ended case again in an open round."""
    proposal = get_object_or_404(visible(request.user).select_related(*CASES), pk=pk)
    round = get_object_or_404(Round.objects.visible_to(request.user), pk=whole(request.POST.get("round")))
    try:
        draft = copying.copy(proposal, round, by=request.user)
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect(proposal)
    text = _("A new draft has been started with what %(number)s says. Documents are attached anew.")
    messages.success(request, text % {"number": proposal.number or _("the earlier draft")})
    return redirect(draft)


class ProposalPage(VisibleDetail):
    """The page of a proposal: a task list for those who write it now, else everything to read."""

    model = Proposal
    lifecycle = PROPOSAL
    queryset = Proposal.objects.whole()

    @cached_property
    def is_editor(self):
        return bool(self.open_sections) and reading.may_edit(self.object, self.request.user)

    @cached_property
    def open_sections(self):
        return drafting.open_sections(self.object)

    @property
    def template_name(self):
        return "budgets/proposal_tasks.html" if self.is_editor else "budgets/proposal_read.html"

    def get_context_data(self, **context):
        proposal, user = self.object, self.request.user
        offers = with_doors(PROPOSAL.offers(proposal, by=user), proposal)
        more = {
            "object": proposal,
            "proposal": proposal,
            "lifecycle": PROPOSAL,
            "is_editor": self.is_editor,
            "offers": offers,
            "events": reading.timeline(proposal, user),
            "turn": turns.turn_of(proposal, user),
            "assistants": assistants(proposal.number, seen_by=user),
            "versions": list(proposal.versions.select_related("paper").order_by("-version")),
            "last_return": reading.last_return(proposal),
            "knows_outcome": knows_outcome(user, proposal.round),
            "external": keying.number_of(proposal),
            "may_take_along": access.capacity(user, "budgets.export_case", proposal) is not None,
            "may_key": proposal.state in keying.KEYED
            and access.capacity(user, "budgets.enter_external_number", proposal) is not None,
            "now": clock.now(),
            "again_in": copying.rounds_for(proposal, user),
            "prints_page": signing.prints(proposal, user),
        }
        if self.is_editor:
            more |= self.tasks()
        else:
            reading.shown_to(proposal, user)
        return {"view": self, **more, **context}

    def tasks(self):
        drafts = {draft.section: draft for draft in self.object.section_drafts.all()}
        statuses = completeness.statuses(self.object)
        reasons = {}
        if self.object.state == ProposalState.RETURNED and (found := reading.last_return(self.object)):
            reasons = {row["section"]: row["reason"] for row in found.sections}
        rows = [
            {
                "status": status,
                "draft": drafts.get(status.section),
                "is_open": status.section in self.open_sections,
                "reason": reasons.get(status.section, ""),
            }
            for status in statuses
        ]
        wanted = [status for status in statuses if status.status != "optional"]
        return {
            "rows": rows,
            "done": sum(not status.lacks for status in wanted),
            "count": len(wanted),
            "lacks": sum(len(status.lacks) for status in statuses),
            "preparers": self.object.preparers.order_by("pk"),
        }


def with_doors(offers, proposal):
    """The offers, each with the address of the page that takes it: deciding steps have pages of their own."""
    from budgets.views.deciding.common import DECIDING

    doors = {name: "budgets:deciding-step" for name in DECIDING} | {name: "budgets:ending" for name in ENDING}
    for offer in offers:
        offer.address = reverse(doors.get(offer.name, "budgets:proposal-step"), args=[proposal.pk, offer.name])
    return offers


class CheckPage(VisibleDetail):
    """Everything that a proposal still lacks, each with a link to where it is mended."""

    model = Proposal
    queryset = Proposal.objects.whole()
    template_name = "budgets/proposal_check.html"

    def get_context_data(self, **context):
        proposal, user = self.object, self.request.user
        lacking = [status for status in completeness.statuses(proposal) if status.lacks]
        groups = [
            {
                "section": status.section,
                "lacks": [(lack, sections.address_of(proposal, lack)) for lack in status.lacks],
            }
            for status in lacking
        ]
        offers = [one for one in PROPOSAL.offers(proposal, by=user) if one.name == "request_endorsement"]
        more = {
            "object": proposal,
            "proposal": proposal,
            "groups": groups,
            "lacks": sum(len(group["lacks"]) for group in groups),
            "findings": findings.findings(proposal, user),
            "offers": with_doors(offers, proposal),
            "can_edit": bool(drafting.open_sections(proposal)) and reading.may_edit(proposal, user),
            "documents": completeness.required_documents(proposal),
        }
        return {"view": self, **more, **context}


SIGNING = frozenset({"submit"})
ENDING = frozenset({"complete", "terminate"})
WITH_READING = frozenset({"verify", "submit", "request_endorsement", "decline_endorsement", "confirm_plan"})


class ProposalStep(TakeStep):
    """The page of one step. Signing shows everything that is signed, and asks for the password once more."""

    model = Proposal
    queryset = Proposal.objects.select_related(*CASES)
    lifecycle = PROPOSAL
    fresh_login = SIGNING

    @property
    def template_name(self):
        if self.row.form is AttestForm:
            return "budgets/steps/attest.html"
        return f"budgets/steps/{self.name}.html" if self.name in WITH_READING else "budgets/steps/step.html"

    def dispatch(self, request, *args, **kwargs):
        self.request, self.kwargs = request, kwargs
        if request.user.is_authenticated:
            _may_take = self.row
        return super().dispatch(request, *args, **kwargs)

    def form(self, data=None, files=None):
        if self.name == "confirm_plan":
            return ConfirmFromPageForm(data, files, case=self.object, by=self.request.user)
        if self.row.form is AttestForm:
            return AttestFromPageForm(data, files, case=self.object, by=self.request.user)
        return super().form(data, files)

    def get_context_data(self, **context):
        proposal, user = self.object, self.request.user
        more = {
            "proposal": proposal,
            "turn": turns.turn_of(proposal, user),
            "shown": ProposalState(PROPOSAL.state_for(proposal, user)),
            "capacity": access.capacity(user, self.row.permission, proposal),
        }
        if self.name in WITH_READING:
            more["reading"] = visible(user).whole().get(pk=proposal.pk)
        return {"view": self, "object": proposal, "lifecycle": PROPOSAL, **more, **context}

    def done_message(self, taken):
        match self.name:
            case "submit":
                return _("Sent. Number %(number)s.") % {"number": taken.number}
            case "request_endorsement":
                return _("The clerk has been asked to verify. The text is locked until then.")
            case "verify":
                return _("Verified. The executive has been asked to sign.")
        return super().done_message(taken)

    def success_url(self, taken):
        if self.name == "submit":
            return reverse("budgets:receipt", args=[taken.pk, taken.latest_version().version])
        if self.name == "discard":
            return reverse("budgets:proposal-list")
        if not visible(self.request.user).filter(pk=taken.pk).exists():  # a draft again: only its office reads it
            return taken.round.get_absolute_url()
        return super().success_url(taken)


def shown_label(proposal, user):
    return ProposalState(state_shown_to(proposal, user)).label


@login_required
def order(request, round, local_government):
    """The order of an office's own proposals of a round; a POST moves one of them up or down."""
    round = get_object_or_404(Round.objects.visible_to(request.user), pk=round)
    own = [m.local_government_id for m in access.memberships(request.user) if m.local_government_id]
    place = get_object_or_404(LocalGovernment.objects.filter(pk__in=own), pk=local_government)
    rows = priorities.in_order(round, place)
    if request.method == "POST":
        moved = get_object_or_404(visible(request.user), pk=whole(request.POST.get("proposal")) or 0)
        if moved not in rows:
            raise Http404
        priorities.move(moved, -1 if request.POST.get("move") == "up" else 1, by=request.user)
        return redirect(f"{request.path}#proposal-{moved.pk}")
    context = {
        "round": round,
        "place": place,
        "rows": [(row, priorities.is_movable(row), shown_label(row, request.user)) for row in rows],
        "can_move": request.user.has_perm("budgets.change_proposal", place),
    }
    return render(request, "budgets/proposal_order.html", context)


@login_required
def attachment(request, pk, attachment):
    """A document of a visible case."""
    proposal = get_object_or_404(visible(request.user), pk=pk)
    found = get_object_or_404(proposal.attachments.select_related("file"), pk=attachment)
    return files.serve(found.file)


@login_required
def quotation_file(request, pk, quotation):
    """The file of a quotation of a visible case."""
    proposal = get_object_or_404(visible(request.user), pk=pk)
    found = get_object_or_404(
        Quotation.objects.filter(item__proposal=proposal, file__isnull=False).select_related("file"), pk=quotation
    )
    return files.serve(found.file)


urlpatterns = [
    path("proposals/", ProposalList.as_view(), name="proposal-list"),
    path("proposals/start/", start, name="proposal-start"),
    path("proposals/order/<int:round>/<int:local_government>/", order, name="proposal-order"),
    path("proposals/<int:pk>/", ProposalPage.as_view(), name="proposal"),
    path("proposals/<int:pk>/copy/", copy, name="proposal-copy"),
    path("proposals/<int:pk>/check/", CheckPage.as_view(), name="proposal-check"),
    path("proposals/<int:pk>/steps/<slug:step>/", ProposalStep.as_view(), name="proposal-step"),
    path("proposals/<int:pk>/files/<int:attachment>/", attachment, name="attachment"),
    path("proposals/<int:pk>/quotations/<int:quotation>/", quotation_file, name="quotation-file"),
    *sections.urlpatterns,
]
