"""Everything that is kept about somebody, in words: what the page of one's own data shows and its PDF prints."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal.thai.dates import thaidate, thaidatetime, thaimonth
from training.models import Application, Credential, Enrolment, Placement
from training.models.application import SECTION_FIELDS
from training.privacy.reading import scores_of
from training.privacy.taking import letters_to
from training.states import Stage

EMPTY = "–"
LABELS = {
    "submitted_at": L("Submitted"),
    "requested_at": L("Enrolled on"),
    "first_mark": L("First mark, before the retake"),
    "end_reason": L("Reason"),
    "reason": L("Reason"),
}


@dataclass(frozen=True)
class Part:
    """One thing that is kept: its title, and rows of (what, text)."""

    title: str
    rows: list = field(default_factory=list)


def readable(user):
    """The `Part`s of everything that training keeps about `user`, in the language that is active."""
    parts = [Part(_("Your account"), [(_("Name"), user.get_full_name() or EMPTY), *_facts(user, "username", "email")])]
    applications = Application.objects.filter(applicant=user).select_related("generation", "home_province", "notice")
    parts += [_application(one) for one in applications.order_by("pk")]
    placements = Placement.objects.filter(ambassador=user).select_related("local_government", "generation")
    parts += [_service(one) for one in placements.order_by("pk")]
    parts += _learning(user)
    letters = [(thaidatetime(one.created_at), one.subject) for one in letters_to(user).order_by("pk")]
    return [part for part in [*parts, Part(_("Letters to you"), letters)] if part.rows]


def _application(application):
    rows = _facts(application, "number", "state", "submitted_at")
    rows += [row for names in SECTION_FIELDS.values() for row in _facts(application, *names)]
    for words in application.typed.values():
        rows += [(_name_of(application, name), text) for name, text in words.items()]
    areas = application.choices.select_related("local_government")
    rows += [(_("Area, choice %(rank)s") % {"rank": one.rank}, one.local_government.name) for one in areas]
    papers = application.documents.filter(removed_at=None).select_related("file")
    rows += [(_("Paper"), f"{one.get_kind_display()}: {one.file.name}") for one in papers]
    if application.notice_id:
        edition = _("edition %(n)s, read %(day)s") % {
            "n": application.notice.edition, "day": thaidatetime(application.notice_read_at),
        }  # fmt: skip
        rows.append((_("Privacy notice"), edition))
    for one in application.consents.all():
        rows.append((_("Consent"), _consent(one)))
    rows += _facts(application, "score", "decision_note")
    for score in scores_of(application):
        text = f"{score['criterion']}: {score['score']}/{score['max_score']} ({Stage(score['stage']).label})"
        rows.append((_("Score, evaluation %(n)s") % {"n": score["evaluation"]}, text))
    return Part(_("Application to %(generation)s") % {"generation": application.generation}, rows)


def _consent(consent):
    facts = {"purpose": consent.get_purpose_display(), "given": thaidatetime(consent.given_at)}
    if consent.withdrawn_at is None:
        return _("%(purpose)s: given %(given)s") % facts
    facts["withdrawn"] = thaidatetime(consent.withdrawn_at)
    return _("%(purpose)s: given %(given)s, withdrawn %(withdrawn)s") % facts


def _service(placement):
    rows = [(_("Local government"), placement.local_government.name)]
    for one in placement.postings.select_related("local_government"):
        until = _("until %(day)s") % {"day": thaidate(one.until_on)}
        rows.append((_("Earlier hosts"), _lines([f"{one.local_government.name} · {until}", one.reason])))
    rows += _facts(placement, "state", "starts_on", "ends_on", "ended_on", "stipend_monthly_baht", "end_reason")
    for report in placement.reports.all():
        texts = [report.get_state_display(), report.work, report.results, report.problems, report.return_reason]
        rows.append((_("Report of %(month)s") % {"month": thaimonth(report.month)}, _lines(texts)))
    for leave in placement.leaves.all():
        until = thaidate(leave.returned_on) if leave.returned_on else EMPTY
        rows.append((leave.get_kind_display(), f"{thaidate(leave.starts_on)} – {until}"))
    rows += [(_("City project"), _lines([one.name_th, one.role_th])) for one in placement.projects.all()]
    for line in placement.stipends.select_related("sheet"):
        rows.append((_("Stipend of %(month)s") % {"month": thaimonth(line.sheet.month)}, f"{line.amount_baht:,.2f}"))
    return Part(_("Service with %(generation)s") % {"generation": placement.generation}, rows)


def _learning(user):
    learner = getattr(user, "learner", None)
    if learner is None:
        return
    yield Part(
        _("Your learning record"),
        _facts(learner, "first_name", "last_name", "name_en", "position", "email", "phone"),
    )
    enrolments = Enrolment.objects.filter(learner=learner).select_related("run__course").order_by("pk")
    for enrolment in enrolments.prefetch_related("attendances__session"):
        rows = _facts(enrolment, "state", "requested_at", "mark", "first_mark", "reason")
        for line in enrolment.attendances.all():
            came = _("present") if line.is_present else _("absent")
            rows.append((thaidatetime(line.session.starts_at), f"{came} ({line.get_source_display()})"))
        yield Part(str(enrolment.run), rows)
    for one in Credential.objects.filter(learner=learner).order_by("pk"):
        rows = _facts(one, "holder_th", "holder_en", "issued_on", "valid_until", "state", "end_reason")
        yield Part(f"{one.title} {one.serial}", rows)


def _facts(obj, *names):
    """(what, text) of the fields of `obj` that hold something."""
    return [(_name_of(obj, name), text) for name in names if (text := _shown(obj, name)) != EMPTY]


def _name_of(obj, name):
    known = {one.name: one.verbose_name for one in obj._meta.concrete_fields}
    label = str(LABELS.get(name) or known.get(name, name))
    return label[:1].upper() + label[1:]


def _shown(obj, name):
    value = getattr(obj, name)
    if value in (None, ""):
        return EMPTY
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if hasattr(obj, f"get_{name}_display"):
        return str(getattr(obj, f"get_{name}_display")())
    if hasattr(value, "hour"):
        return thaidatetime(value)
    if name.endswith("_baht"):
        return f"{value:,.2f}"
    return thaidate(value) if hasattr(value, "isoformat") else str(value)


def _lines(texts):
    return "\n".join(text for text in texts if text) or EMPTY
