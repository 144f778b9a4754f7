"""A national list compared with the register: what it adds, names anew, changes in kind, corrects, and no longer has.

Nothing of a list is kept but the file. What differs is found afresh on each look, so that what was accepted is gone
from it, and becomes a change of the register only when DLA accepts it.
"""

import csv
import io
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal import access, clock, files, jobs
from portal.audit import record
from portal.errors import Refused
from portal.models import (
    District,
    LocalGovernment,
    LocalGovernmentCode,
    NationalList,
    PlaceChange,
    Province,
    Subdistrict,
    Succession,
)
from portal.register import changes, succeeding
from portal.register.places import KINDS, Listed, LoadError, Sheet, listed_in
from portal.states import ChangeKind, CodeScheme
from portal.thai.search import fold

OFFICIAL = (CodeScheme.DLA, CodeScheme.ISO_3166_2)
AT_ONCE = 25
BEGINNINGS = (ChangeKind.ADD, ChangeKind.SPLIT)
DETAILS = ("name_en", "website", "district", "subdistrict", "lat", "lon")
HEAD = (
    "lgo_code", "code_2560", "type_code", "name_th", "short_name_th", "base_name_th", "name_en", "province_code",
    "district_code", "subdistrict_code", "website", "lat", "lon", "former_name_th", "status_as_of",
)  # fmt: skip
COMPARED = {
    "name_th": "name_th", "type_code": "kind", "name_en": "name_en", "website": "website", "lat": "lat", "lon": "lon",
    "province_code": "province__code", "district_code": "district__code", "subdistrict_code": "subdistrict__code",
}  # fmt: skip
SAID_ALWAYS = {"name_th", "type_code"}
FEW = 1000
GROUPS = {
    "added": gettext_lazy("New in the list"),
    "renamed": gettext_lazy("Another name or code"),
    "upgraded": gettext_lazy("Another kind"),
    "vanished": gettext_lazy("No longer in the list"),
    "corrected": gettext_lazy("Other details"),
    "unclear": gettext_lazy("Not certain which one is meant"),
    "behind": gettext_lazy("The list does not know yet"),
}
OFFERED = ("added", "renamed", "upgraded", "vanished", "corrected")


@dataclass(frozen=True)
class Difference:
    """One way in which the list and the register differ: `place` is the register's, `listed` the list's, or None.

    `said` are (label, before, after) of what differs; `waiting` the change that will settle it on its day.
    """

    group: str
    place: LocalGovernment | None = None
    listed: Listed | None = None
    said: tuple = ()
    waiting: PlaceChange | None = None

    @property
    def key(self):
        """What the row is called in a form: it stays while the difference does."""
        return f"{self.group}:{self.listed.code if self.listed else self.place.code or self.place.pk}"

    @property
    def line(self):
        return self.listed.line if self.listed else None

    @property
    def name(self):
        return (self.place or self.listed.local_government).name_th

    @property
    def is_offered(self):
        return self.group in OFFERED and self.waiting is None


@dataclass
class Comparison:
    """The differences of a list, group by group, and how many rows agree."""

    rows: int
    same: int
    groups: dict = field(default_factory=lambda: {group: [] for group in GROUPS})

    def __iter__(self):
        return (one for found in self.groups.values() for one in found)

    @property
    def offered(self):
        """What may be accepted, by key."""
        return {one.key: one for one in self if one.is_offered}


# The file


def upload(file, *, by):
    """The new `NationalList` of an uploaded CSV file. Raises PermissionDenied, or ValidationError naming every bad
    row with its line; then nothing is kept.
    """
    capacity = access.capacity(by, "portal.change_place")
    if capacity is None:
        raise PermissionDenied(_("Only DLA changes the list of local governments."))
    name = files.clean_name(file.name)
    if not file.size or file.size > settings.UPLOAD_MAX_MB * files.MEGABYTE:
        raise ValidationError(_("The file is empty, or larger than %(limit)s MB.") % {"limit": settings.UPLOAD_MAX_MB})
    content = file.read()
    read(name, content)
    with transaction.atomic():
        stored = files.keep(content, name=name, content_type="text/csv", by=by)
        national = NationalList.objects.create(file=stored, uploaded_by=by)
        record("national_list.upload", national, by=by, capacity=capacity, details={"sha256": stored.sha256})
    return national


