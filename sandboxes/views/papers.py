"""What is printed or taken along: minutes, report, poster, an authority's part of an incident, files."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as L

from portal import clock, files, pdf
from portal.audit import record
from portal.models import StoredFile
from portal.thai.dates import thaidatetime
from sandboxes import amending, evidence, importing, public, reporting, telling
from sandboxes.criteria import CRITERIA
from sandboxes.lifecycle import PILOT
from sandboxes.states import CLOSED, Hurt, Impact, Receiver, Severity
from sandboxes.views.acts import whole_pilot

UNDECIDED = {
    "return": L("Returned without a decision"), "withdraw": L("Withdrawn without a decision"),
    "lapsed": L("Lapsed without a decision"),
}  # fmt: skip
CODES = {"severity": Severity, "hurt": Hurt, "impact": Impact}
LABELS = {
    "aware_at": L("When it became known"), "what": L("What happened, and where"), "severity": L("Severity"),
    "impact": L("What it did to the service"), "hurt": L("Was anybody hurt?"), "affected_count": L("People affected"),
    "measures": L("What was done"), "cause": L("Cause"),
}  # fmt: skip


@login_required
def incident_export(request, pilot, pk, receiver):
    """The part of an incident that concerns one authority, as it stands now, to print."""
    found, one = worked_on(request, pilot, pk)
    if receiver not in Receiver.values:
        raise Http404
    record("incident.export", one, by=request.user, details={"receiver": receiver})
    content = reporting.content_for(one, receiver)
    return authority_page(request, found, one, receiver, content, as_of=clock.now())


@login_required
def told(request, pilot, pk, telling):
    """What an authority was told of an incident, as it was frozen then, to print."""
    found, one = worked_on(request, pilot, pk)
    kept = get_object_or_404(one.tellings, pk=telling)
    record("incident.export", one, by=request.user, details={"receiver": kept.receiver, "telling": kept.pk})
    return authority_page(request, found, one, kept.receiver, kept.content, as_of=kept.sent_at,
                          reference=kept.reference)  # fmt: skip


def worked_on(request, pilot, pk):
    """A pilot and its incident for those who work on it; 404 for others. That they read it is on record."""
    found = whole_pilot(request, pilot)
    one = get_object_or_404(found.incidents, pk=pk)
    if not request.user.has_perm("sandboxes.work_incident", found):
        raise Http404
    return found, one


def authority_page(request, found, one, receiver, content, *, as_of, reference=""):
    """An authority's part of an incident: `content` as `reporting.content_for` gives it, dated `as_of`."""
    context = {
        "pilot": found,
        "incident": one,
        "receiver": Receiver(receiver).label,
        "rows": [(label, shown(name, content[name])) for name, label in LABELS.items() if name in content],
        "as_of": as_of,
        "reference": reference,
    }
    return render(request, "sandboxes/incident_export.html", context)


def shown(name, value):
    """A fact of an incident, kept in JSON's own types, for people."""
    if name in CODES:
        return CODES[name](value).label
    return thaidatetime(datetime.fromisoformat(value)) if name == "aware_at" else value


@login_required
def document(request, pk, file):
    """A file of a pilot, for those who may read the case."""
    found = whole_pilot(request, pk)
    held = StoredFile.objects.filter(pk=file)
    known = {
        *found.documents.values_list("file", flat=True),
        *found.waivers.values_list("file", flat=True),
        *found.partners.values_list("letter", flat=True),
        *found.notices.values_list("file", flat=True),
        *found.closing_items.values_list("file", flat=True),
        *found.conditions.values_list("file", flat=True),
        *found.indicators.values_list("readings__file", flat=True),
        *found.incidents.values_list("tellings__file", flat=True),
    }
    if file not in known:
        raise Http404
    return files.serve(get_object_or_404(held))


