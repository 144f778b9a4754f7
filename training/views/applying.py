"""An application: written by the applicant, read by officers, scored by members without the name."""

from functools import cached_property

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal import clock, files
from portal.errors import Refused
from portal.thai.dates import thaitime
from portal.views import TakeStep, VisibleDetail, whole
from training import applying, badges, calendars, privacy, ranking, selection
from training.forms import applying as forms
from training.forms.programme import ScoreForm
from training.lifecycle import APPLICATION
from training.models import Application, ApplicationDocument, Generation, InterviewSlot
from training.states import EDITABLE, ApplicationSection, ApplicationState
from training.step_forms import spoken_reasons
from training.views.common import attempt, do, posted

WITH = ("generation__programme", "place__local_government__province", "home_province", "notice")


ONLY_WAITS = frozenset(
    {
        ApplicationState.SUBMITTED,
        ApplicationState.ELIGIBLE,
        ApplicationState.SHORTLISTED,
        ApplicationState.WAITLISTED,
    }
)


def own(request, pk):
    """The caller's own application, or 404."""
    return get_object_or_404(Application.objects.filter(applicant=request.user).select_related(*WITH), pk=pk)


def visible(request, pk):
    return get_object_or_404(Application.objects.visible_to(request.user).select_related(*WITH), pk=pk)


@login_required
@require_POST
def begin(request, pk):
    """Begin an application, or go on with the one begun."""
    generation = get_object_or_404(Generation, pk=pk)
    try:
        application = applying.begin(generation, by=request.user)
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect(generation)
    return redirect(application)


class ApplicationPage(VisibleDetail):
    """One page for three readers: the applicant's list of sections, the officer's reading, the member's scoring."""

    queryset = Application.objects.select_related(*WITH)
    model = Application
    lifecycle = APPLICATION

    @cached_property
    def reader(self):
        """Who reads: `own`, `officer` (with what is personal), `auditor` or `member` (without it)."""
        user, application = self.request.user, self.object
        if application.applicant_id == user.pk:
            return "own"
        if user.has_perm("training.read_personal_application", application):
            return "officer"
        return "member" if user.has_perm("training.score_application", application) else "auditor"

    @property
    def template_name(self):
        return {
            "own": "training/application_own.html", "officer": "training/application_read.html",
        }.get(self.reader, "training/application_blind.html")  # fmt: skip

    def get(self, request, *args, **kwargs):
        if self.reader == "officer":
            privacy.note_reading(self.object, by=request.user, what="application")
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **context):
        application, user = self.object, self.request.user
        more = {
            "reader": self.reader,
            "choices": list(application.choices.select_related("local_government__province")),
        }
        match self.reader:
            case "own":
                more |= own_context(application, user)
            case "officer":
                more |= {
                    "documents": list(application.documents.filter(removed_at=None).select_related("file")),
                    "findings": [reason.label for reason in selection.findings(application)],
                    "consents": list(application.consents.filter(withdrawn_at=None)),
                    "evaluations": evaluations_of(application),
                    "reasons": spoken_reasons(application.reasons) if application.reasons else [],
                    "slot": getattr(application, "slot", None),
                    "next": ranking.next_to_handle(application.generation, by=user, after=application),
                    "waiting": ranking.to_check(application.generation, by=user).count(),
                }
            case "member":
                more |= scoring_context(application, user)
        return super().get_context_data(**{**more, **context})


def own_context(application, user):
    """What the applicant sees: sections and what they lack, the interview, the offer, the scores."""
    missing = {section: applying.missing_in(application, section) for section in ApplicationSection}
    sections = [
        {
            "code": section.value,
            "label": section.label,
            "lacks": missing[section],
            "is_open": may_write_now(application, section, user),
        }
        for section in ApplicationSection
    ]
    open_slots = []
    if application.state == ApplicationState.SHORTLISTED:
        open_slots = list(application.generation.slots.filter(application=None, starts_at__gt=clock.now()))
    return {
        "sections": sections,
        "done": sum(not section["lacks"] for section in sections),
        "first_lack": next((section for section in sections if section["lacks"] and section["is_open"]), None),
        "is_editable": application.state in EDITABLE,
        "only_waits": application.state in ONLY_WAITS,
        "slot": getattr(application, "slot", None),
        "open_slots": open_slots,
        "reasons": spoken_reasons(application.reasons) if application.reasons else [],
        "may_see_scores": privacy.may_see_scores(application, user),
        "placement": getattr(application, "placement", None),
        "consents": list(application.consents.filter(withdrawn_at=None)),
        "waits_for_erasing": application.keep_until is not None and privacy.serves(application),
    }


def may_write_now(application, section, user):
    try:
        applying.may_write(application, by=user, section=section)
    except (Refused, PermissionDenied):
        return False
    return True


def evaluations_of(application):
    """How many evaluations came in at each stage; who gave which score stays with the committee."""
    found = Application.objects.with_scores().get(pk=application.pk)
    return {"paper_count": found.paper_count, "paper_mean": found.paper_mean,
            "interview_count": found.interview_count, "interview_mean": found.interview_mean}  # fmt: skip


