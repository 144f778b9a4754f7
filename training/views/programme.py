"""A generation: the public call, its setting up, the selection, the board, the results."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import access, clock
from portal.views import TakeStep, VisibleDetail, VisibleList, whole
from training import exports, privacy, selection, setup
from training.filters import ApplicationFilter
from training.forms import programme as forms
from training.lifecycle import GENERATION
from training.models import Application, Generation, InterviewSlot, Programme
from training.querysets import holds_nationally
from training.states import ApplicationState, GenerationState
from training.views.common import attempt, do, form_page, posted

STEPS_ON_THE_WAY = list(GenerationState)


def generation_of(pk):
    return get_object_or_404(Generation.objects.select_related("programme"), pk=pk)


def to_change(request, pk):
    """The generation, for officers of the national programme."""
    generation = generation_of(pk)
    setup.may_change(generation, by=request.user)
    return generation


class GenerationList(VisibleList):
    """Every generation, the newest first; for everybody."""

    public = True
    queryset = Generation.objects.select_related("programme").order_by("-number", "pk")
    template_name = "training/generation_list.html"
    partial_name = "training/_generation_rows.html"
    title = L("Generations")

    def get_context_data(self, **context):
        return super().get_context_data(
            may_add=holds_nationally(self.request.user, "training.change_generation"), **context
        )


class GenerationPage(VisibleDetail):
    """The public call: what is offered, to whom, until when; for officers the steps as well."""

    public = True
    queryset = Generation.objects.select_related("programme")
    model = Generation
    lifecycle = GENERATION
    template_name = "training/generation.html"

    def get_context_data(self, **context):
        user, generation = self.request.user, self.object
        own = generation.applications.filter(applicant=user).first() if user.is_authenticated else None
        is_run_by = user.is_authenticated and access.capacity(user, "training.change_generation", generation)
        return super().get_context_data(
            own=own,
            takes=generation.takes_applications(clock.now()),
            is_run_by=bool(is_run_by),
            is_scorer=bool(access.holding(user, "training.score_application")),
            hosts=bool(access.holding(user, "training.propose_place")),
            quotas=list(generation.quotas.all()),
            lacks=setup.what_the_generation_lacks(generation) if is_run_by else [],
            counts=counts(generation),
            places=generation.places.offered().select_related("local_government__province").order_by(
                "local_government__province__name_sort_key", "local_government__name_sort_key", "pk"
            ),
            way=way(generation),
            this_month=f"{clock.today():%Y-%m}",
            **context,
        )  # fmt: skip


def way(generation):
    """The stages of a generation as (label, where it stands: done, now or later)."""
    here = STEPS_ON_THE_WAY.index(GenerationState(generation.state))
    return [
        (state.label, "done" if index < here else "now" if index == here else "later")
        for index, state in enumerate(STEPS_ON_THE_WAY)
    ]


def counts(generation):
    """How far the selection is: sent, eligible, placed, serving."""
    applications = generation.applications
    return {
        "sent": applications.sent().count(),
        "given": applications.holding_a_seat().count(),
        "serving": generation.placements.serving().count(),
        "completed": generation.placements.filter(state="completed").count(),
        "left_early": generation.placements.filter(state__in=["resigned", "terminated"]).count(),
    }


class GenerationStep(TakeStep):
    queryset = Generation.objects.select_related("programme")
    model = Generation
    lifecycle = GENERATION


@login_required
def new(request):
    setup.may_change(None, by=request.user)
    last = Generation.objects.order_by("-number").first()
    initial = {"number": last.number + 1, "programme": last.programme_id} if last else {"number": 1}
    initial.setdefault("programme", Programme.objects.values_list("pk", flat=True).first())
    form = forms.GenerationForm(posted(request), initial=initial)
    made = []
    if request.method == "POST" and form.is_valid() and attempt(
        form, lambda: made.append(setup.change_generation(Generation(), by=request.user, **form.cleaned_data))
    ):  # fmt: skip
        messages.success(request, _("The generation is announced. Fill in what is still missing before it opens."))
        return redirect(made[0])
    return form_page(request, form, title=_("New generation"), back=(reverse("training:generations"), _("Generations")))


@login_required
def edit(request, pk):
    generation = to_change(request, pk)
    form = forms.GenerationForm(posted(request), instance=generation)
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        fresh = generation_of(pk)
        if attempt(form, lambda: setup.change_generation(fresh, by=request.user, **fields)):
            messages.success(request, _("Saved."))
            return redirect(fresh)
    return form_page(request, form, title=_("Settings"), back=(generation.get_absolute_url(), generation))


@login_required
def quotas(request, pk):
    generation = to_change(request, pk)
    form = forms.QuotaForm(posted(request), generation=generation)
    if request.method == "POST" and form.is_valid() and attempt(
        form, lambda: setup.set_quotas(generation, form.quotas(), by=request.user)
    ):  # fmt: skip
        messages.success(request, _("Saved."))
        return redirect(generation)
    return form_page(
        request, form, template="training/quotas.html", title=_("Quotas"),
        back=(generation.get_absolute_url(), generation), generation=generation,
    )  # fmt: skip


@login_required
def criteria(request, pk):
    generation = to_change(request, pk)
    form = forms.CriteriaForm(posted(request), generation=generation)
    if request.method == "POST" and form.is_valid() and attempt(
        form, lambda: setup.set_criteria(generation, form.rows(), by=request.user)
    ):  # fmt: skip
        messages.success(request, _("Saved."))
        return redirect(generation)
    return form_page(
        request, form, template="training/criteria.html", title=_("Criteria of the selection"),
        back=(generation.get_absolute_url(), generation), generation=generation,
    )  # fmt: skip


@login_required
def notice(request, pk):
    """A new edition of the privacy notice; applicants confirm the one in force."""
    generation = to_change(request, pk)
    last = generation.notice()
    form = forms.NoticeForm(posted(request), initial={"text_th": last.text_th, "text_en": last.text_en} if last else {})
    if request.method == "POST" and form.is_valid():
        setup.publish_notice(generation.programme, by=request.user, **form.cleaned_data)
        messages.success(request, _("The new edition of the notice is in force."))
        return redirect(generation)
    return form_page(
        request, form, title=_("Privacy notice"), back=(generation.get_absolute_url(), generation),
        submit=_("Publish a new edition"),
    )  # fmt: skip


# The selection


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
        mine = set(self.request.user.evaluations.filter(sent_at__isnull=False).values_list("application", "stage"))
        return super().get_context_data(generation=self.generation, mine=mine, **context)


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
    context = {
        "generation": generation,
        "board": selection.board(generation),
        "seated": seated.select_related("place__local_government__province"),
        "is_matching": generation.state == GenerationState.MATCHING,
    }
    return render(request, "training/board.html", context)


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
    """The times of interviews, and a form for more."""
    generation = to_change(request, pk)
    form = forms.SlotForm(posted(request))
    if request.method == "POST" and form.is_valid():

        def add():
            slot = InterviewSlot(generation=generation, **form.cleaned_data)
            slot.full_clean()
            slot.save()

        if attempt(form, add):
            messages.success(request, _("Added."))
            return redirect("training:slots", pk)
    rows = generation.slots.select_related("application")
    return form_page(
        request, form, template="training/slots.html", title=_("Interview times"), rows=rows,
        back=(generation.get_absolute_url(), generation), generation=generation, submit=_("Add this time"),
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
    path("generations/", GenerationList.as_view(), name="generations"),
    path("generations/new/", new, name="generation-new"),
    path("generations/<int:pk>/", GenerationPage.as_view(), name="generation"),
    path("generations/<int:pk>/settings/", edit, name="generation-edit"),
    path("generations/<int:pk>/quotas/", quotas, name="quotas"),
    path("generations/<int:pk>/criteria/", criteria, name="criteria"),
    path("generations/<int:pk>/notice/", notice, name="notice"),
    path("generations/<int:pk>/applications/", ApplicationList.as_view(), name="applications"),
    path("generations/<int:pk>/board/", board, name="board"),
    path("generations/<int:pk>/results/", results, name="results"),
    path("generations/<int:pk>/slots/", slots, name="slots"),
    path("generations/<int:pk>/slots/<int:slot>/remove/", slot_remove, name="slot-remove"),
    path("generations/<int:pk>/steps/<slug:step>/", GenerationStep.as_view(), name="generation-step"),
]