@login_required
def readings_template(request, pk):
    """The workbook to fill in with readings."""
    found = whole_pilot(request, pk)
    if not request.user.has_perm("sandboxes.record_reading", found):
        raise PermissionDenied
    answer = HttpResponse(importing.template(found), content_type=files.EXCEL)
    answer["Content-Disposition"] = content_disposition_header(True, f"readings-{found.number}.xlsx")
    return answer


@login_required
def minutes(request, pk, gate):
    """The minutes of a gate: the plan before it, what is missing, votes, conflicts, both agencies' decisions."""
    found = whole_pilot(request, pk)
    one = get_object_or_404(found.gates.with_record(), pk=gate)
    moment, amendment = clock.now(), getattr(one, "amendment", None)
    context = {
        "pilot": found,
        "gate": one,
        "scores": [(CRITERIA[row.criterion], row) for row in one.scores.all() if row.criterion in CRITERIA],
        "conflicts": found.conflicts.select_related("person").filter(declared_at__lte=one.closed_at or moment),
        "conditions": one.conditions.all(),
        "outcome": outcome_of(one),
        "amendment": amendment,
        "changes": amending.rows(amendment) if amendment else [],
        "plan": found.plans.filter(submitted_at__lte=one.closed_at or moment).order_by("number").last(),
        "lacks": evidence.missing(found, evidence.FOR_GATE[one.kind]) if one.closed_at is None else [],
        "signers": [row for row in one.decisions.all() if row.replaced_at is None] if one.closed_at else [],
        "now": moment,
    }
    return pdf.response("sandboxes/pdf/minutes.html", context, f"minutes-{found.number}-{one.pk}.pdf")


def outcome_of(gate):
    """What a gate that is closed came to, for people; "" while it is open."""
    if gate.outcome in UNDECIDED:
        return UNDECIDED[gate.outcome]
    return PILOT.rows_of(gate.outcome)[0].label if gate.outcome else ""


def report_pdf(request, pk):
    """The public report: two pages in plain Thai, failures included."""
    found = get_object_or_404(public.rows().published(), pk=pk)
    is_mine = request.user.is_authenticated and request.user.has_perm("sandboxes.view_pilot", found)
    if found.state_now not in CLOSED and not is_mine:
        raise Http404
    address = settings.SITE_URL + found.get_absolute_url()
    context = telling.facts(found) | {
        "is_draft": found.state_now not in CLOSED,
        "address": address,
        "qr": pdf.qr_svg(address),
        "now": clock.now(),
    }
    with translation.override("th"):
        made = pdf.render_within("sandboxes/pdf/report.html", context, pages=telling.PAGES, sizes=telling.SIZES)
    return pdf.as_response(made, f"report-{found.number}.pdf")


def disclosure(request, pk):
    """Data and prices of a trial as its office has laid them open, for everybody."""
    item = public.disclosed(get_object_or_404(public.rows().published(), pk=pk))
    if item is None or item.file is None:
        raise Http404
    return files.serve(item.file)


def poster(request, pk):
    """A poster for the street: what is tried here, until when, and a QR code that leads to complaint and feedback."""
    found = get_object_or_404(public.rows().published(), pk=pk)
    address = settings.SITE_URL + reverse("sandboxes:feedback", args=[found.pk])
    context = {"pilot": found, "address": address, "qr": pdf.qr_svg(address)}
    return pdf.response("sandboxes/pdf/poster.html", context, f"poster-{found.number}.pdf")


urlpatterns = [
    path("<int:pk>/files/<int:file>/", document, name="file"),
    path("<int:pk>/readings.xlsx", readings_template, name="readings-template"),
    path("<int:pk>/gates/<int:gate>/minutes.pdf", minutes, name="minutes"),
    path("<int:pk>/report.pdf", report_pdf, name="report"),
    path("<int:pk>/poster.pdf", poster, name="poster"),
    path("<int:pk>/disclosure/", disclosure, name="disclosure"),
    path("<int:pilot>/incidents/<int:pk>/for/<slug:receiver>/", incident_export, name="incident-export"),
    path("<int:pilot>/incidents/<int:pk>/told/<int:telling>/", told, name="told"),
]
