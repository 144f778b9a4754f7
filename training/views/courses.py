"""Courses: the catalogue, a run's page and console, enrolment, attendance on a phone, marks."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, F, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L
from django.views.decorators.http import require_POST

from portal import access, clock, files, imports
from portal.exports import Column, xlsx_response
from portal.models import LocalGovernment
from portal.views import TakeStep, VisibleDetail, VisibleList
from training import attendance, badges, calendars, courses, enrolling, exports, importing, privacy
from training.filters import CourseFilter, RunFilter
from training.forms import courses as forms
from training.lifecycle import ENROLMENT, RUN
from training.models import Course, CourseRun, Enrolment, Session
from training.states import EnrolmentState, RunState, Source
from training.views.common import attempt, do, form_page, posted

WITH = ("course", "province", "seats")


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
    queryset = CourseRun.objects.select_related(*WITH).order_by("-pk")
    filterset_class = RunFilter
    template_name = "training/run_list.html"
    partial_name = "training/_run_rows.html"
    title = L("Course runs")


class RunPage(VisibleDetail):
    """A run for everybody: when, where, seats; enrolling; for those who conduct it the way to the console."""

    public = True
    queryset = CourseRun.objects.select_related(*WITH)
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
    queryset = CourseRun.objects.select_related(*WITH)
    model = CourseRun
    lifecycle = RUN


def run_of(request, pk):
    return get_object_or_404(CourseRun.objects.visible_to(request.user).select_related(*WITH), pk=pk)


def conducted(request, pk):
    """The run, for those who conduct it."""
    run = run_of(request, pk)
    if not request.user.has_perm("training.manage_run", run):
        raise PermissionDenied(_("Only those who conduct this run see its console."))
    return run


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
            return redirect("training:console", form.instance.pk)
    return form_page(request, form, title=title, back=back)


@login_required
def console(request, pk):
    """Everything of a run on one page: timetable, who comes, the attendance grid, marks, results."""
    run = conducted(request, pk)
    form = forms.SessionForm(posted(request))
    if request.method == "POST" and form.is_valid() and attempt(
        form, lambda: courses.add_session(run, by=request.user, **form.cleaned_data)
    ):  # fmt: skip
        messages.success(request, _("Added."))
        return redirect("training:console", pk)
    grid = attendance.grid(run)
    privacy.note_reading(run, by=request.user, what="run console")
    rows = [
        {
            "enrolment": enrolment,
            "cells": [grid.cells[enrolment.pk][session.pk] for session in grid.sessions],
            "standing": grid.standings[enrolment.pk],
        }
        for enrolment in grid.enrolments
    ]
    context = {
        "run": run, "object": run, "form": form, "grid": grid, "rows": rows, "conflicts": grid.conflicts,
        "offers": RUN.offers(run, by=request.user), "seats": getattr(run, "seats", None),
    }  # fmt: skip
    return render(request, "training/console.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def session_remove(request, pk, session):
    run = conducted(request, pk)
    found = get_object_or_404(Session, pk=session, run=run)
    return do(
        request, lambda: courses.remove_session(found, by=request.user), _("Removed."),
        reverse("training:console", args=[pk]),
    )  # fmt: skip


@login_required
def attendance_list(request, pk, session):
    """The list of one session, made for a phone: a tick for everybody who is there."""
    run = conducted(request, pk)
    found = get_object_or_404(Session, pk=session, run=run)
    enrolments = list(
        run.enrolments.filter(state=EnrolmentState.CONFIRMED).select_related("learner", "office").order_by("pk")
    )
    if request.method == "POST":
        there = set(request.POST.getlist("present"))
        entries = {(found, enrolment): str(enrolment.pk) in there for enrolment in enrolments}
        source = request.POST.get("source") if request.POST.get("source") == Source.SHEET else Source.LIST
        return do(
            request, lambda: attendance.mark(run, entries, by=request.user, source=source),
            _("The list is saved: %(there)s of %(all)s are there.") % {"there": len(there), "all": len(enrolments)},
            reverse("training:console", args=[pk]),
        )  # fmt: skip
    grid = attendance.grid(run, enrolments)
    rows = [(enrolment, grid.cells[enrolment.pk][found.pk]) for enrolment in enrolments]
    return render(request, "training/attendance.html", {"run": run, "session": found, "rows": rows})


@login_required
def decide(request, pk, session, enrolment):
    """Settle a conflict between sources, with the reason."""
    run = conducted(request, pk)
    found = get_object_or_404(Session, pk=session, run=run)
    who = get_object_or_404(run.enrolments.select_related("learner"), pk=enrolment)
    form = forms.ReasonForm(posted(request))
    if request.method == "POST" and form.is_valid():
        entry = {(found, who): request.POST.get("present") == "yes"}
        reason = form.cleaned_data["reason"]
        if attempt(
            form,
            lambda: attendance.mark(run, entry, by=request.user, source=Source.DECISION, reason=reason),
        ):
            messages.success(request, _("Settled."))
            return redirect("training:console", pk)
    lines = who.attendances.filter(session=found).select_related("recorded_by")
    context = {"run": run, "session": found, "enrolment": who, "lines": lines, "form": form}
    return render(request, "training/decide.html", context, status=400 if form.errors else 200)


@login_required
def sheet(request, pk):
    """The sheet to print and sign, a column for each session."""
    run = conducted(request, pk)
    grid = attendance.grid(run)
    people = [enrolment for enrolment in grid.enrolments if enrolment.state == EnrolmentState.CONFIRMED]
    privacy.note_reading(run, by=request.user, what="attendance sheet")
    return render(request, "training/sheet.html", {"run": run, "sessions": grid.sessions, "people": people})


# Enrolling


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


def template_of(columns, filename, rows=()):
    found = [Column(heading, lambda row, key=key: row.get(key, ""), "code") for key, heading in columns.items()]
    return xlsx_response(found, rows, filename)


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


def imported(request, run, form, columns, check, save, to):
    """Read, check and save a workbook, all or nothing; with flaws the page that lists them."""
    if not form.is_valid():
        messages.error(request, " ".join(text for texts in form.errors.values() for text in texts))
        return redirect(to)
    upload = form.cleaned_data["file"]
    try:
        checked = check(imports.read(upload, columns, most=importing.MOST), run)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(to)
    if checked.flaws:
        if "marked" in request.POST:
            return workbook_back(importing.marked(upload, checked.flaws, columns), upload.name)
        context = {"run": run, "flaws": checked.flaws, "back": to, "form": form}
        return render(request, "training/flaws.html", context, status=400)
    return do(request, lambda: save(checked), _("The workbook is taken over."), to)


def workbook_back(content, name):
    response = HttpResponse(content, content_type=files.EXCEL)
    response["Content-Disposition"] = content_disposition_header(True, files.clean_name(f"marked-{name}"))
    response["Cache-Control"] = "no-store"
    return response


# Marks and attendance by workbook


@login_required
def marks(request, pk):
    """Marks: by workbook here, one by one with the result."""
    run = conducted(request, pk)
    if request.method == "POST":
        form = forms.WorkbookForm(request.POST, request.FILES)

        def save(checked):
            importing.write_marks(checked, by=request.user)

        return imported(
            request, run, form, importing.MARKS, importing.check_marks, save, reverse("training:console", args=[pk])
        )
    confirmed = run.enrolments.confirmed().select_related("learner").order_by("pk")
    rows = [{"number": str(e.pk), "name": e.learner.full_name, "mark": e.mark} for e in confirmed]
    privacy.note_reading(run, by=request.user, what="marks workbook")
    return template_of(importing.MARKS, f"marks-{run.pk}.xlsx", rows)


@login_required
def attendance_workbook(request, pk):
    run = conducted(request, pk)
    columns = importing.attendance_columns(run)
    if request.method == "POST":
        form = forms.WorkbookForm(request.POST, request.FILES)

        def save(checked):
            importing.write_attendance(run, checked, by=request.user)

        return imported(
            request, run, form, columns, importing.check_attendance, save, reverse("training:console", args=[pk])
        )
    people = run.enrolments.confirmed().select_related("learner").order_by("pk")
    rows = [{"number": str(e.pk), "name": e.learner.full_name} for e in people]
    privacy.note_reading(run, by=request.user, what="attendance workbook")
    return template_of(columns, f"attendance-{run.pk}.xlsx", rows)


@login_required
def learners(request, pk):
    """The list of a run as a file, for those who conduct it."""
    run = conducted(request, pk)
    privacy.note_reading(run, by=request.user, what="enrolments list")
    rows = run.enrolments.on_the_list().select_related("learner", "office").order_by("pk")
    return xlsx_response(exports.ENROLMENTS, rows, f"run-{run.pk}.xlsx")


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


@login_required
def calendar(request, pk):
    """The sessions of a run as a calendar file."""
    run = run_of(request, pk)
    events = [
        {
            "uid": f"session-{session.pk}@portal", "starts_at": session.starts_at, "ends_at": session.ends_at,
            "title": session.title_th or run.course.name_th, "where": run.where_th or run.online_url,
            "url": badges.address("training:run", run.pk),
        }
        for session in run.sessions.all()
    ]  # fmt: skip
    return calendars.calendar(events, f"run-{run.pk}.ics")


# One's own record


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
        "enrolments": enrolments,
        "credentials": [(credential, credential.standing(clock.today())) for credential in credentials],
        "hours": sum(passed),
        "applications": user.applications.select_related("generation").order_by("-pk"),
        "placements": user.placements.select_related("local_government", "generation").order_by("-pk"),
        "mentored": user.placements_mentored.select_related("local_government", "generation").order_by("-pk"),
    }
    return render(request, "training/record.html", context)


@login_required
def claim(request, code):
    """Tie a learning record to one's account, by the code of the letter."""
    if request.method != "POST":
        return render(request, "training/claim.html", {"code": code})
    return do(
        request,
        lambda: enrolling.claim(code, by=request.user),
        _("The record is yours now."),
        reverse("training:record"),
    )


