"""Courses and runs: set up, sat in, marked; and getting into them, one by one or a whole office at once."""

from django.core.exceptions import PermissionDenied
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from portal import access
from portal.api.fields import Texts
from portal.api.problems import Refusal
from portal.api.serializers import (
    CleanModelSerializer,
    CleanSerializer,
    RelatedId,
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictDecimalField,
)
from portal.api.views import Steps, Visible, WritesGiven, claim, match
from portal.errors import Refused
from portal.models import LocalGovernment
from training import attendance, courses, enrolling, exports, importing, privacy, results, writing
from training.api.kit import LONG, Beneath, Nothing, ToldSerializer, WithoutCitizenNumbers, limits
from training.filters import CourseFilter, EnrolmentFilter, RunFilter
from training.forms.courses import CourseForm, RunForm
from training.lifecycle import ENROLMENT, RUN
from training.models import Course, CourseRun, Enrolment, Session
from training.states import RunAudience, Source

RUNS = r"course-runs/(?P<run_id>[0-9]+)"
MANY = 1000


class CourseSerializer(CleanModelSerializer):
    class Meta:
        model = Course
        fields = ["id", "version", *CourseForm.Meta.fields]
        read_only_fields = ["version"]
        extra_kwargs = limits(CourseForm)


class CourseViewSet(Visible, WritesGiven, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """The catalogue of courses; officers write those of the agency or of their province."""

    is_public = True
    queryset = Course.objects.select_related("province")
    serializer_class = CourseSerializer
    filterset_class = CourseFilter
    permissions = dict.fromkeys(["create", "update", "partial_update"], "training.change_course")
    lookup_value_regex = "[0-9]+"
    ordering = ["name_sort_key"]

    def perform_create(self, serializer):
        self.save(serializer, Course())

    def perform_update(self, serializer):
        claim(self.request, serializer.instance)
        self.save(serializer, serializer.instance)

    def save(self, serializer, course):
        for name, value in serializer.validated_data.items():
            setattr(course, name, value)
        saved = courses.save_course(course, by=self.request.user)
        self.object = serializer.instance = self.queryset.all().get(pk=saved.pk)


# Runs


class CourseSessionSerializer(CleanModelSerializer):
    class Meta:
        model = Session
        fields = ["id", "starts_at", "ends_at", "title_th"]


class RunSerializer(CleanModelSerializer):
    """A run; who teaches it and the address of the meeting are for those who conduct it."""

    sessions = CourseSessionSerializer(many=True, read_only=True)
    seats_taken = serializers.IntegerField(source="seats.taken", default=0, read_only=True)
    trainers = Texts(longest=150, max_length=50, required=False, write_only=True)

    class Meta:
        model = CourseRun
        fields = ["id", "course", "number", "state", "version", *RunForm.Meta.fields, "seats_taken", "sessions"]
        read_only_fields = ["number", "state", "version"]
        extra_kwargs = limits(RunForm)

    def validate_course(self, course):
        if self.instance is not None and course != self.instance.course:
            raise serializers.ValidationError([_("This is chosen once, when the run is begun.")])
        if not Course.objects.visible_to(self.context["request"].user).filter(pk=course.pk).exists():
            raise serializers.ValidationError([_("There is no such course.")])
        return course

    def validate_trainers(self, names):
        found = {user.username: user for user in courses.trainers_to_choose().filter(username__in=names)}
        if set(names) - set(found):
            raise serializers.ValidationError([_("Name people who hold the post of a trainer.")])
        return list(found.values())

    def validate(self, attrs):
        self.clean_instance({name: value for name, value in attrs.items() if name != "trainers"})
        return attrs

    def to_representation(self, run):
        answer = super().to_representation(run)
        if run.pk in self.context["view"].conducted:
            return {**answer, "trainers": [user.username for user in run.trainers.all()]}
        return {**answer, "trainers": [], "online_url": ""}


class RunLetterSerializer(CleanSerializer):
    audience = StrictChoiceField(choices=RunAudience.choices)
    text = StrictCharField(max_length=4000)


class RunViewSet(Visible, Steps, WritesGiven, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Runs of courses with their timetable; writing and steps are for those who conduct them."""

    is_public = True
    queryset = CourseRun.objects.select_related("course", "province", "seats").prefetch_related("sessions", "trainers")
    serializer_class = RunSerializer
    filterset_class = RunFilter
    lifecycle = RUN
    permissions = dict.fromkeys(["create", "update", "partial_update"], "training.manage_run")
    lookup_value_regex = "[0-9]+"
    ordering = ["-pk"]

    @cached_property
    def conducted(self):
        """The keys of the runs that the person conducts."""
        user = self.request.user
        if not access.holding(user, "training.manage_run"):
            return frozenset()
        return frozenset(CourseRun.objects.conducted_by(user).values_list("pk", flat=True))

    def etag_of(self, run):
        """Seats move without the run's version, so the tag of what is public hangs on the content."""
        return f'"{run.version}"' if run.pk in self.conducted else None

    def perform_create(self, serializer):
        given = dict(serializer.validated_data)
        trainers = given.pop("trainers", [])
        self.save(serializer, CourseRun(**given), trainers)

    def perform_update(self, serializer):
        run, given = serializer.instance, dict(serializer.validated_data)
        claim(self.request, run)
        trainers = given.pop("trainers", None)
        for name, value in given.items():
            setattr(run, name, value)
        self.save(serializer, run, run.trainers.all() if trainers is None else trainers)

    @extend_schema(request=RunLetterSerializer, responses=ToldSerializer)
    @action(detail=True, methods=["post"], pagination_class=None)
    def letters(self, request, **kwargs):
        """Write to the learners of a run, or to some of them; under the bell and by e-mail."""
        run = self.get_object()
        if not request.user.has_perm("training.manage_run", run):
            raise PermissionDenied(_("Only those who conduct this run write to its learners."))
        told = writing.write_to_learners(run, by=request.user, **self.given(RunLetterSerializer))
        return Response(ToldSerializer({"told": told}).data)

    def save(self, serializer, run, trainers):
        saved = courses.save_run(run, trainers=list(trainers), by=self.request.user)
        self.__dict__.pop("conducted", None)
        self.object = serializer.instance = self.queryset.all().get(pk=saved.pk)


class OfRun(Beneath):
    """What stands beneath a run, for those who conduct it."""

    parent_queryset = CourseRun.objects.select_related("course", "province")
    parent_field, parent_kwarg = "run", "run_id"

    def ask(self, obj):
        if not self.request.user.has_perm("training.manage_run", self.parent):
            raise PermissionDenied(_("Only those who conduct this run see its console."))


class SessionViewSet(OfRun, mixins.CreateModelMixin, mixins.DestroyModelMixin, ReadOnlyModelViewSet):
    """The timetable of a run, readable for everybody: make-up sessions are added like any other."""

    is_public = True
    queryset = Session.objects.select_related("run")
    serializer_class = CourseSessionSerializer
    ordering = ["starts_at"]

    def ask(self, obj):
        if self.action in {"create", "destroy"}:
            super().ask(obj)

    def etag_of(self, obj):
        return None if self.action == "retrieve" else super().etag_of(obj)

    def perform_create(self, serializer):
        self.wrote(serializer, courses.add_session(self.parent, by=self.request.user, **serializer.validated_data))

    def perform_destroy(self, session):
        match(self.request, self.parent)
        courses.remove_session(session, by=self.request.user)


# Attendance and marks


class OfThisRun(RelatedId):
    """A row of the run of the address, and of no other."""

    def get_queryset(self):
        view = self.context["view"]
        rows = super().get_queryset()
        return rows.none() if getattr(view, "swagger_fake_view", False) else rows.filter(run=view.parent)


class AttendanceEntrySerializer(CleanSerializer):
    session = OfThisRun(queryset=Session.objects.select_related("run"))
    enrolment = OfThisRun(queryset=Enrolment.objects.select_related("run"))
    present = StrictBooleanField()


class AttendanceListSerializer(WithoutCitizenNumbers, CleanSerializer):
    """Lines of one source; `decision` settles what others disagree about, and needs a reason."""

    source = StrictChoiceField(choices=Source.choices)
    reason = StrictCharField(max_length=300, required=False, allow_blank=True)
    entries = AttendanceEntrySerializer(many=True, max_length=MANY)


class AttendanceCellSerializer(serializers.Serializer):
    """What is known: `present` null while nothing is, or while the sources disagree."""

    session = serializers.CharField()
    present = serializers.BooleanField(allow_null=True)
    sources = serializers.ListField(child=serializers.CharField())
    conflict = serializers.BooleanField()


class AttendanceRowSerializer(serializers.Serializer):
    """One learner: the shares are of all sessions, past and coming, in percent."""

    enrolment = serializers.CharField()
    learner = serializers.CharField()
    attended_pct = serializers.DecimalField(max_digits=5, decimal_places=1)
    best_pct = serializers.DecimalField(max_digits=5, decimal_places=1)
    has_reached = serializers.BooleanField()
    can_reach = serializers.BooleanField()
    cells = AttendanceCellSerializer(many=True)


class AttendanceGridSerializer(serializers.Serializer):
    needed_pct = serializers.IntegerField()
    rows = AttendanceRowSerializer(many=True)


def rows_of(grid):
    """The rows of an attendance `Grid` as the API answers them."""
    for enrolment in grid.enrolments:
        standing, cells = grid.standings[enrolment.pk], grid.cells[enrolment.pk]
        shares = {name: getattr(standing, name) for name in ("attended_pct", "best_pct", "has_reached", "can_reach")}
        yield {
            "enrolment": str(enrolment.pk), "learner": enrolment.learner.full_name, **shares,
            "cells": [
                {
                    "session": str(pk), "present": cell.is_present, "sources": cell.sources,
                    "conflict": cell.is_conflict,
                }
                for pk, cell in cells.items()
            ],
        }  # fmt: skip


class AttendanceViewSet(OfRun, GenericViewSet):
    """Who came: a grid of learners and sessions, written line by line from several sources."""

    queryset = Enrolment.objects.all()
    serializer_class = AttendanceGridSerializer
    is_described_whole = True
    pagination_class = None

    @extend_schema(responses=AttendanceGridSerializer, filters=False)
    def list(self, request, **kwargs):
        """The whole grid; looking at it is on record."""
        privacy.note_reading(self.parent, by=request.user, what="run console")
        return Response(self.grid())

    @extend_schema(request=AttendanceListSerializer, responses=AttendanceGridSerializer)
    def create(self, request, **kwargs):
        """Write lines of one source: all or none. A later line of a source replaces its earlier one."""
        given = self.given(AttendanceListSerializer)
        entries = {(row["session"], row["enrolment"]): row["present"] for row in given["entries"]}
        attendance.mark(self.parent, entries, by=request.user, source=given["source"], reason=given.get("reason", ""))
        return Response(self.grid())

    def grid(self):
        found = attendance.grid(self.parent)
        rows = {"needed_pct": self.parent.course.attendance_pct, "rows": list(rows_of(found))}
        return AttendanceGridSerializer(rows).data


class MarkRowSerializer(CleanSerializer):
    enrolment = OfThisRun(queryset=Enrolment.objects.select_related("run"))
    mark = StrictDecimalField(max_digits=5, decimal_places=2, min_value=0, max_value=100)


class MarksSerializer(CleanSerializer):
    marks = MarkRowSerializer(many=True, max_length=MANY)


class WrittenMarksSerializer(serializers.Serializer):
    written = serializers.IntegerField()


class MarkViewSet(OfRun, GenericViewSet):
    """Marks of 100, for many at once."""

    queryset = Enrolment.objects.all()
    serializer_class = MarksSerializer
    pagination_class = None

    @extend_schema(request=MarksSerializer, responses=WrittenMarksSerializer)
    def create(self, request, **kwargs):
        """Write the marks of learners who are confirmed and have no result yet: all or none."""
        rows = self.given(MarksSerializer)["marks"]
        for row in rows:
            enrolling.set_mark(row["enrolment"], row["mark"], by=request.user)
        return Response({"written": len(rows)})


class VerdictSerializer(serializers.Serializer):
    """What the rule of the course says of one learner: the `step` that gives the result, or `why` there is none yet."""

    enrolment = serializers.CharField(source="enrolment.pk")
    learner = serializers.CharField(source="enrolment.learner.full_name")
    step = serializers.CharField(source="name")
    why = serializers.CharField()


class VerdictsSerializer(serializers.Serializer):
    rows = VerdictSerializer(many=True)


class GivenResultsSerializer(serializers.Serializer):
    given = serializers.IntegerField()
    left = serializers.IntegerField()


class ResultsViewSet(OfRun, GenericViewSet):
    """The results that attendance and marks come to, for all who are confirmed: seen first, then given at once."""

    queryset = Enrolment.objects.all()
    serializer_class = VerdictsSerializer
    is_described_whole = True
    pagination_class = None

    @extend_schema(responses=VerdictsSerializer, filters=False)
    def list(self, request, **kwargs):
        """What the rule says of everybody; looking at it is on record."""
        privacy.note_reading(self.parent, by=request.user, what="run console")
        return Response(VerdictsSerializer({"rows": results.verdicts(self.parent)}).data)

    @extend_schema(request=None, responses=GivenResultsSerializer)
    def create(self, request, **kwargs):
        """Give the results that the rule says, at most a hundred at a time; `left` says how many more there are."""
        self.given(Nothing)
        given, left = results.give(self.parent, by=request.user)
        return Response({"given": given, "left": left})


# Enrolments


class PersonSerializer(CleanSerializer):
    first_name = StrictCharField(max_length=1000, allow_blank=True)
    last_name = StrictCharField(max_length=1000, **LONG)
    position = StrictCharField(max_length=1000, **LONG)
    email = StrictCharField(max_length=1000, **LONG)
    phone = StrictCharField(max_length=1000, **LONG)


class PeopleSerializer(CleanSerializer):
    local_government = RelatedId(queryset=LocalGovernment.objects.select_related("province"))
    people = PersonSerializer(many=True, max_length=importing.MOST)

    def validate_local_government(self, place):
        """403 before anything else is judged: for whose people one may not speak at all."""
        user, run = self.context["request"].user, self.context["view"].parent
        if not user.has_perm("training.enrol_staff", place) and not user.has_perm("training.manage_run", run):
            raise PermissionDenied(_("Only people of this office enrol its people."))
        return place


class EnrolledSerializer(serializers.Serializer):
    confirmed = serializers.IntegerField()
    waitlisted = serializers.IntegerField()


class RunEnrolmentViewSet(OfRun, GenericViewSet):
    """An office's people, enrolled together: all of them, or nobody."""

    queryset = Enrolment.objects.all()
    serializer_class = PeopleSerializer
    pagination_class = None

    def ask(self, obj):
        user = self.request.user
        if not access.holding(user, "training.enrol_staff") and not user.has_perm("training.manage_run", self.parent):
            raise PermissionDenied(_("Officers and clerks enrol the people of their own office."))

    @extend_schema(request=PeopleSerializer, responses={201: EnrolledSerializer})
    def create(self, request, **kwargs):
        """Enrol many at once. `errors` point at each person and member that does not fit; then nobody is enrolled."""
        given = self.given(PeopleSerializer)
        rows = [
            (number, {key: " ".join(row.get(key, "").split()) for key in importing.PEOPLE})
            for number, row in enumerate(given["people"])
        ]
        checked = importing.check_people(rows, self.parent)
        if checked.flaws:
            raise Refusal(400, "invalid", _("Some values do not fit; see the list."), errors=pointed(checked.flaws))
        try:
            confirmed, waitlisted = importing.enrol_people(
                self.parent, given["local_government"], checked, by=request.user
            )
        except Refused as refusal:
            refusal.facts["pointer"] = f"/people/{refusal.facts.pop('row', 0)}"
            raise
        return Response({"confirmed": confirmed, "waitlisted": waitlisted}, status=201)


def pointed(flaws):
    """The flaws of a workbook's check as the errors of a problem document."""
    keys = {str(heading): key for key, heading in importing.PEOPLE.items()}
    return [
        {"pointer": f"/people/{flaw.row}/{keys[flaw.column]}", "code": "invalid", "detail": str(flaw.message)}
        for flaw in flaws
    ]


class EnrolSerializer(CleanSerializer):
    run = RelatedId(queryset=CourseRun.objects.all())

    def validate_run(self, run):
        visible = CourseRun.objects.visible_to(self.context["request"].user)
        if not visible.filter(pk=run.pk).exists():
            raise serializers.ValidationError([_("There is no such run.")])
        return run


class EnrolmentSerializer(CleanModelSerializer):
    learner = serializers.CharField(source="learner.full_name", read_only=True)

    class Meta:
        model = Enrolment
        fields = ["id", "run", "learner", "office", "state", "version", "requested_at", "asked_again_at", "mark"]
        fields += ["first_mark", "is_retake"]
        read_only_fields = fields


class EnrolmentViewSet(Visible, Steps, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Enrolments that the person may see; POST enrols the caller: a seat, or a place on the waiting list."""

    queryset = Enrolment.objects.select_related("run__course", "learner__user", "office")
    serializer_class = EnrolmentSerializer
    filterset_class = EnrolmentFilter
    lifecycle = ENROLMENT
    columns = exports.ENROLMENTS
    lookup_value_regex = "[0-9]+"
    ordering = ["pk"]

    def paginate_queryset(self, queryset):
        """A list names people: looking at others' names is on record, once for each run."""
        page = super().paginate_queryset(queryset)
        self.note_list(page)
        return page

    def table(self, queryset, wanted):
        self.note_list(queryset)
        return super().table(queryset, wanted)

    def note_list(self, enrolments):
        others = {one.run for one in enrolments if one.learner.user_id != self.request.user.pk}
        for run in sorted(others, key=lambda run: run.pk):
            privacy.note_reading(run, by=self.request.user, what="enrolments list")

    def retrieve(self, request, *args, **kwargs):
        """One learner in one run; looking at somebody else is on record."""
        response = super().retrieve(request, *args, **kwargs)
        self.note(self.object)
        return response

    def note(self, enrolment):
        if enrolment.learner.user_id != self.request.user.pk:
            privacy.note_reading(enrolment, by=self.request.user, what="enrolment")

    @extend_schema(request=EnrolSerializer, responses={201: EnrolmentSerializer})
    def create(self, request, *args, **kwargs):
        made = enrolling.enrol_self(self.given(EnrolSerializer)["run"], by=request.user)
        self.object = self.queryset.all().get(pk=made.pk)
        return Response(self.get_serializer(self.object).data, status=201)

    @extend_schema(request=None, responses=EnrolmentSerializer)
    @action(detail=True, methods=["post"], url_path="confirm-again")
    def confirm_again(self, request, **kwargs):
        """The learner still comes although the run was changed."""
        enrolment = self.get_object()
        self.given(Nothing)
        enrolling.say_yes_again(enrolment, by=request.user)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(responses=AttendanceRowSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def attendance(self, request, **kwargs):
        """Session by session, and what can still be reached."""
        enrolment = self.get_object()
        self.note(enrolment)
        [row] = rows_of(attendance.grid(enrolment.run, [enrolment]))
        return Response(AttendanceRowSerializer(row).data)
