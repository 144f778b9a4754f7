"""Places for tests: valid rows, told apart by a running number."""

from itertools import count

from portal import clock
from portal.models import District, LocalGovernment, LocalGovernmentCode, Province
from portal.register import changes
from portal.roles import Role
from portal.states import CodeScheme, LocalGovernmentKind
from tests.factories.people import person

_running = count(1)
_FIRST_WORDS = {
    LocalGovernmentKind.BMA: "",
    LocalGovernmentKind.PATTAYA: "เมือง",
    LocalGovernmentKind.PAO: "องค์การบริหารส่วนจังหวัด",
    LocalGovernmentKind.CITY_MUNICIPALITY: "เทศบาลนคร",
    LocalGovernmentKind.TOWN_MUNICIPALITY: "เทศบาลเมือง",
    LocalGovernmentKind.SUBDISTRICT_MUNICIPALITY: "เทศบาลตำบล",
    LocalGovernmentKind.SAO: "องค์การบริหารส่วนตำบล",
}


def province(**fields):
    taken = set(Province.objects.values_list("code", flat=True))
    number = f"{next(_running):05}"
    defaults = {
        "code": next(code for code in map(str, range(10, 100)) if code not in taken),
        "name_th": f"จังหวัดตัวอย่าง {number}",
        "name_en": f"Example Province {number}",
        "region": "ภาคเหนือ",
        "policy_region": "ภาคเหนือ",
    }
    return Province.objects.create(**defaults | fields)


def district(**fields):
    fields.setdefault("province", None)
    parent = fields.pop("province") or province()
    number = f"{next(_running):05}"
    taken = set(District.objects.filter(province=parent).values_list("code", flat=True))
    codes = (f"{parent.code}{suffix:02}" for suffix in range(1, 100))
    defaults = {
        "code": next(code for code in codes if code not in taken),
        "name_th": f"อำเภอตัวอย่าง {number}",
        "name_en": f"Example District {number}",
    }
    return District.objects.create(**defaults | fields, province=parent)


def local_government(*, code=None, **fields):
    """A town municipality, unless `kind` says otherwise, in a province and district of its own.

    `code` also gives it that DLA code.
    """
    parent = fields.pop("district", None) or district(province=fields.pop("province", None))
    fields["province"] = parent.province
    kind = fields.setdefault("kind", LocalGovernmentKind.TOWN_MUNICIPALITY)
    base = fields.setdefault("base_name_th", f"ตัวอย่าง{next(_running):05}")
    fields.setdefault("name_th", f"{_FIRST_WORDS[kind]}{base}")
    fields.setdefault("short_name_th", fields["name_th"])
    made = LocalGovernment.objects.create(district=parent, **fields)
    if code:
        LocalGovernmentCode.objects.create(local_government=made, scheme=CodeScheme.DLA, code=code)
    return made


def merged(old, into, by=None):
    """`into`, once the Gazette made `old` a part of it today."""
    by = by or person(Role.DLA_OFFICER)
    changes.announce("merge", by=by, place=old, into=into, on=clock.today(), gazette_ref="เล่ม 143 ตอน 1")
    into.refresh_from_db()
    return into
