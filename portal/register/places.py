"""Loading the places of Thailand from files: all of it or nothing, again and again without twins."""

import csv
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ForeignKey
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import clock
from portal.models.places import (
    District,
    LocalGovernment,
    LocalGovernmentCode,
    Province,
    SmartCityArea,
    Subdistrict,
)
from portal.models.register import PlaceChange
from portal.states import CodeScheme, LocalGovernmentKind, SmartCityStatus, SmartDimension
from portal.thai.dates import ERA

KINDS = {
    "BMA": LocalGovernmentKind.BMA,
    "PATTAYA": LocalGovernmentKind.PATTAYA,
    "PAO": LocalGovernmentKind.PAO,
    "NAKHON": LocalGovernmentKind.CITY_MUNICIPALITY,
    "MUEANG": LocalGovernmentKind.TOWN_MUNICIPALITY,
    "TAMBON": LocalGovernmentKind.SUBDISTRICT_MUNICIPALITY,
    "SAO": LocalGovernmentKind.SAO,
}
IN_PROVINCE = gettext_lazy("code %(code)r does not lie in province %(parent)r.")
IN_DISTRICT = gettext_lazy("code %(code)r does not lie in district %(parent)r.")
BATCH = 1000


class LoadError(Exception):
    """The files cannot be loaded; `problems` says why, each with its file and line."""

    def __init__(self, problems):
        super().__init__("\n".join(problems))
        self.problems = problems


class BadRow(ValueError):
    pass


def load_places(folder):
    """How many of each were read and how many local governments are new, as a dict of counts.

    `folder` holds provinces.csv, districts.csv, subdistricts.csv, local_governments.csv and smart_cities.csv.
    Rows known by a code, present or former, are brought up to date; what is missing from the files stays.
    One transaction: `LoadError` names every bad row of the first file that has any, and nothing is kept. A register
    that has changed since by the Gazette is not loaded over: national lists are compared with it (`relisting`).
    """
    if PlaceChange.objects.filter(taken_at__isnull=False).exists():
        raise LoadError([_("The register has lived on since it was loaded. Compare a new list with it on its page.")])
    folder = Path(folder)
    with transaction.atomic():
        provinces = _load_provinces(Sheet(folder / "provinces.csv"))
        districts = _load_districts(Sheet(folder / "districts.csv"), provinces)
        subdistricts = _load_subdistricts(Sheet(folder / "subdistricts.csv"), districts)
        local_governments, new = _load_local_governments(
            Sheet(folder / "local_governments.csv"), provinces, districts, subdistricts
        )
        areas = _load_smart_cities(Sheet(folder / "smart_cities.csv"), provinces, local_governments)
        LocalGovernment.objects.mark_shared_names(clock.today())
    return {
        "provinces": len(provinces),
        "districts": len(districts),
        "subdistricts": len(subdistricts),
        "local_governments": len(local_governments),
        "new_local_governments": new,
        "smart_city_areas": len(areas),
    }


# Reading


@dataclass
class Sheet:
    """A CSV file with a header, read row by row; it gathers what is wrong instead of stopping at the first."""

    path: Path
    seen: dict = field(default_factory=dict)

    def build(self, make):
        """`make(row)` of every row, in a list. Raises LoadError when any row is bad."""
        built, problems = [], []
        for line, cells in self._lines():
            try:
                built.append(make(_Row(self, line, cells)))
            except BadRow as error:
                problems.append(self._said(error, line))
        if problems:
            raise LoadError(problems)
        if not built:
            raise LoadError([self._said(_("there is no row in it."))])
        return built

    def _said(self, problem, line=None):
        facts = {"file": self.path.name, "line": line, "problem": problem}
        return (_("%(file)s: %(problem)s") if line is None else _("%(file)s, line %(line)s: %(problem)s")) % facts

    def _lines(self):
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file, strict=True)
                for cells in reader:
                    yield reader.line_num, cells
        except FileNotFoundError:
            raise LoadError([self._said(_("there is no such file."))]) from None
        except UnicodeDecodeError:
            raise LoadError([self._said(_("the file is not UTF-8."))]) from None
        except csv.Error as error:
            raise LoadError([self._said(f"{error}.", reader.line_num)]) from None


