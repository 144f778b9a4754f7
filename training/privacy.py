"""Personal data: reading it is on record, taking it along, erasing it, forgetting it by rule."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from portal import clock
from portal.audit import record
from portal.errors import Refused
from portal.models.outbox import Notice
from training.models import Application, Consent, Erasure
from training.models.application import SECTION_FIELDS
from training.states import APPLICATION_ENDS, OCCUPIES, ApplicationState

# What statistics need stays: age, degree and home province name nobody.
KEPT = {"degree", "home_province", "is_civil_servant", "has_other_stipend"}
NULLED = {"born_on", "graduated_year"}


def note_reading(obj, *, by, what):
    """Put on record that `by` read what is personal in `obj`; one's own reading is one's own affair."""
    capacity = next(iter(by.memberships.in_force(clock.today())), None) if by.is_authenticated else None
    record("personal data read", obj, by=by, capacity=capacity, details={"what": what})


# Taking along


def export(application):
    """Everything that is kept about an applicant, in JSON's own types."""
    fields = [name for names in SECTION_FIELDS.values() for name in names]
    return {
        "number": application.number,
        "state": application.state,
        "submitted_at": _moment(application.submitted_at),
        "form": {name: _plain(getattr(application, name)) for name in fields},
        "typed": application.typed,
        "areas": [{"rank": c.rank, "local_government": c.local_government.name_th} for c in application.choices.all()],
        "documents": [
            {"kind": d.kind, "name": d.file.name, "sha256": d.file.sha256, "uploaded_at": _moment(d.uploaded_at)}
            for d in application.documents.filter(removed_at=None).select_related("file")
        ],
        "consents": [
            {
                "purpose": c.purpose, "notice": c.notice.edition, "given_at": _moment(c.given_at),
                "withdrawn_at": _moment(c.withdrawn_at),
            }
            for c in application.consents.select_related("notice")
        ],
        "scores": scores_of(application),
        "score": str(application.score) if application.score is not None else None,
        "reasons": application.reasons,
        "explanation": application.decision_note,
    }  # fmt: skip


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


def _moment(moment):
    return moment.astimezone(clock.BANGKOK).isoformat(timespec="seconds") if moment else None


def _plain(value):
    if value is None or isinstance(value, bool | int | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


# Erasing


@transaction.atomic
def erase(application, *, by):
    """Erase an applicant's data on their wish: an application that still runs is withdrawn first.

    Refused `still_serving` while the person serves as an ambassador: then the contract needs the data.
    """
    from training.lifecycle import APPLICATION

    if application.applicant_id != by.pk:
        raise PermissionDenied(_("Only the applicant may ask for this."))
    placement = getattr(application, "placement", None)
    if placement is not None and placement.state in OCCUPIES:
        raise Refused(
            _("While the service lasts, the contract needs these data. They are erased by rule afterwards."),
            code="still_serving",
            state=application.state,
        )
    if application.state not in APPLICATION_ENDS:
        application = APPLICATION.take(application, "withdraw", by=by)
    record("application.erase", application, by=by)
    return _anonymise(application, is_by_rule=False)


@transaction.atomic
def anonymise_by_rule(application):
    """Forget what is personal: the time of keeping has passed."""
    return _anonymise(Application.objects.get(pk=application.pk), is_by_rule=True)


def _anonymise(application, *, is_by_rule):
    person = application.applicant
    for name in (name for names in SECTION_FIELDS.values() for name in names):
        if name not in KEPT:
            setattr(application, name, None if name in NULLED else "")
    application.typed, application.decision_note = {}, ""
    application.anonymised_at, application.keep_until = clock.now(), None
    if getattr(application, "placement", None) is None:
        application.applicant = None
    application.version += 1
    application.save()
    for document in application.documents.select_related("file"):
        drop_file(document)
    application.evaluations.update(note="")
    Consent.objects.filter(application=application, withdrawn_at=None).update(withdrawn_at=clock.now())
    Erasure.objects.create(application=application.pk, is_by_rule=is_by_rule)
    if person is not None:
        told = Notice.objects.filter(case_type=application._meta.label_lower, case_id=application.pk)
        told.update(body="", email="")
    return application


def drop_file(document):
    """Remove a paper and its content, unless the same content belongs to somebody else's paper too."""
    stored = document.file
    document.delete()
    name, storage = stored.file.name, stored.file.storage
    stored.delete()
    if not type(stored).objects.filter(file=name).exists():
        transaction.on_commit(lambda: storage.delete(name))


def repeat_erasures():
    """Erase again what was erased before, after a backup was restored; how many applications."""
    erased = Erasure.objects.filter(application__isnull=False).values("application")
    back = Application.objects.filter(pk__in=erased, anonymised_at=None)
    done = 0
    for application in back:
        with transaction.atomic():
            _anonymise(application, is_by_rule=True)
        done += 1
    return done