@dataclass
class _Bytes:
    """Bytes that a `Sheet` reads as it reads a path."""

    name: str
    content: bytes

    def open(self, encoding, newline):
        return io.TextIOWrapper(io.BytesIO(self.content), encoding=encoding, newline=newline)


def read(name, content, is_settled=lambda cells: False):
    """The list's rows as `Listed`; None for those whose cells `is_settled`. Raises ValidationError with a line for
    every bad row.
    """
    provinces = {one.code: one for one in Province.objects.all()}
    districts = {one.code: one for one in District.objects.all()}
    subdistricts = {one.code: one for one in Subdistrict.objects.all()}
    for district in districts.values():
        district.province = next(one for one in provinces.values() if one.pk == district.province_id)

    def make(row):
        return None if is_settled(row.cells) else listed_in(row, provinces, districts, subdistricts)

    try:
        return Sheet(_Bytes(name, content)).build(make)
    except LoadError as error:
        raise ValidationError(error.problems) from None


def present_list(file):
    """Write the register as it stands into `file` (text), in the form in which a list comes back."""
    writer = csv.DictWriter(file, HEAD)
    writer.writeheader()
    words = {kind: word for word, kind in KINDS.items()}
    month = clock.today().strftime(f"{clock.today().year + 543}-%m")
    places = LocalGovernment.objects.active(clock.today()).select_related("province", "district", "subdistrict")
    for place in places.prefetch_related("codes").order_by("pk"):
        row = {name: getattr(place, name) for name in HEAD if hasattr(place, name)}
        row |= {"lgo_code": place.code, "code_2560": "", "type_code": words[place.kind], "status_as_of": month}
        row |= {"province_code": place.province.code, "district_code": place.district.code}
        row["subdistrict_code"] = place.subdistrict.code if place.subdistrict else ""
        writer.writerow(row)


# The comparison


def compare(national):
    """The `Comparison` of a stored list with the register of today.

    A row is the same local government by a code that it has or had, else by its name without the kind in the same
    district: so that nothing is there twice. Of the thousands of a list most say what the register says; these are
    passed by on their cells alone.
    """
    register = _Register()
    with national.file.file.open("rb") as file:
        rows = read(national.file.name, file.read(), register.agrees)
    known, strangers = [], []
    for listed in filter(None, rows):
        place, is_past = register.by_code(listed)
        (known if place is not None or is_past else strangers).append((listed, place, is_past))
    taken = {place.pk for _listed, place, _past in known if place}
    free = [place for place in register.places.values() if place.pk not in taken]
    paired, unclear = _pair([listed for listed, _place, _past in strangers], free)

    found = Comparison(rows=len(rows), same=len(register.agreed))
    for listed, place, is_past in known:
        _sort_in(found, register, listed, place, is_past)
    for listed, place in paired:
        _sort_in(found, register, listed, place, False)
    for listed in unclear:
        found.groups["unclear"].append(Difference("unclear", listed=listed))
    settled = {id(listed) for listed, _place in paired} | {id(listed) for listed in unclear}
    for listed, _place, _past in strangers:
        if id(listed) not in settled:
            waiting = register.coming.get(listed.code)
            found.groups["added"].append(Difference("added", listed=listed, waiting=waiting))
    gone = {place.pk for place in free} - {place.pk for _listed, place in paired}
    for pk in sorted(gone):
        place = register.places[pk]
        found.groups["vanished"].append(Difference("vanished", place=place, waiting=register.waiting.get(pk)))
    return found


