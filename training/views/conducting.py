"""Conducting a run: who comes, the attendance on a phone and on paper, marks and results, workbooks."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from portal import clock
from portal.exports import xlsx_response
from training import attendance, courses, exports, importing, privacy, results, writing
from training.forms import courses as forms
from training.forms.programme import LetterForm
from training.lifecycle import RUN
from training.models import Credential, Session
from training.states import SEATED, CredentialState, EnrolmentState, RunAudience, RunState, Source
from training.views.common import attempt, conducted, do, form_page, posted
from training.views.workbooks import imported, template_of

BLANK_LINES = 3
GIVEN = SEATED - {EnrolmentState.CONFIRMED}


@login_required
def console(request, pk):
    """How far a run is: what to do now, what is disputed, the grid of attendance, who waits for a seat."""
    run = conducted(request, pk)
    grid = attendance.grid(run)
    privacy.note_reading(run, by=request.user, what="run console")
    seated = [one for one in grid.enrolments if one.state in SEATED]
    rows = [
        {
            "enrolment": one,
            "cells": [(session, grid.cells[one.pk][session.pk]) for session in grid.sessions],
            "standing": grid.standings[one.pk],
            "is_lost": one.state == EnrolmentState.CONFIRMED and not grid.standings[one.pk].can_reach,
        }
        for one in seated
    ]
    present = [sum(bool(grid.cells[one.pk][session.pk].is_present) for one in seated) for session in grid.sessions]
    waiting = run.enrolments.filter(state__in=[EnrolmentState.REQUESTED, EnrolmentState.WAITLISTED])
    context = {
        "run": run, "object": run, "here": "console", "rows": rows, "conflicts": grid.conflicts,
        "heads": list(zip(grid.sessions, present, strict=True)),
        "offers": RUN.offers(run, by=request.user), "seats": getattr(run, "seats", None),
        "waiting": waiting.select_related("learner", "office__district").order_by("requested_at", "pk"),
        "lost": sum(row["is_lost"] for row in rows),
        "asked": sum(row["enrolment"].asked_again_at is not None for row in rows),
        "summary": results.summary(run), "certificates": valid_credentials(run).count(),
    }  # fmt: skip
    return render(request, "training/console.html", context)


def valid_credentials(run):
    """The certificates of a run that count."""
    return Credential.objects.filter(enrolment__run=run, state=CredentialState.VALID)


@login_required
def timetable(request, pk):
    """The sessions of a run: the way to each one's list, and a form for another."""
    run = conducted(request, pk)
    form = forms.SessionForm(posted(request), initial=courses.next_session(run))
    if request.method == "POST" and form.is_valid() and attempt(
        form, lambda: courses.add_session(run, by=request.user, **form.cleaned_data)
    ):  # fmt: skip
        messages.success(request, _("Added."))
        return redirect("training:timetable", pk)
    context = {
        "run": run, "here": "timetable", "form": form, "now": clock.now(), "today": clock.today(),
        "sessions": run.sessions.annotate(
            there=Count("attendances__enrolment", filter=Q(attendances__is_present=True), distinct=True),
            told=Count("attendances__enrolment", distinct=True),
        ),
        "takes_more": run.state not in {RunState.FINISHED, RunState.CANCELLED},
    }  # fmt: skip
    return render(request, "training/timetable.html", context, status=400 if form.errors else 200)


@login_required
def result_list(request, pk):
    """Marks and results of everybody on one page: written together, given together by the rule of the course."""
    run = conducted(request, pk)
    found = results.verdicts(run)
    form = forms.MarksForm(posted(request), enrolments=[one.enrolment for one in found])
    if request.method == "POST" and form.is_valid():
        action = give_results if "give" in request.POST else save_marks
        if attempt(form, lambda: action(request, run, form)):
            return redirect("training:run-results", pk)
    privacy.note_reading(run, by=request.user, what="results")
    done = run.enrolments.filter(state__in=GIVEN).select_related("learner", "office__district")
    issued = {one.enrolment_id: one for one in valid_credentials(run)}
    ready = [one.name for one in found if one.name]
    context = {
        "run": run, "here": "results", "form": form, "course": run.course,
        "rows": [(one, form.field_of(one.enrolment)) for one in found],
        "ready": {name: ready.count(name) for name in (results.PASS, results.FAIL, results.ABSENT)},
        "ready_count": len(ready), "done": [(one, issued.get(one.pk)) for one in attendance.by_name(done)],
        "is_running": run.state == RunState.RUNNING,
    }  # fmt: skip
    return render(request, "training/run_results.html", context, status=400 if form.errors else 200)


def save_marks(request, run, form):
    changed = results.set_marks(run, form.marks(), by=request.user)
    text = ngettext("%(n)s mark is saved.", "%(n)s marks are saved.", changed) % {"n": changed}
    messages.success(request, text)