@dataclass
class _Row:
    sheet: Sheet
    line: int
    cells: dict

    def text(self, column):
        if None in self.cells:
            raise BadRow(_("there are more cells than columns."))
        value = self.cells.get(column)
        if value is None:
            raise BadRow(_("there is no cell for %(column)s.") % {"column": column})
        return value.strip()

    def code(self, column, pattern):
        """The row's own code, which no other row of the file may have."""
        code = self.text(column)
        if not re.fullmatch(pattern, code):
            raise BadRow(_("%(column)s %(value)r is not a valid code.") % {"column": column, "value": code})
        first = self.sheet.seen.setdefault((column, code), self.line)
        if first != self.line:
            raise BadRow(
                _("%(column)s %(value)r is already on line %(line)s.")
                % {"column": column, "value": code, "line": first}
            )
        return code

    def parent(self, column, known):
        """The object that the code in `column` names."""
        code = self.text(column)
        if code not in known:
            raise BadRow(_("%(column)s %(value)r is not known.") % {"column": column, "value": code})
        return known[code]

    def choice(self, column, choices):
        value = self.text(column)
        if value not in choices:
            text = _("%(column)s %(value)r is not one of %(choices)s.")
            raise BadRow(text % {"column": column, "value": value, "choices": ", ".join(choices)})
        return value

    def number(self, column, kind=float):
        value = self.text(column)
        try:
            return kind(value) if value else None
        except ValueError:
            raise BadRow(_("%(column)s %(value)r is not a number.") % {"column": column, "value": value}) from None

    def position(self):
        lat, lon = self.number("lat"), self.number("lon")
        if (lat is None) != (lon is None) or not (lat is None or (-90 <= lat <= 90 and -180 <= lon <= 180)):
            text = _("lat %(lat)r and lon %(lon)r are no position.")
            raise BadRow(text % {"lat": self.text("lat"), "lon": self.text("lon")})
        return {"lat": lat, "lon": lon}

    def month(self, column):
        """The first day of a Buddhist-era month such as 2568-05."""
        value = self.text(column)
        try:
            year, month = value.split("-")
            return date(int(year) - ERA, int(month), 1)
        except ValueError:
            raise BadRow(
                _("%(column)s %(value)r is not a month such as 2568-05.") % {"column": column, "value": value}
            ) from None


def _within(child, parent, of):
    if not child.startswith(parent):
        raise BadRow(of % {"code": child, "parent": parent})


def _checked(obj):
    """`obj` with its derived fields filled and every field but its links valid."""
    obj.derive()
    try:
        obj.clean_fields(exclude=[f.name for f in obj._meta.fields if isinstance(f, ForeignKey)])
    except ValidationError as error:
        problems = [f"{name}: {' '.join(messages)}" for name, messages in error.message_dict.items()]
        raise BadRow("; ".join(problems)) from None
    return obj


# Writing


def _write(objects, *, key, fields):
    """Insert the objects, or bring the rows with the same `key` up to date; their pks are set either way."""
    model = type(objects[0])
    model.objects.bulk_create(
        objects, batch_size=BATCH, update_conflicts=True, unique_fields=[key], update_fields=fields
    )
    return objects


_AREA_FIELDS = ["name_th", "name_en", "name_sort_key", "search_text", "lat", "lon"]


def _load_provinces(sheet):
    def make(row):
        return _checked(
            Province(
                code=row.code("tis_code", "[0-9]{2}"),
                name_th=row.text("name_th"),
                name_en=row.text("name_en"),
                region=row.text("region6_th"),
                policy_region=row.text("policy_region_th"),
                **row.position(),
            )
        )

    rows = _write(sheet.build(make), key="code", fields=[*_AREA_FIELDS, "region", "policy_region"])
    return {province.code: province for province in rows}


def _load_districts(sheet, provinces):
    def make(row):
        province = row.parent("province_code", provinces)
        code = row.code("district_code", "[0-9]{4}")
        _within(code, province.code, IN_PROVINCE)
        return _checked(
            District(
                code=code,
                province=province,
                name_th=row.text("name_th"),
                name_en=row.text("name_en"),
                **row.position(),
            )
        )

    rows = _write(sheet.build(make), key="code", fields=[*_AREA_FIELDS, "province"])
    return {district.code: district for district in rows}


def _load_subdistricts(sheet, districts):
    def make(row):
        district = row.parent("district_code", districts)
        code = row.code("subdistrict_code", "[0-9]{6}")
        _within(code, district.code, IN_DISTRICT)
        return _checked(
            Subdistrict(
                code=code,
                district=district,
                name_th=row.text("name_th"),
                name_en=row.text("name_en"),
                postal_codes=row.text("postal_code").replace(";", " "),
                **row.position(),
            )
        )

    rows = _write(sheet.build(make), key="code", fields=[*_AREA_FIELDS, "district", "postal_codes"])
    return {subdistrict.code: subdistrict for subdistrict in rows}


def _scheme_of(code):
    return CodeScheme.DLA if code.isdigit() else CodeScheme.ISO_3166_2