def scoring_context(application, user):
    evaluation = selection.own_evaluation(application, by=user)
    form = ScoreForm(criteria=selection.criteria_of(application), evaluation=evaluation)
    waiting = ranking.to_score(application.generation, by=user).count()
    return {"evaluation": evaluation, "form": form, "waiting": waiting}


class ApplicationStep(TakeStep):
    queryset = Application.objects.select_related(*WITH)
    model = Application
    lifecycle = APPLICATION


@login_required
@require_POST
def score(request, pk):
    """Keep the scores as a draft, or send them."""
    application = visible(request, pk)
    try:
        evaluation = selection.own_evaluation(application, by=request.user)
    except Refused as refusal:
        messages.warning(request, refusal.message)
        return redirect("training:applications", application.generation_id)
    form = ScoreForm(request.POST, criteria=selection.criteria_of(application), evaluation=evaluation)
    send = "send" in request.POST

    def save():
        selection.score(application, by=request.user, scores=form.scores(), note=form.cleaned_data["note"], send=send)

    if form.is_valid() and attempt(form, save):
        messages.success(request, _("Your scores are sent.") if send else _("Your draft is saved."))
        if not send:
            return redirect(application)
        following = ranking.next_to_handle(application.generation, by=request.user, after=application)
        return redirect(following or reverse("training:applications", args=[application.generation_id]))
    choices = application.choices.select_related("local_government__province")
    context = {"object": application, "application": application, "form": form, "evaluation": evaluation,
               "reader": "member", "choices": choices}  # fmt: skip
    return render(request, "training/application_blind.html", context, status=400)


@login_required
@require_POST
def conflict(request, pk):
    application = visible(request, pk)
    return do(
        request,
        lambda: selection.declare_conflict(application, by=request.user),
        _("Declared. You do not meet this application again."),
        reverse("training:applications", args=[application.generation_id]),
    )


# Writing


def form_of(application, section, data=None):
    """The form of a section; what was typed and does not fit yet is shown as it was typed."""
    match section:
        case ApplicationSection.AREAS:
            return forms.AreasForm(data, application=application)
        case ApplicationSection.CONSENTS:
            given = list(application.consents.filter(withdrawn_at=None).values_list("purpose", flat=True))
            initial = {"has_read": application.notice_id is not None, "purposes": given}
            return forms.ConsentForm(data, initial=initial)
        case ApplicationSection.DOCUMENTS:
            return forms.DocumentForm(data)
    return forms.FORMS[section](data, instance=application, initial=application.typed.get(section, {}))


def section_in(code):
    if code not in ApplicationSection.values:
        raise Http404
    return ApplicationSection(code)


def write_section(application, section, form, *, by, version):
    """Write what fits, keep what does not as typed; the fresh application."""
    form.is_valid()
    match section:
        case ApplicationSection.AREAS:
            return applying.write(application, section, by=by, version=version, areas=form.areas())
        case ApplicationSection.CONSENTS:
            purposes = form.cleaned_data.get("purposes", [])
            return applying.set_consents(
                application, purposes, by=by, has_read=form.cleaned_data.get("has_read", False)
            )
    values, typed = form.fitting()
    return applying.write(application, section, by=by, version=version, values=values, typed=typed)


@login_required
def section(request, pk, code):
    """One section: saved as it is, with what is still missing shown; a draft is never blocked."""
    application, part = own(request, pk), section_in(code)
    if part == ApplicationSection.DOCUMENTS:
        return documents(request, application)
    is_open = may_write_now(application, part, request.user) or part == ApplicationSection.CONSENTS
    form = form_of(application, part, posted(request))
    if request.method == "POST":
        try:
            # What is shown again carries the version of what was just kept.
            version = whole(request.POST.get("version"))
            application = write_section(application, part, form, by=request.user, version=version)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            if not form.errors:
                return redirect(following(application, part))
    context = {
        "application": application, "section": part, "form": form, "is_open": is_open,
        "notice": application.generation.notice(), "lacks": applying.missing_in(application, part),
        **step_of(part),
    }  # fmt: skip
    return render(request, "training/section.html", context, status=400 if form.errors and form.is_bound else 200)


def step_of(part):
    """Which of how many sections this is, for the line above its title."""
    order = list(ApplicationSection)
    return {"step": order.index(part) + 1, "steps": len(order)}


def following(application, part):
    order = list(ApplicationSection)
    place = order.index(part) + 1
    if application.state not in EDITABLE or place >= len(order):
        return application.get_absolute_url()
    return reverse("training:application-section", args=[application.pk, order[place].value])


@login_required
@require_POST
def autosave(request, pk, code):
    """Keep the words of a section while they are typed."""
    application, part = own(request, pk), section_in(code)
    if part in {ApplicationSection.DOCUMENTS, ApplicationSection.CONSENTS}:
        raise Http404
    form = form_of(application, part, request.POST)
    try:
        fresh = write_section(application, part, form, by=request.user, version=whole(request.POST.get("version")))
    except Refused as refusal:
        return JsonResponse({"detail": str(refusal.message)}, status=409)
    return JsonResponse({"saved_at": thaitime(clock.now()), "version": fresh.version})


