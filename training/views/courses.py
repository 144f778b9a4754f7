"""Courses: the catalogue, a course, a run's page, setting them up."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import access, clock
from portal.views import TakeStep, VisibleDetail, VisibleList
from training import badges, calendars, courses
from training.filters import CourseFilter, RunFilter
from training.forms import courses as forms
from training.lifecycle import RUN
from training.models import Course, CourseRun
from training.states import EnrolmentState, RunState
from training.views.common import WITH_COURSE, attempt, conducted, form_page, posted, run_of


class Catalogue(VisibleList):
    """Courses for all levels, for everybody."""

    public = True
    queryset = Course.objects.annotate(
        open_runs=Count("runs", filter=Q(runs__state=RunState.OPEN))
    ).select_related("province").order_by("name_sort_key", "pk")  # fmt: skip
    filterset_class = CourseFilter
    template_name = "training/course_list.html"
    partial_name = "training/_course_rows.html"
    title = L("Courses")

    def get_context_data(self, **context):
        user = self.request.user
        return super().get_context_data(may_add=bool(access.holding(user, "training.change_course")), **context)


class CoursePage(VisibleDetail):
    public = True
    queryset = Course.objects.select_related("province")
    model = Course
    template_name = "training/course.html"

    def get_context_data(self, **context):
        user = self.request.user
        runs = self.object.runs.all().visible_to(user).select_related("province", "seats").order_by("-number")
        may_run = bool(access.holding(user, "training.manage_run"))
        may_change = user.is_authenticated and user.has_perm("training.change_course", self.object)
        return super().get_context_data(runs=runs, may_run=may_run, may_change=may_change, **context)


@login_required
def course_new(request):
    return course_form(request, Course(), _("New course"), (reverse("training:courses"), _("Courses")))


@login_required
def course_edit(request, pk):
    course = get_object_or_404(Course.objects.visible_to(request.user), pk=pk)
    return course_form(request, course, _("Change the course"), (course.get_absolute_url(), course))


def course_form(request, course, title, back):
    courses.may_change_course(course, by=request.user)
    form = forms.CourseForm(posted(request), instance=course, by=request.user)
    if request.method == "POST" and form.is_valid() and attempt(
        form, lambda: courses.save_course(form.instance, by=request.user)
    ):  # fmt: skip
        messages.success(request, _("Saved."))
        return redirect(form.instance)
    return form_page(request, form, title=title, back=back)


# Runs


class RunList(VisibleList):
    """Runs that were announced, the next first; for those who conduct runs their planned ones as well."""

    public = True
    queryset = CourseRun.objects.select_related(*WITH_COURSE).order_by("-pk")
    filterset_class = RunFilter
    template_name = "training/run_list.html"
    partial_name = "training/_run_rows.html"
    title = L("Course runs")


class RunPage(VisibleDetail):
    """A run for everybody: when, where, seats; enrolling; for those who conduct it the way to the console."""

    public = True
    queryset = CourseRun.objects.select_related(*WITH_COURSE)
    model = CourseRun
    lifecycle = RUN
    template_name = "training/run.html"

    def get_context_data(self, **context):
        run, user = self.object, self.request.user
        own = None
        if user.is_authenticated:
            own = run.enrolments.filter(learner__user=user).exclude(state=EnrolmentState.CANCELLED).first()
        seats = getattr(run, "seats", None)
        return super().get_context_data(
            run=run,
            sessions=list(run.sessions.all()),
            trainers=list(run.trainers.all()),
            own=own,
            takes=run.takes_enrolments(clock.now()),
            free=max(seats.capacity - seats.taken, 0) if seats else run.capacity,
            waiting=run.enrolments.waiting().count(),
            conducts=user.is_authenticated and user.has_perm("training.manage_run", run),
            enrols_staff=bool(access.holding(user, "training.enrol_staff")),
            **context,
        )


class RunStep(TakeStep):
    queryset = CourseRun.objects.select_related(*WITH_COURSE)
    model = CourseRun
    lifecycle = RUN


@login_required
def run_new(request, pk):
    course = get_object_or_404(Course.objects.visible_to(request.user), pk=pk)
    return run_form(request, CourseRun(course=course), _("New run"), (course.get_absolute_url(), course))


@login_required
def run_edit(request, pk):
    run = conducted(request, pk)
    return run_form(request, run, _("Change the run"), (run.get_absolute_url(), run))


def run_form(request, run, title, back):
    if not access.holding(request.user, "training.manage_run"):
        raise PermissionDenied(_("Only training officers, provincial officers and trainers conduct runs."))
    form = forms.RunForm(posted(request), instance=run, by=request.user)
    if request.method == "POST" and form.is_valid():
        trainers = form.cleaned_data["trainers"]
        if attempt(form, lambda: courses.save_run(form.instance, trainers=trainers, by=request.user)):
            messages.success(request, _("Saved."))
            return redirect("training:timetable", form.instance.pk)
    return form_page(request, form, title=title, back=back)


@login_required
def calendar(request, pk):
    """The sessions of a run as a calendar file; the address of the meeting for those who come or conduct it alone."""
    run, user = run_of(request, pk), request.user
    comes = run.enrolments.confirmed().filter(learner__user=user).exists()
    where = [run.where_th, run.online_url if comes or user.has_perm("training.manage_run", run) else ""]
    events = [
        {
            "uid": f"session-{session.pk}@portal", "starts_at": session.starts_at, "ends_at": session.ends_at,
            "title": " · ".join(filter(None, (run.course.name_th, session.title_th))),
            "where": " ".join(filter(None, where)),
            "url": badges.address("training:run", run.pk), "sequence": run.version,
            "is_cancelled": run.state == RunState.CANCELLED,
        }
        for session in run.sessions.all()
    ]  # fmt: skip
    return calendars.calendar(events, f"run-{run.pk}.ics")


urlpatterns = [
    path("", Catalogue.as_view(), name="courses"),
    path("courses/new/", course_new, name="course-new"),
    path("courses/<int:pk>/", CoursePage.as_view(), name="course"),
    path("courses/<int:pk>/change/", course_edit, name="course-edit"),
    path("courses/<int:pk>/runs/new/", run_new, name="run-new"),
    path("runs/", RunList.as_view(), name="runs"),
    path("runs/<int:pk>/", RunPage.as_view(), name="run"),
    path("runs/<int:pk>/change/", run_edit, name="run-edit"),
    path("runs/<int:pk>/sessions.ics", calendar, name="calendar"),
    path("runs/<int:pk>/steps/<slug:step>/", RunStep.as_view(), name="run-step"),
]