urlpatterns = [
    path("", Catalogue.as_view(), name="courses"),
    path("courses/new/", course_new, name="course-new"),
    path("courses/<int:pk>/", CoursePage.as_view(), name="course"),
    path("courses/<int:pk>/change/", course_edit, name="course-edit"),
    path("courses/<int:pk>/runs/new/", run_new, name="run-new"),
    path("runs/", RunList.as_view(), name="runs"),
    path("runs/<int:pk>/", RunPage.as_view(), name="run"),
    path("runs/<int:pk>/change/", run_edit, name="run-edit"),
    path("runs/<int:pk>/console/", console, name="console"),
    path("runs/<int:pk>/sessions/<int:session>/remove/", session_remove, name="session-remove"),
    path("runs/<int:pk>/sessions/<int:session>/", attendance_list, name="attendance"),
    path("runs/<int:pk>/sessions/<int:session>/<int:enrolment>/", decide, name="decide"),
    path("runs/<int:pk>/sheet/", sheet, name="sheet"),
    path("runs/<int:pk>/enrol/", enrol, name="enrol"),
    path("runs/<int:pk>/staff/", staff, name="staff"),
    path("runs/<int:pk>/staff/template.xlsx", people_template, name="people-template"),
    path("runs/<int:pk>/staff/import/", people_import, name="people-import"),
    path("runs/<int:pk>/marks/", marks, name="marks"),
    path("runs/<int:pk>/attendance/", attendance_workbook, name="attendance-workbook"),
    path("runs/<int:pk>/learners.xlsx", learners, name="learners"),
    path("runs/<int:pk>/sessions.ics", calendar, name="calendar"),
    path("runs/<int:pk>/steps/<slug:step>/", RunStep.as_view(), name="run-step"),
    path("enrolments/<int:pk>/", EnrolmentPage.as_view(), name="enrolment"),
    path("enrolments/<int:pk>/again/", again, name="enrolment-again"),
    path("enrolments/<int:pk>/<slug:step>/", EnrolmentStep.as_view(), name="enrolment-step"),
    path("record/", record, name="record"),
    path("claim/<str:code>/", claim, name="claim"),
]
