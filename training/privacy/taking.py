"""Taking along: everything that training keeps about somebody, in JSON's own types."""

from portal import clock
from portal.models.outbox import Notice
from training.models import Application, Credential, Enrolment, Placement
from training.models.application import SECTION_FIELDS
from training.privacy.reading import readings_about, scores_of


def everything_about(user):
    """All that is kept about `user`: applications, services, courses, certificates, letters, and who read what."""
    placements = Placement.objects.filter(ambassador=user).select_related("local_government", "generation")
    return {
        "made_at": _moment(clock.now()),
        "account": {"user_name": user.username, "name": user.get_full_name(), "email": user.email},
        "applications": [
            export(one)
            for one in Application.objects.filter(applicant=user).select_related("home_province", "generation")
        ],
        "services": [_service(one) for one in placements.order_by("pk")],
        "learning": _learning(user),
        "letters": [
            {"at": _moment(one.created_at), "subject": one.subject, "text": one.body}
            for one in letters_to(user).order_by("pk")
        ],
        "readings": [{"at": _moment(one.at), "post": one.post, "what": one.subject} for one in readings_about(user)],
    }  # fmt: skip


def letters_to(user):
    """What `user` was told about training, as a queryset of notices."""
    return Notice.objects.filter(recipient=user, case_type__startswith="training.")


def export(application):
    """Everything that is kept about an applicant with one application."""
    fields = [name for names in SECTION_FIELDS.values() for name in names]
    return {
        "number": application.number,
        "generation": str(application.generation),
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


def _service(placement):
    return {
        "local_government": placement.local_government.name_th,
        "generation": str(placement.generation),
        "state": placement.state,
        "starts_on": _plain(placement.starts_on),
        "ends_on": _plain(placement.last_day),
        "stipend_monthly_baht": _plain(placement.stipend_monthly_baht),
        "end_reason": placement.end_reason,
        "reports": _rows(
            placement.reports.all(), "month", "state", "work", "results", "problems", "return_reason", "submitted_at"
        ),
        "earlier_hosts": _rows(placement.postings.all(), "local_government_id", "until_on", "reason"),
        "leaves": _rows(placement.leaves.all(), "kind", "starts_on", "returned_on", "is_paid", "extends"),
        "projects": _rows(placement.projects.all(), "name_th", "role_th", "case_number", "value_baht"),
        "stipends": [
            {"month": f"{line.sheet.month:%Y-%m}", "days": line.days, "amount_baht": _plain(line.amount_baht)}
            for line in placement.stipends.select_related("sheet")
        ],
    }  # fmt: skip


def _learning(user):
    learner = getattr(user, "learner", None)
    if learner is None:
        return None
    enrolments = Enrolment.objects.filter(learner=learner).select_related("run__course", "office").order_by("pk")
    person = ("first_name", "last_name", "name_en", "email", "phone", "position")
    return {
        **{name: getattr(learner, name) for name in person},
        "enrolments": [_enrolment(one) for one in enrolments],
        "certificates": _rows(
            Credential.objects.filter(learner=learner).order_by("pk"),
            "serial", "state", "holder_th", "holder_en", "title_th", "level", "hours", "issued_on", "valid_until",
            "ended_at", "end_reason", "shares_name", "shares_office", "badge",
        ),
    }  # fmt: skip


def _enrolment(enrolment):
    attended = enrolment.attendances.select_related("session").order_by("session__starts_at", "pk")
    return {
        "run": str(enrolment.run),
        "office": enrolment.office and enrolment.office.name_th,
        **{name: _plain(getattr(enrolment, name)) for name in ("state", "mark", "first_mark", "is_retake", "reason")},
        "requested_at": _moment(enrolment.requested_at),
        "attendance": [
            {"session": _moment(line.session.starts_at), "source": line.source, "present": line.is_present}
            for line in attended
        ],
    }


def _rows(rows, *names):
    return [{name: _plain(getattr(row, name)) for name in names} for row in rows]


def _moment(moment):
    return moment.astimezone(clock.BANGKOK).isoformat(timespec="seconds") if moment else None


def _plain(value):
    if value is None or isinstance(value, bool | int | str):
        return value
    if hasattr(value, "hour"):
        return _moment(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
