"""What the public may know of a pilot: one fixed set of fields for page, API, export and search."""

from django.conf import settings
from django.urls import reverse

from sandboxes.exits import DISCLOSURE
from sandboxes.models import Pilot
from sandboxes.states import CLOSED, NEEDS_WAIVER, WaiverState

FIELDS = (
    "id", "number", "title_th", "title_en", "state", "dimension", "technology", "local_government",
    "local_government_name_th", "province", "problem", "innovation", "subdistricts", "area_note", "area", "starts_on",
    "ends_on", "user_cap", "complaint_channel", "partners", "endorsed_by", "indicators", "relaxed", "exit_summary",
    "exit_lessons", "disclosure", "ended_at",
)  # fmt: skip
SHOWN_WAIVERS = frozenset({WaiverState.IN_FORCE, WaiverState.EXPIRED, WaiverState.REVOKED})


def rows():
    """Pilots with all that `of` reads, in a fixed number of queries."""
    return Pilot.objects.select_related("local_government__province", "local_government__district").prefetch_related(
        "subdistricts",
        "partners",
        "endorsements__place",
        "indicators__readings",
        "waivers__issue__authority",
        "closing_items",
    )


def of(pilot):
    """The public fields of a pilot, as a dict in JSON's own types but for dates and decimals."""
    place = pilot.local_government
    is_told = pilot.state_now in CLOSED
    return {
        "id": str(pilot.pk),
        "number": pilot.number,
        "title_th": pilot.title_th,
        "title_en": pilot.title_en,
        "state": pilot.state_now.value,
        "dimension": pilot.dimension,
        "technology": pilot.technology,
        "local_government": str(place.pk),
        "local_government_name_th": place.name_th,
        "province": place.province.code,
        "problem": pilot.problem,
        "innovation": pilot.innovation,
        "subdistricts": [{"code": one.code, "name_th": one.name_th} for one in pilot.subdistricts.all()],
        "area_note": pilot.area_note,
        "area": pilot.area,
        "starts_on": pilot.starts_on,
        "ends_on": pilot.ends_on,
        "user_cap": pilot.user_cap,
        "complaint_channel": pilot.complaint_channel,
        "partners": [
            {"kind": one.kind, "name_th": one.name_th, "name_en": one.name_en}
            for one in pilot.partners.all()
            if one.left_on is None
        ],
        "endorsed_by": [one.place.name_th for one in pilot.endorsements.all() if one.is_endorsed],
        "indicators": [indicator(one) for one in pilot.indicators.all()],
        "relaxed": relaxed(pilot),
        "exit_summary": pilot.exit_summary if is_told else "",
        "exit_lessons": pilot.exit_lessons if is_told else "",
        "disclosure": disclosure(pilot),
        "ended_at": pilot.ended_at,
    }


def disclosed(pilot):
    """The closing item by which data and prices of a trial were laid open, or None while they were not."""
    items = (one for one in pilot.closing_items.all() if one.code == DISCLOSURE and one.done_on)
    return next(items, None)


def disclosure(pilot):
    """What was laid open for an ordinary procurement: on which day, in which words, and where the file is; or None."""
    item = disclosed(pilot)
    if item is None:
        return None
    url = settings.SITE_URL + reverse("sandboxes:disclosure", args=[pilot.pk]) if item.file_id else ""
    return {"on": item.done_on, "note": item.note, "file_url": url}


def indicator(one):
    """What the public may know of an indicator: no evidence, no names."""
    latest = latest_of(one)
    return {
        "name_th": one.name_th,
        "unit": one.unit,
        "direction": one.direction,
        "baseline": one.baseline,
        "baseline_on": one.baseline_on,
        "target": one.target,
        "stop_threshold": one.stop_threshold,
        "latest": latest and latest.value,
        "latest_on": latest and latest.on,
    }


def latest_of(indicator):
    """The newest reading that counts, from readings that were fetched before; or None."""
    rows = list(indicator.readings.all())
    corrected = {one.corrects_id for one in rows}
    return max((one for one in rows if one.pk not in corrected), key=lambda one: (one.on, one.pk), default=None)


def relaxed(pilot):
    """Which rules were relaxed, by whose instrument, from when until when."""
    return [
        {
            "law": one.issue.law,
            "authority": one.issue.authority.name_th,
            "instrument_no": one.instrument_no,
            "scope": one.scope,
            "valid_from": one.valid_from,
            "valid_until": one.valid_until,
            "state": one.state_now.value,
        }
        for one in pilot.waivers.all()
        if one.state in SHOWN_WAIVERS and one.issue.remedy in NEEDS_WAIVER
    ]