def give_results(request, run, form):
    """Keep what was typed, then give what the rule says."""
    results.set_marks(run, form.marks(), by=request.user)
    given, left = results.give(run, by=request.user)
    text = ngettext("%(n)s result is given.", "%(n)s results are given.", given) % {"n": given}
    if left:
        text += " " + _("%(left)s are left: press again.") % {"left": left}
    messages.success(request, text)


@login_required
@require_POST
def session_remove(request, pk, session):
    run = conducted(request, pk)
    found = get_object_or_404(Session, pk=session, run=run)
    return do(
        request, lambda: courses.remove_session(found, by=request.user), _("Removed."),
        reverse("training:timetable", args=[pk]),
    )  # fmt: skip


@login_required
def attendance_list(request, pk, session):
    """The list of one session, made for a phone: a tick for everybody who is there."""
    run = conducted(request, pk)
    found = get_object_or_404(Session, pk=session, run=run)
    enrolments = attendance.by_name(run.enrolments.confirmed().select_related("learner", "office__district"))
    form = forms.AttendanceForm(posted(request), initial={"source": Source.LIST})
    there = set(request.POST.getlist("present"))
    if request.method == "POST" and form.is_valid():
        entries = {(found, enrolment): str(enrolment.pk) in there for enrolment in enrolments}
        if attempt(form, lambda: attendance.mark(run, entries, by=request.user, **form.cleaned_data)):
            text = _("The list is saved: %(there)s of %(all)s are there.")
            messages.success(request, text % {"there": len(there), "all": len(enrolments)})
            return redirect("training:console", pk)
    grid = attendance.grid(run, enrolments)
    listed = dict(found.attendances.filter(source=Source.LIST).values_list("enrolment", "is_present"))
    rows = [
        (enrolment, cell, str(enrolment.pk) in there if form.is_bound else listed.get(enrolment.pk, cell.is_present))
        for enrolment in enrolments
        for cell in [grid.cells[enrolment.pk][found.pk]]
    ]
    present = sum(bool(is_ticked) for _enrolment, _cell, is_ticked in rows)
    context = {"run": run, "session": found, "rows": rows, "present": present, "form": form}
    return render(request, "training/attendance.html", context, status=400 if form.errors else 200)


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
    first_blank = len(people) + 1
    context = {
        "run": run, "sessions": grid.sessions, "people": people, "trainers": run.trainers.all(),
        "blanks": range(first_blank, first_blank + BLANK_LINES),
    }  # fmt: skip
    return render(request, "training/sheet.html", context)


@login_required
def write(request, pk):
    """A letter to the learners of a run, or to some of them."""
    run = conducted(request, pk)
    audiences = [(one.value, one.label, len(writing.learners_of(run, one))) for one in RunAudience]
    form = LetterForm(posted(request), audiences=audiences)
    if request.method == "POST" and form.is_valid():
        told = []
        if attempt(form, lambda: told.append(writing.write_to_learners(run, by=request.user, **form.cleaned_data))):
            text = ngettext("%(n)s person is written to.", "%(n)s people are written to.", told[0])
            messages.success(request, text % {"n": told[0]})
            return redirect("training:console", pk)
    return form_page(
        request, form, title=_("Write to the learners"), back=(reverse("training:console", args=[pk]), run),
        submit=_("Send the message"),
    )  # fmt: skip


# Workbooks


@login_required
def marks(request, pk):
    """Marks: by workbook here, one by one with the result."""
    run = conducted(request, pk)
    if request.method == "POST":
        form = forms.WorkbookForm(request.POST, request.FILES)

        def save(checked):
            importing.write_marks(checked, by=request.user)

        return imported(
            request, run, form, importing.MARKS, importing.check_marks, save, reverse("training:run-results", args=[pk])
        )
    confirmed = attendance.by_name(run.enrolments.confirmed().select_related("learner"))
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
    people = attendance.by_name(run.enrolments.confirmed().select_related("learner"))
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


urlpatterns = [
    path("runs/<int:pk>/console/", console, name="console"),
    path("runs/<int:pk>/timetable/", timetable, name="timetable"),
    path("runs/<int:pk>/results/", result_list, name="run-results"),
    path("runs/<int:pk>/sessions/<int:session>/remove/", session_remove, name="session-remove"),
    path("runs/<int:pk>/sessions/<int:session>/", attendance_list, name="attendance"),
    path("runs/<int:pk>/sessions/<int:session>/<int:enrolment>/", decide, name="decide"),
    path("runs/<int:pk>/write/", write, name="run-write"),
    path("runs/<int:pk>/sheet/", sheet, name="sheet"),
    path("runs/<int:pk>/marks/", marks, name="marks"),
    path("runs/<int:pk>/attendance/", attendance_workbook, name="attendance-workbook"),
    path("runs/<int:pk>/learners.xlsx", learners, name="learners"),
]