class _Register:
    """The register of today in hand: places, who holds or held each code, what comes after what, what waits."""

    def __init__(self):
        self.active = LocalGovernment.objects.active(clock.today())
        self.standing = {pk: cells for pk, *cells in self.active.values_list("pk", *COMPARED.values())}
        self.agreed = set()
        ended_by = Succession.objects.that_ended_the_old()
        self.after = dict(ended_by.values_list("from_local_government", "to_local_government"))
        self.holders, self.current = {}, {}
        held = LocalGovernmentCode.objects.filter(scheme__in=OFFICIAL).order_by("valid_to", "pk")
        for code, pk, valid_to in held.values_list("code", "local_government", "valid_to"):
            if valid_to is None or code not in self.holders:
                self.holders[code] = pk
            if valid_to is None:
                self.current[code] = pk
        waiting = PlaceChange.objects.waiting()
        self.waiting = {change.place_id: change for change in waiting if change.place_id}
        self.coming = {change.code: change for change in waiting if change.kind in BEGINNINGS}

    def agrees(self, cells):
        """Whether a row of the list names a place of today by its code and says of it what the register says."""
        pk = self.current.get(cells.get("lgo_code"))
        if pk not in self.standing or pk in self.agreed:
            return False
        for (column, _path), known in zip(COMPARED.items(), self.standing[pk], strict=True):
            said = cells.get(column)
            if column == "type_code":
                said = KINDS.get(said)
            if said != ("" if known is None else str(known)) and (column in SAID_ALWAYS or said != ""):
                return False
        self.agreed.add(pk)
        return True

    @cached_property
    def places(self):
        """The places of today on which the list does not agree with the register, by key."""
        keys = self.standing.keys() - self.agreed
        some = self.active.filter(pk__in=keys) if len(keys) < FEW else self.active
        found = some.select_related("province", "district", "subdistrict").prefetch_related("codes")
        return {place.pk: place for place in found if place.pk in keys}

    def by_code(self, listed):
        """The place of today that has or had one of the row's codes, and whether the code's holder is past."""
        for code in listed.codes:
            pk = self.holders.get(code)
            if pk is not None:
                return self._present(pk), pk not in self.standing
        return None, False

    def _present(self, pk):
        seen = set()
        while pk not in self.standing and pk in self.after and pk not in seen:
            seen.add(pk)
            pk = self.after[pk]
        return self.places.get(pk) or self.active.filter(pk=pk).first()


def _pair(strangers, free):
    """Rows and places that no code joins but the name without its kind in one district does: pairs, and what is
    not certain because there are several.
    """
    by_name = defaultdict(lambda: ([], []))
    for listed in strangers:
        by_name[_where(listed.local_government)][0].append(listed)
    for place in free:
        by_name[_where(place)][1].append(place)
    paired, unclear = [], []
    for rows, places in by_name.values():
        if len(rows) == len(places) == 1:
            paired.append((rows[0], places[0]))
        elif rows and places:
            unclear += rows
    return paired, unclear


def _where(place):
    return place.district_id, fold(place.base_name_th)


def _sort_in(found, register, listed, place, is_past):
    """Put a row that is known to be `place` where it belongs."""
    new = listed.local_government
    if is_past:
        said = (_said(gettext_lazy("Name"), new.name_th, place.name_th if place else _("closed")),)
        found.groups["behind"].append(Difference("behind", place=place, listed=listed, said=said))
        return
    waiting = register.waiting.get(place.pk)
    codes = {code.code for code in place.codes.all() if code.valid_to is None}
    said = []
    if listed.code not in codes:
        said.append(_said(gettext_lazy("Code"), place.code, listed.code))
    if new.name_th != place.name_th:
        said.append(_said(gettext_lazy("Name"), place.name_th, new.name_th))
    if new.kind != place.kind:
        said.append(_said(gettext_lazy("Kind"), place.get_kind_display(), new.get_kind_display()))
        found.groups["upgraded"].append(Difference("upgraded", place, listed, tuple(said), waiting))
    elif said:
        found.groups["renamed"].append(Difference("renamed", place, listed, tuple(said), waiting))
    elif better := _better(place, new):
        labels = tuple(
            _said(LocalGovernment._meta.get_field(name).verbose_name, *pair) for name, pair in better.items()
        )
        found.groups["corrected"].append(Difference("corrected", place, listed, labels))
    else:
        found.same += 1


