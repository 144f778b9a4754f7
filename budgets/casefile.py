"""A case in one zip (สำนวนโครงการ): what was signed, its documents, reviews, money, reports and events.

It holds what its reader may see, and no more. Every file stands in `manifest.json` and in `SHA256SUMS` with its
SHA-256, so that anyone can check it without the portal, and the manifest's own hash is on record here.
"""

import csv
import hashlib
import io
import json
import tempfile
import zipfile
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from budgets import timeline
from budgets.exports import ENTRIES
from budgets.models import Clarification, Proposal, QuarterlyReport, Review
from budgets.money import trail
from budgets.rules import knows_outcome, state_shown_to
from portal import access, clock, files, jobs
from portal.audit import plain, record
from portal.exports import BOM, Column, inert
from portal.models import Event

SCHEMA = "smart-city-portal/case-file/1"
MANIFEST, SUMS, ABOUT = "manifest.json", "SHA256SUMS", "README.txt"
LARGE = 30 * files.MEGABYTE
KIND = "case_file"
CONTENT_TYPE = "application/zip"
EVENTS = [
    Column(L("Moment"), "at", "moment"),
    Column(L("Role"), "role"),
    Column(L("Event"), "verb"),
    Column(L("State before"), "shown_before"),
    Column(L("State after"), "shown_after"),
    Column(L("Details"), lambda event: json.dumps(timeline.told(event), ensure_ascii=False, sort_keys=True)),
]


