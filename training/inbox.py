"""Everything of training that waits for one person, computed from states and roles."""

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import access, clock
from portal.registry import Task
from training import coverage
from training.models import (
    Application,
    Credential,
    Enrolment,
    Evaluation,
    Generation,
    HostPlace,
    MonthlyReport,
    Placement,
)
from training.querysets import holds_nationally
from training.service import months_of
from training.states import (
    SERVING,
    ApplicationState,
    CredentialState,
    EnrolmentState,
    GenerationState,
    MonthlyReportState,
    PlaceState,
    Stage,
)

AREA = "training"


def tasks_of(user):
    """The `Task`s of `user` in training, in a number of queries that does not grow with the cases."""
    if not user.is_authenticated:
        return []
    return [
        *_applications(user),
        *_enrolments(user),
        *_service(user),
        *_matching_again(user),
        *_hosting(user),
        *_selection(user),
        *_scoring(user),
        *_renewals(user),
    ]


def _applications(user):
    """What the applicant has to do: send, give a paper, book, answer."""
    verbs = {
        ApplicationState.DRAFT: _("Finish and send"),
        ApplicationState.INCOMPLETE: _("Upload the paper"),
        ApplicationState.SHORTLISTED: _("Book your interview"),
        ApplicationState.SELECTED: _("Answer the offer"),
    }
    found = Application.objects.filter(applicant=user, state__in=verbs).select_related("generation", "slot")
    for one in found:
        if one.state == ApplicationState.SHORTLISTED and hasattr(one, "slot"):
            continue
        if one.state == ApplicationState.DRAFT and not one.generation.takes_applications(clock.now()):
            continue
        until = {
            ApplicationState.DRAFT: one.generation.closes_at, ApplicationState.SELECTED: one.answer_until,
        }.get(one.state)  # fmt: skip
        about, verb = str(one.generation), verbs[one.state]
        yield Task(AREA, about, one.get_absolute_url(), verb, one.state_since, until, one.number)


def _enrolments(user):
    """Runs that were changed and whose learner has not said yes again."""
    asked = Enrolment.objects.filter(learner__user=user, asked_again_at__isnull=False, state=EnrolmentState.CONFIRMED)
    for one in asked.select_related("run__course"):
        yield Task(AREA, str(one.run), one.get_absolute_url(), _("Say whether you still come"), one.asked_again_at)


def _service(user):
    """Reports that the ambassador owes, and those that wait for the mentor."""
    today = clock.today()
    own = Placement.objects.filter(ambassador=user, state__in=SERVING).select_related(
        "local_government__district", "generation"
    )
    for placement in own.prefetch_related("reports"):
        done = {r.month for r in placement.reports.all() if r.state in {"submitted", "accepted"}}
        over = [month for month in months_of(placement, until=today) if month < today.replace(day=1)]
        owed = [month for month in over if month not in done]
        if owed:
            title = ngettext("%(n)s monthly report", "%(n)s monthly reports", len(owed)) % {"n": len(owed)}
            since = clock.now().replace(year=owed[0].year, month=owed[0].month, day=1)
            yield Task(AREA, title, placement.get_absolute_url(), _("Write"), since)
    waiting = MonthlyReport.objects.filter(placement__mentor=user, state=MonthlyReportState.SUBMITTED)
    for report in waiting.select_related("placement__local_government__district"):
        place = report.placement.local_government.display_name
        yield Task(AREA, place, report.get_absolute_url(), _("Read the monthly report"), report.submitted_at)


def _matching_again(user):
    """Services whose host has given up; and, for their office too, services whose mentor has left it."""
    runs_it = holds_nationally(user, "training.manage_placement")
    offices = {m.local_government_id for m in access.holding(user, "training.propose_place")} - {None}
    if not runs_it and not offices:
        return
    found = Placement.objects.occupying().with_mentor_gone(clock.today()).select_related("local_government__district")
    found = found.select_related("place", "generation")
    for one in found if runs_it else found.filter(local_government__in=offices):
        title, detail, url = one.local_government.display_name, str(one.generation), one.get_absolute_url()
        if one.place.state == PlaceState.WITHDRAWN:
            if runs_it:
                yield Task(AREA, title, url, _("Find another host"), one.place.decided_at, detail=detail)
        else:
            verb = _("Name another mentor")
            yield Task(AREA, title, reverse("training:mentor", args=[one.pk]), verb, clock.now(), detail=detail)


def _hosting(user):
    """Offers of places that wait for the executive."""
    offices = [m.local_government_id for m in access.holding(user, "training.decide_place")]
    places = HostPlace.objects.filter(local_government__in=offices, state=PlaceState.PROPOSED)
    for place in places.select_related("generation", "local_government__district") if offices else ():
        yield Task(AREA, str(place.generation), place.get_absolute_url(), _("Decide about hosting"), place.prepared_at)


def _selection(user):
    """Applications that wait to be checked, and generations that can go on."""
    if not holds_nationally(user, "training.screen_application"):
        return
    waiting = Q(applications__state=ApplicationState.SUBMITTED)
    counted = Generation.objects.annotate(n=Count("applications", filter=waiting)).filter(n__gt=0)
    for generation in counted.select_related("programme"):
        title = ngettext("%(n)s application", "%(n)s applications", generation.n) % {"n": generation.n}
        url = f"{reverse('training:applications', args=[generation.pk])}?state=submitted"
        yield Task(AREA, title, url, _("Check"), generation.opens_at or clock.now(), detail=str(generation))
    ready = Generation.objects.filter(state=GenerationState.MATCHING, applications__state=ApplicationState.SHORTLISTED)
    for generation in ready.distinct():
        url = reverse("training:board", args=[generation.pk])
        yield Task(AREA, str(generation), url, _("Give the places"), generation.closes_at or clock.now())


def _scoring(user):
    """Applicants whom a member of the committee has not scored yet."""
    if not access.holding(user, "training.score_application"):
        return
    for state, stage in ((ApplicationState.ELIGIBLE, Stage.PAPER), (ApplicationState.SHORTLISTED, Stage.INTERVIEW)):
        sent = Evaluation.objects.filter(member=user, stage=stage, sent_at__isnull=False).values("application")
        open_ones = Application.objects.visible_to(user).filter(state=state).exclude(applicant=user)
        rows = open_ones.exclude(pk__in=sent).order_by().values("generation").annotate(n=Count("pk"))
        for row in rows:
            title = ngettext("%(n)s applicant", "%(n)s applicants", row["n"]) % {"n": row["n"]}
            url = f"{reverse('training:applications', args=[row['generation']])}?state={state}"
            yield Task(AREA, title, url, _("Give scores"), clock.now())


def _renewals(user):
    """One's own certificates that end within 60 days."""
    today = clock.today()
    ending = Credential.objects.filter(
        learner__user=user, state=CredentialState.VALID, valid_until__gte=today, valid_until__lte=today + coverage.SOON
    )
    for one in ending:
        until = clock.now() + (one.valid_until - today)
        yield Task(
            AREA, one.title, one.get_absolute_url(), _("Renew the certificate"), one.issued_at, until, one.serial
        )
