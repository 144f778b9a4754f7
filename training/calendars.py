"""Calendar files (RFC 5545), written by hand: a few lines that every calendar reads."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from portal import clock

STAMP = "%Y%m%dT%H%M%SZ"


def escaped(text):
    return (
        str(text).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\r", "").replace("\n", "\\n")
    )


def folded(line):
    """A line in parts of at most 75 bytes, no character cut."""
    parts, part = [], ""
    for letter in line:
        if len((part + letter).encode()) > 73:
            parts.append(part)
            part = ""
        part += letter
    return "\r\n ".join([*parts, part])


def calendar(events, filename):
    """A calendar file of `events`: dicts with uid, starts_at, ends_at, title, where, url.

    `sequence` grows with every change, so that a calendar moves the entry it has; `is_cancelled` strikes it out.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//smart-city portal//training//TH", "CALSCALE:GREGORIAN"]
    for event in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{event['uid']}",
            f"DTSTAMP:{_utc(clock.now())}",
            f"DTSTART:{_utc(event['starts_at'])}",
            f"DTEND:{_utc(event['ends_at'])}",
            f"SUMMARY:{escaped(event['title'])}",
            f"LOCATION:{escaped(event.get('where', ''))}",
            f"URL:{event['url']}",
            f"SEQUENCE:{event.get('sequence', 0)}",
            f"STATUS:{'CANCELLED' if event.get('is_cancelled') else 'CONFIRMED'}",
            "END:VEVENT",
        ]
    text = "".join(f"{folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, filename)
    response["Cache-Control"] = "private, no-store"
    return response


def _utc(moment):
    from datetime import UTC

    return moment.astimezone(UTC).strftime(STAMP)