@dataclass
class Writer:
    """A zip being written: every file once, under a name of its own, with its hash kept for the manifest."""

    archive: zipfile.ZipFile
    made_at: object
    files: list = field(default_factory=list)
    names: set = field(default_factory=set)

    def add(self, path, content):
        """Write `content` (bytes, or an open file) under `path`, or beside it where that name is taken; the name."""
        path = self.free(path)
        entry = zipfile.ZipInfo(path, date_time=self.made_at.astimezone(clock.BANGKOK).timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        digest, size = hashlib.sha256(), 0
        with self.archive.open(entry, "w") as out:
            for chunk in [content] if isinstance(content, bytes) else iter(lambda: content.read(files.CHUNK), b""):
                digest.update(chunk)
                size += len(chunk)
                out.write(chunk)
        self.files.append({"path": path, "size": size, "sha256": digest.hexdigest()})
        return path

    def add_stored(self, folder, stored, name=""):
        """Write a StoredFile into `folder`, under its own name or `name`; where it lies, or "" without one."""
        if stored is None:
            return ""
        ending = files.extension(stored.name)
        named = f"{name}.{ending}" if name and ending else name or stored.name
        named = files.clean_name(named.replace("/", "-"))
        with stored.file.open("rb") as opened:
            return self.add(f"{folder}/{named}", opened)

    def add_json(self, path, value):
        return self.add(path, json.dumps(plain(value), ensure_ascii=False, indent=2, sort_keys=True).encode())

    def add_csv(self, path, columns, rows):
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([str(column.heading) for column in columns])
        for row in rows:
            values = [column.value_in(row) for column in columns]
            writer.writerow(["" if value is None else inert(str(plain(value))) for value in values])
        return self.add(path, (BOM + out.getvalue()).encode())

    def free(self, path):
        stem, dot, ending = path.rpartition(".")
        if not dot or "/" in ending:
            stem, ending = path, ""
        found, number = path, 2
        while found.casefold() in self.names:
            found, number = f"{stem} ({number}){dot}{ending}", number + 1
        self.names.add(found.casefold())
        return found


def ask(proposal, *, by):
    """The capacity in which `by` may take the case along; raises PermissionDenied."""
    capacity = access.capacity(by, "budgets.export_case", proposal)
    if capacity is None:
        raise PermissionDenied(_("Only auditors take a whole case along."))
    return capacity


def is_large(proposal):
    """Whether the case takes longer than a page may: then a job writes it."""
    found = (
        proposal.attachments.aggregate(sum=Sum("file__size"))["sum"],
        proposal.entries.aggregate(sum=Sum("file__size"))["sum"],
        proposal.reports.aggregate(sum=Sum("photos__file__size"))["sum"],
        proposal.items.aggregate(sum=Sum("quotations__file__size"))["sum"],
    )
    return sum(size or 0 for size in found) > LARGE


def write(file, proposal, *, by, step=lambda: None):
    """Write the case as `by` may see it into `file` (binary); its manifest. `step()` is called now and then.

    The making is on record with the manifest's hash. Raises PermissionDenied.
    """
    capacity = ask(proposal, by=by)
    proposal = Proposal.objects.visible_to(by).as_shown_to(by).select_related("round", "theme").get(pk=proposal.pk)
    made_at = clock.now()
    with zipfile.ZipFile(file, "w", allowZip64=True) as archive:
        writer = Writer(archive, made_at, names={MANIFEST, SUMS.casefold(), ABOUT.casefold()})
        for part in PARTS:
            part(writer, proposal, by)
            step()
        manifest = {
            "schema": SCHEMA,
            "number": proposal.number,
            "title_th": proposal.title_th,
            "version": proposal.version,
            "made_at": made_at,
            "made_for": {"username": by.username, "role": capacity.role},
            "files": sorted(writer.files, key=lambda one: one["path"]),
        }
        told = json.dumps(plain(manifest), ensure_ascii=False, indent=2, sort_keys=True).encode()
        digest = hashlib.sha256(told).hexdigest()
        lines = [f"{one['sha256']}  {one['path']}\n" for one in manifest["files"]]
        archive.writestr(MANIFEST, told)
        archive.writestr(SUMS, "".join([*lines, f"{digest}  {MANIFEST}\n"]))
        archive.writestr(ABOUT, about(proposal, by, made_at, digest))
    details = {"files": len(manifest["files"]), "manifest_sha256": digest, "version": proposal.version}
    record("proposal.export_case", proposal, by=by, capacity=capacity, details=details)
    return {**manifest, "sha256": digest}


def about(proposal, by, made_at, digest):
    """What stands in the zip and how to check it, in the reader's language."""
    return _(
        "%(number)s %(title)s\n\n"
        "Made at %(moment)s for %(person)s, with what this person may see.\n\n"
        "signed/     each signed version as its canonical file\n"
        "documents/  attachments and quotations; those that were replaced lie in documents/replaced\n"
        "money/      the ledger with its evidence, transfers and carry-overs\n"
        "reports/    quarterly reports and photographs\n"
        "reviews.json, returns.json, questions.json, events.csv, case.json\n\n"
        "To check it: sha256sum -c SHA256SUMS (or: manage.py verify_case_file FILE, which also asks whether the\n"
        "portal has this manifest on record). SHA-256 of the manifest: %(digest)s\n"
    ) % {
        "number": proposal.number,
        "title": proposal.title_th,
        "moment": made_at.astimezone(clock.BANGKOK).isoformat(timespec="seconds"),
        "person": by.username,
        "digest": digest,
    }


# The parts


def case_itself(writer, proposal, by):
    knows = knows_outcome(by, proposal.round)
    told = {
        "number": proposal.number,
        "title_th": proposal.title_th,
        "local_government": proposal.local_government.name_th,
        "province": proposal.local_government.province.name_th,
        "round": proposal.round.name_th,
        "fiscal_year": proposal.round.fiscal_year,
        "act_reference": proposal.round.act_reference,
        "theme": trail.theme_as_signed(proposal),
        "state": state_shown_to(proposal, by),
        "requested_baht": proposal.requested_baht,
        "recommended_baht": proposal.recommended_baht if knows else None,
        "allocated_baht": proposal.allocated_baht,
        "committed_baht": proposal.committed_baht,
        "disbursed_baht": proposal.disbursed_baht,
        "returned_baht": proposal.returned_baht,
        "carried_baht": proposal.carried_baht,
        "resolution_no": proposal.resolution_no if knows else None,
        "resolution_on": proposal.resolution_on if knows else None,
        "external_numbers": list(proposal.external_numbers.values("system", "number")),
        "indicators": [
            {"name_th": kpi.name_th, "unit": kpi.unit, "target": kpi.target, "measured": kpi.final}
            for kpi in trail.final_indicators(proposal)
        ],
    }
    writer.add_json("case.json", told)


def signed_versions(writer, proposal, by):
    for version in proposal.versions.order_by("version"):
        writer.add(f"signed/{proposal.number}-v{version.version}.json", bytes(version.canonical))


def documents(writer, proposal, by):
    names = dict(proposal.round.documents.values_list("kind", "name_th"))
    for one in proposal.attachments.select_related("file").order_by("pk"):
        folder = "documents/replaced" if one.removed_at else "documents"
        writer.add_stored(folder, one.file, f"{names.get(one.kind, one.kind)} - {one.file.name.rpartition('.')[0]}")
    for item in proposal.items.prefetch_related("quotations__file").order_by("position", "pk"):
        for quotation in item.quotations.all():
            writer.add_stored("documents/quotations", quotation.file, f"{item.description} - {quotation.seller_name}")


def money(writer, proposal, by):
    entries = list(proposal.entries.select_related("file", "proposal").order_by("pk"))
    for entry in entries:
        words = [entry.on.isoformat(), str(entry.get_kind_display()), entry.contractor, entry.reference]
        entry.evidence = writer.add_stored("money/evidence", entry.file, " ".join(filter(None, words)))
    writer.add_csv("money/ledger.csv", [Column("id", "pk", "code"), *ENTRIES, Column(L("File"), "evidence")], entries)
    decided = ("amount_baht", "state", "reason", "authority", "letter_no", "letter_on", "decided_at")
    carried = proposal.carry_overs.select_related("letter").order_by("pk")
    moved = [
        *proposal.transfers_out.visible_to(by).select_related("letter", "source", "target").order_by("pk"),
        *proposal.transfers_in.visible_to(by).select_related("letter", "source", "target").order_by("pk"),
    ]
    rows = [{**_facts(one, decided), "until": one.until, "letter": _letter(writer, one)} for one in carried]
    writer.add_json("money/carry-overs.json", rows)
    changes = proposal.item_changes.select_related("letter").order_by("pk")
    rows = [{**_facts(one, (*decided, "before", "after")), "letter": _letter(writer, one)} for one in changes]
    writer.add_json("money/item-changes.json", rows)
    rows = [
        {**_facts(one, decided), "from": one.source.number, "to": one.target.number, "letter": _letter(writer, one)}
        for one in moved
    ]
    writer.add_json("money/transfers.json", rows)


def _letter(writer, move):
    return writer.add_stored("money/letters", move.letter, f"{move.authority} {move.letter_no}")


def reports(writer, proposal, by):
    names = ("fiscal_year", "quarter", "state", "physical_pct", "problem", "committed_baht", "disbursed_baht")
    seen = QuarterlyReport.objects.visible_to(by).filter(proposal=proposal).order_by("fiscal_year", "quarter")
    told = []
    for report in seen.prefetch_related("kpi_actuals__kpi", "photos__file"):
        folder = f"reports/{report.fiscal_year}-Q{report.quarter}"
        shown = [photo for photo in report.photos.all() if photo.removed_at is None]
        photos = [writer.add_stored(folder, photo.file, photo.caption) for photo in shown]
        actuals = {actual.kpi.name_th: actual.value for actual in report.kpi_actuals.all()}
        told.append({**_facts(report, names), "kpi_actuals": actuals, "photos": photos})
    writer.add_json("reports/reports.json", told)


def reviews(writer, proposal, by):
    """As the reader may see them: whole for those who read reviews; else sent ones, once announced, without names."""
    reads = bool(access.holding(by, "budgets.view_reviews"))
    found = Review.objects.visible_to(by).filter(proposal=proposal) if reads else proposal.reviews.sent()
    if not reads and not proposal.round.is_announced:
        found = found.none()
    told = []
    for review in found.select_related("reviewer").prefetch_related("scores__criterion").order_by("pk"):
        scores = [
            {"criterion": one.criterion.name_th, "score": one.score, "justification": one.justification}
            for one in review.scores.all()
        ]
        more = {"reviewer": review.reviewer.username, "note": review.note, "sent_at": review.sent_at} if reads else {}
        told.append({"state": review.state, "total": review.total, "scores": scores, **more})
    writer.add_json("reviews.json", told)


def returns_and_questions(writer, proposal, by):
    names = ("stage", "sections", "due_on", "letter_no", "returned_at", "from_version")
    writer.add_json("returns.json", [_facts(one, names) for one in proposal.returns.order_by("pk")])
    asked = Clarification.objects.visible_to(by).filter(proposal=proposal).order_by("pk")
    told = [_facts(one, ("text", "asked_at", "due_on", "answer", "answered_at")) for one in asked]
    writer.add_json("questions.json", told)


def events(writer, proposal, by):
    knows = knows_outcome(by, proposal.round)
    found = list(timeline.events_of(proposal, by))
    for event in found:
        event.shown_before = timeline.shown_state(event, field="before", knows=knows)
        event.shown_after = timeline.shown_state(event, field="after", knows=knows)
    writer.add_csv("events.csv", EVENTS, found)


def _facts(row, names):
    return {name: getattr(row, name) for name in names}


PARTS = (case_itself, signed_versions, documents, money, reports, reviews, returns_and_questions, events)


@jobs.job(KIND, L("A case in one file"))
def write_in_job(run, proposal):
    """The StoredFile of the case, for whom the job was asked."""
    case = Proposal.objects.visible_to(run.by).get(pk=proposal)
    done = iter(range(1, len(PARTS) + 1))
    with tempfile.TemporaryFile() as file:
        write(file, case, by=run.by, step=lambda: run.progress(next(done), len(PARTS)))
        file.seek(0)
        return files.keep(File(file), name=filename(case), content_type=CONTENT_TYPE, by=run.by)


def filename(proposal):
    return f"{proposal.number or proposal.pk}.zip"


# Checking


def verify(file):
    """(what is wrong with a case file, its manifest, the manifest's SHA-256): texts, empty when it is whole.

    `file` is binary and open. Whether the manifest is on record here is a question of its own: `is_on_record`.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            listed = {one["path"]: one for one in manifest["files"]}
            present = set(archive.namelist()) - {MANIFEST, SUMS, ABOUT}
            wrong = [f"{path}: missing" for path in sorted(set(listed) - present)]
            wrong += [f"{path}: not in the manifest" for path in sorted(present - set(listed))]
            for path in sorted(present & set(listed)):
                digest = hashlib.sha256()
                with archive.open(path) as opened:
                    while chunk := opened.read(files.CHUNK):
                        digest.update(chunk)
                if digest.hexdigest() != listed[path]["sha256"]:
                    wrong.append(f"{path}: changed")
            return wrong, manifest, hashlib.sha256(archive.read(MANIFEST)).hexdigest()
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError) as error:
        return [f"not a case file: {error}"], {}, ""


def is_on_record(digest):
    """Whether this portal has made a case file whose manifest has this SHA-256."""
    return Event.objects.filter(verb="proposal.export_case", details__manifest_sha256=digest).exists()