def _better(place, new):
    """What the list says otherwise of details, as {field: (before, after)}; what it leaves empty is no word."""
    pairs = {name: (getattr(place, name), getattr(new, name)) for name in DETAILS}
    return {name: pair for name, pair in pairs.items() if pair[1] not in {None, ""} and pair[0] != pair[1]}


def _said(label, before, after):
    return (label, "–" if before in {None, ""} else str(before), "–" if after in {None, ""} else str(after))


# What is accepted


def accept(national, keys, *, by, on, gazette_ref):
    """The differences of `keys` as changes from the day `on`: (how many are in effect, how many wait for their day
    or, beyond what one page can do, for the timer's next minute).

    All or none. Raises PermissionDenied, Refused `nothing_chosen` or `list_changed`, and ValidationError with a line
    for every difference that cannot be accepted.
    """
    if access.capacity(by, "portal.change_place") is None:
        raise PermissionDenied(_("Only DLA changes the list of local governments."))
    if not keys:
        raise Refused(_("Choose at least one row."), code="nothing_chosen")
    offered = compare(national).offered
    if missing := [key for key in keys if key not in offered]:
        text = _("%(count)s of the chosen rows are settled meanwhile. Look at the list again.")
        raise Refused(text % {"count": len(missing)}, code="list_changed")
    at_once, problems, recorded = len(keys) <= AT_ONCE, [], []
    with transaction.atomic():
        for key in keys:
            one = offered[key]
            try:
                with transaction.atomic():
                    recorded.append(_settle(one, national, by=by, on=on, gazette_ref=gazette_ref, at_once=at_once))
            except ValidationError as error:
                problems.append(f"{one.name}: {' '.join(error.messages)}")
            except Refused as refusal:
                problems.append(f"{one.name}: {refusal.message}")
        if problems:
            raise ValidationError(problems)
    waiting = sum(change is not None and change.is_waiting for change in recorded)
    return len(recorded) - waiting, waiting


@jobs.job("accept_list", gettext_lazy("Accept the differences of a national list"))
def _accept(run, *, national, keys, on, gazette_ref):
    facts = {"on": date.fromisoformat(on), "gazette_ref": gazette_ref}
    return told(*accept(NationalList.objects.get(pk=national), keys, by=run.by, **facts))


def told(taken, waiting):
    """What was accepted, in words: how many changes are in effect, how many wait."""
    lines = []
    if taken:
        lines.append(ngettext("%(n)s change is in effect.", "%(n)s changes are in effect.", taken) % {"n": taken})
    if waiting:
        text = ngettext(
            "%(n)s change is on record and waits for its day, or for the next minute.",
            "%(n)s changes are on record and wait for their day, or for the next minute.",
            waiting,
        )
        lines.append(text % {"n": waiting})
    return " ".join(lines)


def _settle(one, national, *, by, on, gazette_ref, at_once):
    """The `PlaceChange` for a difference, or None for details, which are corrected at once."""
    new = one.listed.local_government if one.listed else None
    facts = {"on": on, "gazette_ref": gazette_ref, "source": national}
    match one.group:
        case "corrected":
            succeeding.correct(one.place, by=by, **{name: pair[1] for name, pair in _better(one.place, new).items()})
            return None
        case "vanished":
            return changes.announce(ChangeKind.CLOSE, by=by, at_once=at_once, place=one.place, **facts)
        case "added":
            facts |= {"code": one.listed.code, "district": new.district, "subdistrict": new.subdistrict}
            facts |= {"name_th": new.name_th, "name_en": new.name_en, "new_kind": new.kind}
            return changes.announce(ChangeKind.ADD, by=by, at_once=at_once, **facts)
    facts |= {"place": one.place, "name_th": new.name_th, "name_en": new.name_en or one.place.name_en}
    facts |= {"code": one.listed.code if one.listed.code != one.place.code else ""}
    if one.group == "upgraded":
        return changes.announce(ChangeKind.UPGRADE, by=by, at_once=at_once, new_kind=new.kind, **facts)
    return changes.announce(ChangeKind.RENAME, by=by, at_once=at_once, **facts)
