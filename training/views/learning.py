"""Learning: getting into a run, one's enrolment, one's record."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal import access, clock
from portal.models import LocalGovernment
from portal.views import TakeStep, VisibleDetail
from training import attendance, enrolling, importing, privacy
from training.forms import courses as forms
from training.lifecycle import ENROLMENT
from training.models import Enrolment
from training.states import EnrolmentState
from training.views.common import attempt, do, form_page, posted, run_of
from training.views.workbooks import imported, template_of

CODE = "claim_code"


@login_required
@require_POST
def enrol(request, pk):
    run = run_of(request, pk)
    made = []
    response = do(
        request, lambda: made.append(enrolling.enrol_self(run, by=request.user)), _("You are on the list."), run
    )
    return redirect(made[0]) if made else response


def offices_of(user):
    held = [m.local_government_id for m in access.holding(user, "training.enrol_staff")]
    return LocalGovernment.objects.filter(pk__in=[pk for pk in held if pk]).select_related("province", "district")


@login_required
def staff(request, pk):
    """Enrol people of one's office: one by one, or with a workbook."""
    run = run_of(request, pk)
    offices = offices_of(request.user)
    if not offices:
        raise PermissionDenied(_("Officers and clerks enrol the people of their own office."))
    form = forms.PersonForm(posted(request), offices=offices)
    if request.method == "POST" and form.is_valid():
        person = dict(form.cleaned_data)
        office = person.pop("office")
        if attempt(form, lambda: enrolling.enrol_person(run, by=request.user, local_government=office, **person)):
            messages.success(request, _("Enrolled."))
            return redirect("training:staff", pk)
    rows = run.enrolments.filter(office__in=offices).select_related("learner", "office").order_by("pk")
    return form_page(
        request, form, template="training/staff.html", run=run, rows=rows, title=_("Enrol people of your office"),
        workbook=forms.PeopleForm(offices=offices), back=(run.get_absolute_url(), run), submit=_("Enrol"),
    )  # fmt: skip


@login_required
def people_template(request, pk):
    """The workbook to fill in with people to enrol."""
    run_of(request, pk)
    return template_of(importing.PEOPLE, "people.xlsx")


@login_required
@require_POST
def people_import(request, pk):
    """Enrol everybody in a workbook, or nobody: what is wrong goes back marked in the workbook itself."""
    run = run_of(request, pk)
    form = forms.PeopleForm(request.POST, request.FILES, offices=offices_of(request.user))
    to = reverse("training:staff", args=[pk])

    def save(checked):
        confirmed, waiting = importing.enrol_people(run, form.cleaned_data["office"], checked, by=request.user)
        text = _("%(confirmed)s have a seat, %(waiting)s are on the waiting list.")
        messages.success(request, text % {"confirmed": confirmed, "waiting": waiting})

    return imported(request, run, form, importing.PEOPLE, importing.check_people, save, to)


# One enrolment


class EnrolmentPage(VisibleDetail):
    """One learner in one run: attendance over all sessions, mark, result, certificate."""

    queryset = Enrolment.objects.select_related("run__course", "learner__user", "office")
    model = Enrolment
    lifecycle = ENROLMENT
    template_name = "training/enrolment.html"

    def get(self, request, *args, **kwargs):
        if self.object.learner.user_id != request.user.pk:
            privacy.note_reading(self.object, by=request.user, what="enrolment")
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **context):
        enrolment = self.object
        grid = attendance.grid(enrolment.run, [enrolment])
        ahead = None
        if enrolment.state == EnrolmentState.WAITLISTED:
            waiting = enrolment.run.enrolments.filter(state=EnrolmentState.WAITLISTED)
            earlier = Q(requested_at__lt=enrolment.requested_at) | Q(
                requested_at=enrolment.requested_at, pk__lt=enrolment.pk
            )
            ahead = waiting.filter(earlier).count()
        return super().get_context_data(
            sessions=[(session, grid.cells[enrolment.pk][session.pk]) for session in grid.sessions],
            standing=grid.standings[enrolment.pk],
            credentials=list(enrolment.credentials.order_by("-pk")),
            is_own=enrolment.learner.user_id == self.request.user.pk,
            ahead=ahead,
            **context,
        )


class EnrolmentStep(TakeStep):
    queryset = Enrolment.objects.select_related("run__course", "learner__user", "office")
    model = Enrolment
    lifecycle = ENROLMENT


@login_required
@require_POST
def again(request, pk):
    enrolment = get_object_or_404(Enrolment.objects.visible_to(request.user), pk=pk)
    return do(request, lambda: enrolling.say_yes_again(enrolment, by=request.user), _("Thank you."), enrolment)


# One's own record


def _row_of(enrolment):
    """An enrolment of one's own, while it lasts with its attendance and the next session."""
    row = {"enrolment": enrolment}
    if enrolment.state == EnrolmentState.CONFIRMED:
        grid = attendance.grid(enrolment.run, [enrolment])
        row["standing"] = grid.standings[enrolment.pk]
        row["next"] = next((one for one in grid.sessions if one.starts_at > clock.now()), None)
    return row


@login_required
def record(request):
    """The learner's record: runs, hours, certificates, services."""
    user = request.user
    enrolments = (
        Enrolment.objects.filter(learner__user=user).select_related("run__course").order_by("-requested_at", "-pk")
    )
    learner = getattr(user, "learner", None)
    credentials = learner.credentials.order_by("-issued_on", "-pk") if learner else []
    passed = enrolments.filter(state=EnrolmentState.PASSED).values_list(F("run__course__hours"), flat=True)
    context = {
        "enrolments": [_row_of(enrolment) for enrolment in enrolments],
        "credentials": [(credential, credential.standing(clock.today())) for credential in credentials],
        "hours": sum(passed),
        "applications": user.applications.select_related("generation").order_by("-pk"),
        "placements": user.placements.select_related("local_government", "generation").order_by("-pk"),
        "mentored": user.placements_mentored.select_related("local_government", "generation").order_by("-pk"),
    }
    return render(request, "training/record.html", context)


def claim(request):
    """Tie a learning record to one's account, by the code of the letter.

    The code moves from the address into the session at once, before anybody signs in, so that it stays in no
    history, no referrer and no address of the sign-in page.
    """
    if "code" in request.GET:
        request.session[CODE] = request.GET["code"][:60]
        return redirect("training:claim")
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    form = forms.ClaimForm(posted(request), initial={"code": request.session.get(CODE, "")})
    if request.method == "POST" and form.is_valid() and attempt(
        form, lambda: enrolling.claim(form.cleaned_data["code"], by=request.user)
    ):  # fmt: skip
        request.session.pop(CODE, None)
        messages.success(request, _("The record is yours now."))
        return redirect("training:record")
    return render(request, "training/claim.html", {"form": form}, status=400 if form.errors else 200)


urlpatterns = [
    path("runs/<int:pk>/enrol/", enrol, name="enrol"),
    path("runs/<int:pk>/staff/", staff, name="staff"),
    path("runs/<int:pk>/staff/template.xlsx", people_template, name="people-template"),
    path("runs/<int:pk>/staff/import/", people_import, name="people-import"),
    path("enrolments/<int:pk>/", EnrolmentPage.as_view(), name="enrolment"),
    path("enrolments/<int:pk>/again/", again, name="enrolment-again"),
    path("enrolments/<int:pk>/<slug:step>/", EnrolmentStep.as_view(), name="enrolment-step"),
    path("record/", record, name="record"),
    path("claim/", claim, name="claim"),
]
