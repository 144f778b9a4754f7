"""The selection: the applications received, the invitation to interviews, the board, the results."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from portal import access, clock
from portal.views import VisibleList, whole
from training import exports, privacy, ranking, selection
from training.filters import ApplicationFilter
from training.forms import programme as forms
from training.models import Application, HostPlace, InterviewSlot
from training.querysets import holds_nationally
from training.states import ApplicationState, GenerationState
from training.views.common import attempt, do, form_page, posted
from training.views.programme import generation_of, to_change


class ApplicationList(VisibleList):
    """The applications of a generation that the person handles: officers see numbers, members score without names."""

    filterset_class = ApplicationFilter
    template_name = "training/application_list.html"
    partial_name = "training/_application_rows.html"
    columns = exports.APPLICATIONS
    orderings = {"number": "number", "score": "score", "submitted": "submitted_at"}  # noqa: RUF012
    filename = "applications"
    title = L("Applications received")

    @property
    def generation(self):
        if not hasattr(self, "_generation"):
            self._generation = generation_of(self.kwargs["pk"])
        return self._generation

    def dispatch(self, request, *args, **kwargs):
        self.kwargs = kwargs
        user = request.user
        if user.is_authenticated and not (
            holds_nationally(user, "training.view_application") or access.holding(user, "training.score_application")
        ):
            raise PermissionDenied(_("Only those who run the selection see the applications."))
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self):
        queryset = Application.objects.visible_to(self.request.user).sent().filter(generation=self.generation)
        queryset = queryset.exclude(applicant=self.request.user)
        return (
            queryset.with_scores().select_related("home_province", "place__local_government").order_by("number", "pk")
        )

    def as_file(self, wanted):
        privacy.note_reading(self.generation, by=self.request.user, what="applications list")
        return super().as_file(wanted)

    def get_context_data(self, **context):
        user, generation = self.request.user, self.generation
        runs_it = holds_nationally(user, "training.select_application")
        return super().get_context_data(
            generation=generation,
            states=ranking.by_state(self.get_queryset()),
            runs_it=runs_it,
            to_score=None if runs_it else ranking.to_score(generation, by=user).count(),
            next=ranking.next_to_handle(generation, by=user),
            **context,
        )


@login_required
def shortlisting(request, pk):
    """The ranking of the first scoring with a line across: who is above it is invited, and nobody else."""
    generation = generation_of(pk)
    if access.capacity(request.user, "training.change_generation", generation) is None:
        raise PermissionDenied(_("Only training officers of the national programme invite to interviews."))
    lines = ranking.ranking(generation)
    ready = sum(line.is_scored for line in lines)
    form = forms.ShortlistForm(posted(request) or request.GET or None, ranking=lines, initial={"best": ready})
    if request.method == "POST" and form.is_valid() and attempt(
        form, lambda: invite(request, generation, **form.cleaned_data)
    ):  # fmt: skip
        return redirect("training:applications", pk)
    best = form.cleaned_data.get("best", 0) if form.is_bound and form.is_valid() else ready
    context = {
        "generation": generation, "form": form, "best": best, "ready": ready,
        "above": lines[:best], "below": lines[best:],
    }  # fmt: skip
    status = 400 if request.method == "POST" and form.errors else 200
    return render(request, "training/shortlisting.html", context, status=status)


def invite(request, generation, *, best, declines_others):
    invited, declined = ranking.shortlist_best(generation, best, by=request.user, declines_others=declines_others)
    messages.success(
        request,
        _("%(invited)s applicants are invited to the interview, %(declined)s are told that they are not selected.")
        % {"invited": invited, "declined": declined},
    )


@login_required
def board(request, pk):
    """The ranking against places and quotas, cut where they end; and the button that gives the places."""
    generation = generation_of(pk)
    if access.capacity(request.user, "training.change_generation", generation) is None:
        raise PermissionDenied(_("Only training officers of the national programme give the places."))
    if request.method == "POST":
        version = whole(request.POST.get("version"))

        def give():
            offered, listed = selection.give_places(generation, by=request.user, version=version)
            messages.success(
                request,
                _("%(offered)s places are offered, %(listed)s applicants are on the waiting list.")
                % {"offered": offered, "listed": listed},
            )

        return do(request, give, _("Everyone is told."), reverse("training:board", args=[pk]))
    seated = generation.applications.filter(
        state__in=[ApplicationState.SELECTED, ApplicationState.ACCEPTED, ApplicationState.WAITLISTED]
    ).ranked()
    ranked = selection.board(generation)
    context = {
        "generation": generation,
        "board": ranked,
        "quotas": [(quota, ranked.given_under(quota)) for quota in ranked.quotas],
        "seated": seated.select_related("place__local_government__province"),
        "is_matching": generation.state == GenerationState.MATCHING,
        "widens": selection.list_is_open(generation)
        and generation.applications.filter(state=ApplicationState.WAITLISTED).exists(),
    }
    return render(request, "training/board.html", context)


@login_required
@require_POST
def widen(request, pk, place):
    """Offer a place that nobody chose to the next of the province, or of the country."""
    found = get_object_or_404(HostPlace.objects.select_related("generation"), pk=place, generation=pk)
    return do(
        request,
        lambda: selection.widen(found, by=request.user),
        _("The place is offered to the next on the waiting list. If one had to look further, that is on record."),
        reverse("training:board", args=[pk]),
    )


def results(request, pk):
    """Who was given a place: number and first name, and no more."""
    generation = generation_of(pk)
    if generation.state in {GenerationState.ANNOUNCED, GenerationState.OPEN, GenerationState.SELECTING}:
        raise Http404
    found = generation.applications.filter(
        state__in=[ApplicationState.SELECTED, ApplicationState.ACCEPTED, ApplicationState.WAITLISTED]
    )
    rows = found.order_by("number", "pk").select_related("place__local_government__province")
    return render(request, "training/results.html", {"generation": generation, "rows": rows})


@login_required
def slots(request, pk):
    """The times of interviews, and a form for a morning or a day of more."""
    generation = to_change(request, pk)
    form = forms.SlotsForm(posted(request))
    if request.method == "POST" and form.is_valid():
        made = []
        if attempt(form, lambda: made.extend(selection.open_slots(generation, by=request.user, **form.cleaned_data))):
            text = ngettext("%(n)s time is added.", "%(n)s times are added.", len(made)) % {"n": len(made)}
            messages.success(request, text)
            return redirect("training:slots", pk)
    rows = list(generation.slots.select_related("application"))
    return form_page(
        request, form, template="training/slots.html", title=_("Interview times"), rows=rows,
        back=(generation.get_absolute_url(), generation), generation=generation, submit=_("Add these times"),
        free=sum(slot.application_id is None and slot.starts_at > clock.now() for slot in rows),
        wanted=generation.applications.filter(state=ApplicationState.SHORTLISTED, slot=None).count(),
    )  # fmt: skip


@login_required
@transaction.atomic
def slot_remove(request, pk, slot):
    generation = to_change(request, pk)
    if request.method == "POST":
        removed, _rows = InterviewSlot.objects.filter(pk=slot, generation=generation, application=None).delete()
        if removed:
            messages.success(request, _("Removed."))
        else:
            messages.warning(request, _("Somebody has booked this time."))
    return redirect("training:slots", pk)


urlpatterns = [
    path("generations/<int:pk>/applications/", ApplicationList.as_view(), name="applications"),
    path("generations/<int:pk>/shortlist/", shortlisting, name="shortlisting"),
    path("generations/<int:pk>/board/", board, name="board"),
    path("generations/<int:pk>/board/<int:place>/widen/", widen, name="widen"),
    path("generations/<int:pk>/results/", results, name="results"),
    path("generations/<int:pk>/slots/", slots, name="slots"),
    path("generations/<int:pk>/slots/<int:slot>/remove/", slot_remove, name="slot-remove"),
]