def documents(request, application):
    lacks = applying.missing_in(application, ApplicationSection.DOCUMENTS)
    first = lacks[0]["code"].removesuffix("_missing") if lacks else None
    form = forms.DocumentForm(posted(request), request.FILES or None, initial={"kind": first})
    if request.method == "POST" and form.is_valid():

        def add():
            applying.add_document(
                application, form.cleaned_data["file"], by=request.user, kind=form.cleaned_data["kind"]
            )

        if attempt(form, add):
            messages.success(request, _("Uploaded."))
            return redirect("training:application-section", application.pk, "documents")
    context = {
        "application": application,
        "section": ApplicationSection.DOCUMENTS,
        "form": form,
        "is_open": may_write_now(application, ApplicationSection.DOCUMENTS, request.user),
        "documents": application.documents.filter(removed_at=None).select_related("file"),
        "lacks": lacks,
        **step_of(ApplicationSection.DOCUMENTS),
    }
    return render(request, "training/documents.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def document_remove(request, pk, document):
    application = own(request, pk)
    found = get_object_or_404(application.documents.filter(removed_at=None), pk=document)
    to = reverse("training:application-section", args=[pk, "documents"])
    return do(request, lambda: applying.remove_document(found, by=request.user), _("Removed."), to)


@login_required
def document_file(request, pk, document):
    """A paper, for the applicant and for officers who may read what is personal; reading it is on record."""
    application = visible(request, pk)
    found = get_object_or_404(
        ApplicationDocument.objects.filter(application=application, removed_at=None).select_related("file"), pk=document
    )
    if application.applicant_id != request.user.pk:
        if not request.user.has_perm("training.read_personal_application", application):
            raise Http404
        privacy.note_reading(application, by=request.user, what=f"document {found.kind}")
    return files.serve(found.file)


# The interview


@login_required
@require_POST
def book(request, pk):
    application = own(request, pk)
    slot = get_object_or_404(InterviewSlot, pk=whole(request.POST.get("slot")), generation=application.generation_id)
    return do(
        request, lambda: selection.book(slot, application, by=request.user), _("Your interview is booked."), application
    )


@login_required
def interview_calendar(request, pk):
    application = own(request, pk)
    slot = getattr(application, "slot", None)
    if slot is None:
        raise Http404
    event = {
        "uid": f"interview-{slot.pk}@portal", "starts_at": slot.starts_at, "ends_at": slot.ends_at,
        "title": _("Interview"), "where": slot.where, "url": badges.address("training:application", application.pk),
    }  # fmt: skip
    return calendars.calendar([event], "interview.ics")


# Privacy


@login_required
def scores(request, pk):
    """The scores, without who gave them, once it is decided."""
    application = own(request, pk)
    if not privacy.may_see_scores(application, request.user):
        raise Http404
    context = {"application": application, "rows": privacy.scores_of(application)}
    return render(request, "training/scores.html", context)


@login_required
def data(request, pk):
    """Everything that is kept about the applicant, as a file."""
    application = own(request, pk)
    response = JsonResponse(privacy.export(application), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="application-{application.pk}.json"'
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
def erase(request, pk):
    """Erase the applicant's data, after a page that says what that means."""
    application = own(request, pk)
    if request.method == "POST":
        generation = application.generation
        try:
            fresh = privacy.erase(application, by=request.user)
        except (Refused, ValidationError) as refusal:
            messages.warning(request, str(getattr(refusal, "message", refusal)))
            return redirect(application)
        if fresh.anonymised_at is None:
            messages.success(request, _("Erased, but for your name and contacts: they go when the service has ended."))
            return redirect(application)
        messages.success(request, _("Your data are erased."))
        return redirect(generation)
    return render(request, "training/erase.html", {"application": application, "serves": privacy.serves(application)})


urlpatterns = [
    path("generations/<int:pk>/apply/", begin, name="apply"),
    path("applications/<int:pk>/", ApplicationPage.as_view(), name="application"),
    path("applications/<int:pk>/sections/<slug:code>/", section, name="application-section"),
    path("applications/<int:pk>/sections/<slug:code>/autosave/", autosave, name="application-autosave"),
    path("applications/<int:pk>/documents/<int:document>/", document_file, name="application-document"),
    path("applications/<int:pk>/documents/<int:document>/remove/", document_remove, name="application-document-remove"),
    path("applications/<int:pk>/interview/", book, name="interview-book"),
    path("applications/<int:pk>/interview.ics", interview_calendar, name="interview-calendar"),
    path("applications/<int:pk>/score/", score, name="application-score"),
    path("applications/<int:pk>/conflict/", conflict, name="application-conflict"),
    path("applications/<int:pk>/scores/", scores, name="application-scores"),
    path("applications/<int:pk>/data/", data, name="application-data"),
    path("applications/<int:pk>/erase/", erase, name="application-erase"),
    path("applications/<int:pk>/steps/<slug:step>/", ApplicationStep.as_view(), name="application-step"),
]