@dataclass(frozen=True)
class Listed:
    """What a row of a list says of a local government: unsaved, with its code, its former one or "", and the month."""

    line: int
    local_government: LocalGovernment
    code: str
    former: str
    as_of: date

    @property
    def codes(self):
        return [self.code, self.former] if self.former else [self.code]


def listed_in(row, provinces, districts, subdistricts):
    """What `row` lists. Raises BadRow."""
    code = row.code("lgo_code", "0[1-9][0-9]{6}|TH-[0-9A-Z]{1,2}")
    former = row.code("code_2560", "0[1-9][0-9]{6}") if row.text("code_2560") else ""
    kind = KINDS[row.choice("type_code", KINDS)]
    province = row.parent("province_code", provinces)
    district = row.parent("district_code", districts)
    _within(district.code, province.code, IN_PROVINCE)
    subdistrict = row.parent("subdistrict_code", subdistricts) if row.text("subdistrict_code") else None
    if subdistrict:
        _within(subdistrict.code, district.code, IN_DISTRICT)
    local_government = LocalGovernment(
        kind=kind,
        name_th=row.text("name_th"),
        name_en=row.text("name_en"),
        short_name_th=row.text("short_name_th"),
        base_name_th=row.text("base_name_th"),
        former_name_th=row.text("former_name_th"),
        province=province,
        district=district,
        subdistrict=subdistrict,
        website=row.text("website"),
        **row.position(),
    )
    return Listed(
        row.line, _checked(local_government), code, former if former != code else "", row.month("status_as_of")
    )


def _load_local_governments(sheet, provinces, districts, subdistricts):
    owners = dict(
        LocalGovernmentCode.objects.filter(scheme__in=[CodeScheme.DLA, CodeScheme.ISO_3166_2]).values_list(
            "code", "local_government"
        )
    )
    claimed = {}

    def known_as(row, codes):
        found = {owners[code] for code in codes if code in owners}
        if len(found) > 1:
            raise BadRow(_("the codes %(codes)s belong to two local governments.") % {"codes": ", ".join(codes)})
        pk = found.pop() if found else None
        if pk and claimed.setdefault(pk, row.line) != row.line:
            raise BadRow(_("the local government is already on line %(line)s.") % {"line": claimed[pk]})
        return pk

    def make(row):
        listed = listed_in(row, provinces, districts, subdistricts)
        listed.local_government.pk = known_as(row, listed.codes)
        return listed

    made = sheet.build(make)
    new = sum(listed.local_government.pk is None for listed in made)
    _write(
        [listed.local_government for listed in made],
        key="id",
        fields=[
            *_AREA_FIELDS,
            "kind",
            "short_name_th",
            "base_name_th",
            "former_name_th",
            "province",
            "district",
            "subdistrict",
            "website",
        ],
    )
    _write_codes(made)
    return {listed.code: listed.local_government for listed in made}, new


def _write_codes(made):
    """Present codes are open; a former one ended, as far as the files tell, by the day of the list without it."""
    codes = []
    for listed in made:
        held = [(code, listed.as_of if code == listed.former else None) for code in listed.codes]
        codes += [
            LocalGovernmentCode(
                local_government=listed.local_government, scheme=_scheme_of(code), code=code, valid_to=valid_to
            )
            for code, valid_to in held
        ]
    LocalGovernmentCode.objects.bulk_create(
        codes,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["scheme", "code", "local_government"],
        update_fields=["valid_to"],
    )


def _load_smart_cities(sheet, provinces, local_governments):
    def make(row):
        dimensions = [dimension for dimension in row.text("dimensions").split(";") if dimension]
        if unknown := set(dimensions) - set(SmartDimension.values):
            raise BadRow(_("dimensions %(names)s are not known.") % {"names": ", ".join(sorted(unknown))})
        if not row.text("name_th") and not row.text("name_en"):
            raise BadRow(_("there is no name."))
        area = SmartCityArea(
            number=int(row.code("seq", "[1-9][0-9]{0,3}")),
            status=row.choice("status", SmartCityStatus.values),
            name_th=row.text("name_th"),
            name_en=row.text("name_en"),
            province=row.parent("province_code", provinces),
            dimensions=dimensions,
            batch=row.number("batch", int),
            year=row.number("year_be", int),
            source=row.text("cross_check"),
        )
        members = [row.parent("lgo_code", local_governments)] if row.text("lgo_code") else []
        return _checked(area), members

    made = sheet.build(make)
    areas = _write(
        [area for area, _members in made],
        key="number",
        fields=[
            "status",
            "name_th",
            "name_en",
            "name_sort_key",
            "province",
            "dimensions",
            "batch",
            "year",
            "source",
        ],
    )
    for area, members in made:
        area.local_governments.set(members)
    return areas
