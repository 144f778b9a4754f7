"""A generation: the public call, and its setting up."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L
from django.utils.translation import ngettext

from portal import access, clock
from portal.views import TakeStep, VisibleDetail, VisibleList
from training import setup, writing
from training.forms import programme as forms
from training.lifecycle import GENERATION
from training.models import Generation, Programme
from training.querysets import holds_nationally
from training.states import ApplicationAudience, GenerationState
from training.views.common import attempt, form_page, posted

CARRIED = (
    "name_th", "name_en", "about_th", "about_en", "min_age", "max_age", "min_degree", "seats", "stipend_monthly_baht",
    "months", "answer_working_days", "scorers_needed", "interview_weight_pct", "reports_needed_pct", "projects_needed",
    "credential_years",
)  # fmt: skip
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


def like_the_last():
    """What the form of a new generation begins with: the settings of the last one, without its dates."""
    last = Generation.objects.order_by("-number").first()
    if last is None:
        return {"number": 1, "programme": Programme.objects.values_list("pk", flat=True).first()}
    kept = {name: getattr(last, name) for name in CARRIED}
    return {**kept, "number": last.number + 1, "programme": last.programme_id}


@login_required
def new(request):
    setup.may_change(None, by=request.user)
    form = forms.GenerationForm(posted(request), instance=Generation(), initial=like_the_last())
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


@login_required
def write(request, pk):
    """A letter to the people of a generation: who serves, who mentors, who applies."""
    generation = to_change(request, pk)
    audiences = [(one.value, one.label, writing.people_of(generation, one).count()) for one in ApplicationAudience]
    form = forms.LetterForm(posted(request), audiences=audiences)
    if request.method == "POST" and form.is_valid():
        told = []
        if attempt(
            form, lambda: told.append(writing.write_to_generation(generation, by=request.user, **form.cleaned_data))
        ):
            text = ngettext("%(n)s person is written to.", "%(n)s people are written to.", told[0])
            messages.success(request, text % {"n": told[0]})
            return redirect(generation)
    return form_page(
        request, form, title=_("Write to people of this generation"),
        back=(generation.get_absolute_url(), generation), submit=_("Send the message"),
    )  # fmt: skip


urlpatterns = [
    path("generations/", GenerationList.as_view(), name="generations"),
    path("generations/new/", new, name="generation-new"),
    path("generations/<int:pk>/", GenerationPage.as_view(), name="generation"),
    path("generations/<int:pk>/settings/", edit, name="generation-edit"),
    path("generations/<int:pk>/quotas/", quotas, name="quotas"),
    path("generations/<int:pk>/criteria/", criteria, name="criteria"),
    path("generations/<int:pk>/write/", write, name="generation-write"),
    path("generations/<int:pk>/notice/", notice, name="notice"),
    path("generations/<int:pk>/steps/<slug:step>/", GenerationStep.as_view(), name="generation-step"),
]
