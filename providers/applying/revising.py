"""What an application said when it was returned, so that the registry sees what was mended since, and what was not."""

from dataclasses import dataclass
from datetime import date

from providers.states import Section


def text_of(application):
    """What `application` says now: for each section its rows, `{key: {"name", "answers", "file"}}`, in JSON's types."""
    said = {section: {} for section in Section}
    for section in (Section.COMPANY, Section.ATTESTATIONS):
        said[section][""] = {"answers": _answered(getattr(application, section))}
    for entry in application.entries.all():
        row = {"name": str(entry), "answers": _answered(entry.answers), "file": entry.file_id}
        said[entry.section][str(entry.pk)] = row
    for one in application.documents.filter(removed_at=None).select_related("kind"):
        said[Section.DOCUMENTS][str(one.pk)] = {"name": one.kind.name_th, "file": one.file_id}
    return {section.value: rows for section, rows in said.items()}


def _answered(typed):
    return {name: value for name, value in typed.items() if value not in (None, "", [], False)}


def before(application, section, key=""):
    """The answers of one row as they were at the return; None where it was not there, or nothing was returned."""
    rows = application.returned.get("text", {}).get(section, {})
    return rows.get(str(key), {}).get("answers")


def is_added(application, section, key, file):
    """Whether the row, or its `file` (a key), was not there when the application was returned."""
    if not application.returned:
        return False
    row = application.returned["text"][section].get(str(key))
    return row is None or row["file"] != file


def changed_sections(application):
    """The sections that say something else than at the return; every section where nothing was returned."""
    kept = application.returned.get("text")
    if kept is None:
        return set(Section)
    now = text_of(application)
    return {section for section in Section if now[section] != kept.get(section, {})}


@dataclass(frozen=True)
class Revised:
    """One section after a return: the reason why it was to be mended, if it was, whether it was, and what is gone."""

    section: Section
    reason: str
    is_changed: bool
    gone: tuple


@dataclass(frozen=True)
class Revision:
    """What came of the last return, made on the day `on`."""

    on: date
    rows: list


def revision(application):
    """The sections that were returned or have changed since, as a `Revision`; None where nothing was returned."""
    kept = application.returned
    if not kept:
        return None
    reasons = {row["section"]: row["reason"] for row in kept["reasons"]}
    now, changed = text_of(application), changed_sections(application)
    rows = [
        Revised(
            section,
            reasons.get(section, ""),
            section in changed,
            tuple(row["name"] for key, row in kept["text"][section].items() if key not in now[section] and key),
        )
        for section in Section
        if section in reasons or section in changed
    ]
    return Revision(date.fromisoformat(kept["on"]), rows)


def untouched(application):
    """The sections that the registry asked to mend and that say what they said then, with the reasons."""
    found = revision(application)
    return [row for row in found.rows if row.reason and not row.is_changed] if found else []
