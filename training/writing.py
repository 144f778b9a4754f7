"""Letters to many: to the learners of a run, to the people of a generation, to offices that have nobody trained."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from portal import access, clock
from portal.audit import record
from portal.errors import Refused
from portal.models import LocalGovernment, User
from portal.thai.citizens import has_citizen_number
from training import attendance, coverage, notices, setup
from training.models import CourseRun, Generation
from training.states import (
    SEATED,
    SERVING,
    ApplicationAudience,
    ApplicationState,
    EnrolmentState,
    RunAudience,
    RunState,
)

MOST_OFFICES = 500


def checked(text):
    """The text of a letter without outer blanks. Refused `citizen_number`."""
    if has_citizen_number(text):
        raise Refused(_("Leave out the citizen number: we do not collect it."), code="citizen_number")
    return text.strip()


# The learners of a run


def learners_of(run, audience):
    """The enrolments of `run` that belong to a `RunAudience`, as a list."""
    found = run.enrolments.select_related("learner__user", "run__course").order_by("pk")
    match RunAudience(audience):
        case RunAudience.SEATED:
            return list(found.filter(state__in=SEATED))
        case RunAudience.WAITING:
            return list(found.filter(state=EnrolmentState.WAITLISTED))
        case RunAudience.UNANSWERED:
            return list(found.filter(state=EnrolmentState.CONFIRMED, asked_again_at__isnull=False))
    confirmed = list(found.filter(state=EnrolmentState.CONFIRMED))
    standings = attendance.grid(run, confirmed).standings
    return [one for one in confirmed if not standings[one.pk].can_reach]


@transaction.atomic
def write_to_learners(run, *, by, audience, text):
    """Write to the learners of a run; how many. Refused `nobody` when the audience is empty."""
    if not by.has_perm("training.manage_run", run):
        raise PermissionDenied(_("Only those who conduct this run write to its learners."))
    text, people = checked(text), learners_of(run, audience)
    if not people:
        raise Refused(_("Nobody belongs to this choice at present."), code="nobody")
    for enrolment in people:
        notices.letter_to_learner(enrolment, text)
    record("run.write", run, by=by, details={"audience": audience, "count": len(people)})
    return len(people)


# The people of a generation


def people_of(generation, audience):
    """The people of a `ApplicationAudience` of `generation`, as a queryset of users."""
    match ApplicationAudience(audience):
        case ApplicationAudience.SERVING:
            return User.objects.filter(placements__generation=generation, placements__state__in=SERVING).distinct()
        case ApplicationAudience.MENTORS:
            return User.objects.filter(
                placements_mentored__generation=generation, placements_mentored__state__in=SERVING
            ).distinct()
    state = {
        ApplicationAudience.DRAFTING: ApplicationState.DRAFT,
        ApplicationAudience.SHORTLISTED: ApplicationState.SHORTLISTED,
        ApplicationAudience.WAITLISTED: ApplicationState.WAITLISTED,
    }[audience]
    return User.objects.filter(applications__generation=generation, applications__state=state).distinct()


@transaction.atomic
def write_to_generation(generation, *, by, audience, text):
    """Write to the people of a generation; how many. Refused `nobody` when the audience is empty."""
    setup.may_change(generation, by=by)
    text, people = checked(text), list(people_of(generation, audience))
    if not people:
        raise Refused(_("Nobody belongs to this choice at present."), code="nobody")
    notices.letter_of_generation(generation, people, text)
    record("generation.write", generation, by=by, details={"audience": audience, "count": len(people)})
    return len(people)


# Offices that have nobody


def may_invite(user):
    return bool(access.holding(user, "training.change_course"))


def uncovered(user, *, province=None, place=None, level=None):
    """The local governments of a province (or one) where nobody serves or is trained, that `user` may invite."""
    levels = (level,) if level else coverage.OFFICIAL_LEVELS
    places = coverage.with_coverage(LocalGovernment.objects.active(clock.today()), clock.today(), levels)
    places = places.filter(pk=place) if place else places.filter(province=province, ambassadors=0, trained=0)
    held = access.holding(user, "training.change_course")
    if not any(m.province_id is None for m in held):
        places = places.filter(province__in=[m.province_id for m in held])
    return places.select_related("province", "district").order_by("name_sort_key", "pk")[:MOST_OFFICES]


def invitations():
    """What offices can be invited to now: `(runs for them, generations that call for hosts)`."""
    runs = CourseRun.objects.taking_enrolments(clock.now()).filter(course__is_published=True)
    runs = runs.filter(state=RunState.OPEN).select_related("course", "province").order_by("pk")
    return runs, Generation.objects.calling_hosts().select_related("programme").order_by("pk")


@transaction.atomic
def invite(places, *, by, to, text=""):
    """Invite the people of `places` to `to`, a run or a call for hosts; how many offices were told.

    An office without anybody in the portal cannot be told and is left out. Refused `nobody`.
    """
    if not may_invite(by):
        raise PermissionDenied(_("Only those who set up courses invite offices."))
    places = list(places)
    told = notices.invited(places, to, checked(text))
    if not told:
        raise Refused(_("None of these offices has anybody in the portal who could be told."), code="nobody")
    record("coverage.invite", to, by=by, details={"offices": [place.pk for place in places], "told": told})
    return told
