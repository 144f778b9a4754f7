"""Who looked at what is personal, and what the person concerned is told of it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import clock
from portal.audit import record, record_each
from portal.models import Event
from portal.roles import Role
from portal.thai.dates import thaimonth
from training.models import Application, CourseRun, Credential, Enrolment, Generation, Learner, Placement
from training.states import APPLICATION_ENDS, ApplicationState, DocumentKind

READ = "personal data read"
TOLD = 200
WHAT = {
    "application": L("The whole application"),
    "applications list": L("The list of applications"),
    "documents": L("The list of papers"),
    "placement": L("The service"),
    "enrolment": L("The part in a course"),
    "certificate": L("The certificate"),
    "certificates list": L("The list of certificates"),
    "run console": L("The list of the course with attendance and marks"),
    "results": L("The results of the course"),
    "attendance sheet": L("The attendance sheet of the course"),
    "attendance workbook": L("The attendance workbook of the course"),
    "marks workbook": L("The marks workbook of the course"),
    "enrolments list": L("The list of people of the course"),
}


def note_reading(obj, *, by, what):
    """Put on record that `by` read what is personal in `obj`; one's own reading is one's own affair."""
    record(READ, obj, by=by, capacity=_capacity(by), details={"what": what})


def note_list(credentials, *, by, what):
    """Put on record that `by` read a list that names other holders, under the run or the service each came from."""
    if hasattr(credentials, "values_list"):
        found = set(
            credentials.exclude(learner__user=by).order_by().values_list("enrolment__run", "placement").distinct()
        )
    else:
        found = {
            (one.enrolment.run_id if one.enrolment_id else None, one.placement_id)
            for one in credentials
            if one.learner is None or one.learner.user_id != by.pk
        }
    sources = [CourseRun(pk=run) if run else Placement(pk=placement) for run, placement in sorted(found, key=str)]
    record_each(READ, sources, by=by, capacity=_capacity(by), details={"what": what})


def _capacity(by):
    return next(iter(by.memberships.in_force(clock.today())), None) if by.is_authenticated else None


@dataclass(frozen=True)
class Reading:
    """One look at somebody's data as they are told of it: when, in which post, at what."""

    at: datetime
    role: str
    what: str

    @property
    def post(self):
        """The post in words; not who held it."""
        return Role(self.role).label if self.role in Role.values else _("a participant")

    @property
    def subject(self):
        """What was looked at, in words."""
        return in_words(self.what)


def in_words(what):
    """What a reading says it looked at, for the person concerned and for auditors."""
    kind, _space, rest = what.partition(" ")
    if kind == "document" and rest in DocumentKind.values:
        return _("Paper: %(kind)s") % {"kind": DocumentKind(rest).label}
    if kind == "stipends":
        return _("The stipends of %(month)s") % {"month": thaimonth(date.fromisoformat(f"{rest}-01"))}
    return str(WHAT.get(what, what))


def what_was_read(event):
    """What an event of a reading looked at, in words."""
    return in_words(event.details.get("what", ""))


def readings_of(application):
    """The `Reading`s of an application and its papers, the newest first."""
    return _told(_about(Application, [application.pk]), application.applicant_id)


def readings_about(user):
    """The `Reading`s of everything that is `user`'s own, the newest first."""
    own = {
        Application: Application.objects.filter(applicant=user),
        Placement: Placement.objects.filter(ambassador=user),
        Enrolment: Enrolment.objects.filter(learner__user=user),
        CourseRun: CourseRun.objects.filter(enrolments__learner__user=user),
        Credential: Credential.objects.filter(learner__user=user),
        Learner: Learner.objects.filter(user=user),
    }
    wanted = Q(pk__in=[])
    for model, rows in own.items():
        wanted |= _about(model, rows.values("pk"))
    paid = Generation.objects.filter(placements__ambassador=user).values("pk")
    wanted |= _about(Generation, paid) & Q(details__what__startswith="stipends")
    return _told(wanted, user.pk)


def _about(model, keys):
    return Q(object_type=model._meta.label_lower, object_id__in=keys)


def _told(wanted, person):
    found = Event.objects.filter(wanted, verb=READ).exclude(actor=person).order_by("-pk")[:TOLD]
    return [Reading(event.at, event.role, event.details.get("what", "")) for event in found]


# Scores


def scores_of(application):
    """The scores that were sent about an applicant, without who gave them: stage, criterion, score of the largest."""
    found = []
    for number, evaluation in enumerate(
        application.evaluations.filter(sent_at__isnull=False)
        .order_by("stage", "pk")
        .prefetch_related("scores__criterion"),
        1,
    ):
        for score in evaluation.scores.all():
            found.append(
                {
                    "evaluation": number, "stage": evaluation.stage, "criterion": score.criterion.name_th,
                    "score": str(score.score), "max_score": score.criterion.max_score,
                }
            )  # fmt: skip
    return found


def may_see_scores(application, user):
    """Applicants see their scores once it is decided about them."""
    decided = application.state in APPLICATION_ENDS | {ApplicationState.SELECTED, ApplicationState.WAITLISTED}
    return application.applicant_id == user.pk and decided
