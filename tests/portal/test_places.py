import csv
import shutil
from collections import Counter
from datetime import date
from io import StringIO

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import translation

from portal.models import (
    District,
    LocalGovernment,
    LocalGovernmentCode,
    Province,
    SmartCityArea,
    Subdistrict,
    Succession,
)
from portal.register.places import load_places
from portal.states import LocalGovernmentKind as Kind
from tests.factories.places import district, local_government, province

pytestmark = pytest.mark.django_db

FILES = ["provinces", "districts", "subdistricts", "local_governments", "smart_cities"]


@pytest.fixture
def folder(tmp_path):
    """The places of Nan province (55) and its neighbour, cut from the shipped files, to be spoilt at will."""
    for name in FILES:
        with open(settings.BASE_DIR / f"data/{name}.csv", encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            rows = [row for row in reader if (row.get("province_code") or row.get("tis_code")) in {"55", "65"}]
        _write(tmp_path / f"{name}.csv", rows)
    return tmp_path


def _read(path):
    with open(path, encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def _counts():
    models = [Province, District, Subdistrict, LocalGovernment, LocalGovernmentCode, SmartCityArea]
    return [model.objects.count() for model in models]


@pytest.mark.long
def test_the_shipped_places_are_complete_and_load_again_without_twins():
    out = StringIO()
    call_command("load_places", stdout=out)
    counts = _counts()
    kept = set(LocalGovernment.objects.values_list("pk", "name_th"))
    call_command("load_places", stdout=StringIO())

    assert out.getvalue() == (
        "Loaded 77 provinces, 928 districts, 7436 subdistricts, "
        "7850 local governments (7850 new), 46 smart-city areas.\n"
    )
    assert Counter(LocalGovernment.objects.values_list("kind", flat=True)) == {
        Kind.BMA: 1,
        Kind.PATTAYA: 1,
        Kind.PAO: 76,
        Kind.CITY_MUNICIPALITY: 35,
        Kind.TOWN_MUNICIPALITY: 221,
        Kind.SUBDISTRICT_MUNICIPALITY: 2218,
        Kind.SAO: 5298,
    }
    assert _counts() == counts
    assert set(LocalGovernment.objects.values_list("pk", "name_th")) == kept
    twins = LocalGovernment.objects.filter(is_name_shared=True, name_th="เทศบาลตำบลปราสาท").in_thai_order()
    assert [str(place) for place in twins] == ["เทศบาลตำบลปราสาท (อำเภอบ้านกรวด)", "เทศบาลตำบลปราสาท (อำเภอบ้านด่าน)"]
    assert [p.name_th for p in Province.objects.in_thai_order()[:3]] == ["กระบี่", "กรุงเทพมหานคร", "กาญจนบุรี"]


def test_a_former_code_leads_to_the_same_local_government(folder):
    load_places(folder)
    before = LocalGovernment.objects.get(codes__code="05550103")
    rows = _read(folder / "local_governments.csv")
    row = next(row for row in rows if row["lgo_code"] == "05550103")
    row |= {"lgo_code": "04550199", "type_code": "MUEANG", "name_th": "เทศบาลเมืองใหม่", "status_as_of": "2568-05"}
    _write(folder / "local_governments.csv", rows)

    counts = load_places(folder)

    after = LocalGovernment.objects.get(pk=before.pk)
    assert counts["new_local_governments"] == 0
    assert (after.kind, after.name_th, after.code) == (Kind.TOWN_MUNICIPALITY, "เทศบาลเมืองใหม่", "04550199")
    assert set(after.codes.values_list("code", "valid_to")) == {("04550199", None), ("05550103", date(2025, 5, 1))}


def test_what_people_decided_survives_a_reload(folder):
    load_places(folder)
    LocalGovernment.objects.filter(codes__code="02550101").update(active_to=date(2026, 10, 1))

    load_places(folder)

    assert LocalGovernment.objects.get(codes__code="02550101").active_to == date(2026, 10, 1)


@pytest.mark.parametrize(
    ("file", "change", "reason"),
    [
        ("provinces", {"tis_code": "5"}, "tis_code '5' is not a valid code."),
        ("provinces", {"name_th": ""}, "name_th: "),
        ("districts", {"province_code": "99"}, "province_code '99' is not known."),
        ("districts", {"district_code": "6599"}, "code '6599' does not lie in province '55'."),
        ("subdistricts", {"lat": "north"}, "lat 'north' is not a number."),
        ("subdistricts", {"lat": "nan"}, "lat 'nan' and lon"),
        ("local_governments", {"type_code": "VILLAGE"}, "type_code 'VILLAGE' is not one of"),
        ("local_governments", {"lgo_code": "02550101"}, "lgo_code '02550101' is already on line 2."),
        ("local_governments", {"subdistrict_code": "999999"}, "subdistrict_code '999999' is not known."),
        ("local_governments", {"website": "javascript:alert(1)"}, "website: "),
        ("local_governments", {"status_as_of": "2568"}, "status_as_of '2568' is not a month"),
        ("smart_cities", {"dimensions": "economy;magic"}, "dimensions magic are not known."),
        ("smart_cities", {"lgo_code": "09999999"}, "lgo_code '09999999' is not known."),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_kept(folder, file, change, reason):
    rows = _read(folder / f"{file}.csv")
    rows[1] |= change
    _write(folder / f"{file}.csv", rows)

    with pytest.raises(CommandError) as refused:
        call_command("load_places", dir=folder)

    assert f"{file}.csv, line 3: {reason}" in str(refused.value)
    assert _counts() == [0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda path: path.unlink(), "districts.csv: there is no such file."),
        (lambda path: path.write_text(""), "districts.csv: there is no row in it."),
        (
            lambda path: path.write_bytes(path.read_bytes() + "ก".encode("tis-620")),
            "districts.csv: the file is not UTF-8.",
        ),
        (lambda path: path.write_text("district_code\n5501\n"), "line 2: there is no cell for province_code."),
        (lambda path: path.write_text("district_code\n5501,1\n"), "line 2: there are more cells than columns."),
    ],
)
def test_a_file_that_cannot_be_read_is_named(folder, spoil, reason):
    spoil(folder / "districts.csv")

    with pytest.raises(CommandError) as refused:
        call_command("load_places", dir=folder)

    assert reason in str(refused.value)
    assert _counts() == [0, 0, 0, 0, 0, 0]


def test_codes_of_two_local_governments_do_not_merge(folder):
    load_places(folder)
    rows = _read(folder / "local_governments.csv")
    rows[0]["code_2560"] = rows.pop(1)["lgo_code"]
    _write(folder / "local_governments.csv", rows)

    with pytest.raises(CommandError, match="line 2: the codes .* belong to two local governments"):
        call_command("load_places", dir=folder)


def test_an_early_row_loses_nothing_when_a_file_lacks_it(folder):
    load_places(folder)
    before = LocalGovernment.objects.count()
    _write(folder / "local_governments.csv", _read(folder / "local_governments.csv")[:-1])
    shutil.copy(settings.BASE_DIR / "data/provinces.csv", folder)

    load_places(folder)

    assert LocalGovernment.objects.count() == before
    assert Province.objects.count() == 77


def test_search_finds_by_name_code_and_place():
    khon_kaen = province(name_th="ขอนแก่น", name_en="Khon Kaen")
    there = district(province=khon_kaen, name_th="เมืองขอนแก่น", name_en="Mueang Khon Kaen")
    sao = local_government(
        kind=Kind.SAO,
        base_name_th="หนองบัว",
        short_name_th="อบต.หนองบัว",
        name_en="Nong Bua SAO",
        former_name_th="อบต.บัวแดง",
        district=there,
        code="06400101",
    )
    town = local_government(base_name_th="หนองบัว", short_name_th="ทม.หนองบัว", code="04100101")
    other = local_government(kind=Kind.SAO, base_name_th="ท่าน้ำ", short_name_th="อบต.ท่าน้ำ", district=there)

    def found(text):
        return set(LocalGovernment.objects.search(text))

    assert found("หนองบัว") == found("ต.หนองบัว") == {sao, town}
    assert found("อบต.หนองบัว") == found("อบตหนองบัว") == found("อ.บ.ต. หนองบัว ขอนแก่น") == {sao}
    assert found("เทศบาลหนองบัว") == found("ทม. หนองบัว") == {town}
    assert found("หนองบัว จ.ขอนแก่น") == found("ขอนแก่น หนองบัว") == found("NONG BUA khon") == {sao}
    assert found("06400101") == found("6400101") == found("๐๖๔๐๐๑๐๑") == {sao}
    assert found("บัวแดง") == {sao}
    assert found("ทาน้ํา") == found("ท่านำ") == {other}
    assert found("ขอนแก่น") == found("%") - {sao, town, other} == found("06400199") == set()
    assert found("") == {sao, town, other}
    assert set(LocalGovernment.objects.of_kinds(Kind.SAO).search("หนองบัว")) == {sao}


@pytest.mark.parametrize(
    ("day", "exists"),
    [(date(2026, 9, 30), False), (date(2026, 10, 1), True), (date(2027, 9, 30), True), (date(2027, 10, 1), False)],
)
def test_a_local_government_exists_for_its_time(day, exists):
    place = local_government(active_from=date(2026, 10, 1), active_to=date(2027, 10, 1))

    assert place.is_active(day) is LocalGovernment.objects.active(day).filter(pk=place.pk).exists() is exists


def test_a_shared_name_shows_its_district_while_both_exist():
    home = province()
    here, there = (district(province=home, name_th=name, name_en=name_en) for name, name_en in [("ก", "A"), ("ข", "B")])
    first, second = (local_government(district=place, base_name_th="หนองบัว") for place in (here, there))
    local_government(base_name_th="หนองบัว")  # in another province

    LocalGovernment.objects.mark_shared_names(date(2026, 11, 23))
    first.refresh_from_db()

    assert LocalGovernment.objects.filter(is_name_shared=True).count() == 2
    assert first.display_name == "เทศบาลเมืองหนองบัว (อำเภอก)"
    with translation.override("en"):
        assert first.display_name == "เทศบาลเมืองหนองบัว (A district)"
    LocalGovernment.objects.filter(pk=second.pk).update(active_to=date(2026, 11, 23))
    LocalGovernment.objects.mark_shared_names(date(2026, 11, 23))
    assert not LocalGovernment.objects.filter(is_name_shared=True).exists()


def test_a_name_follows_the_language_and_keeps_its_order():
    place = local_government(base_name_th="น่าน", name_en="Nan Town")
    assert place.name == "เทศบาลเมืองน่าน"
    with translation.override("en"):
        assert place.name == "Nan Town"

    place.name_th = "เทศบาลเมืองก"
    place.save(update_fields=["name_th"])
    first = local_government(base_name_th="กก")

    place.refresh_from_db()
    assert list(LocalGovernment.objects.in_thai_order()) == [place, first]
    assert list(LocalGovernment.objects.search("เมืองก")) == [place, first]
    assert SmartCityArea(name_en="Tai Yong").name == "Tai Yong"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda a, b: local_government(active_from=date(2026, 1, 1), active_to=date(2026, 1, 1)),
        lambda a, b: LocalGovernment.objects.filter(pk=a.pk).update(kind="village"),
        lambda a, b: a.codes.create(scheme="dla", code="4550101"),
        lambda a, b: [place.codes.create(scheme="dla", code="04550101") for place in (a, b)],
        lambda a, b: Succession.objects.create(
            from_local_government=a, to_local_government=a, kind="upgraded", on=date(2026, 1, 1), gazette_ref="1"
        ),
        lambda a, b: Province.objects.create(code="7", name_th="ก", region="ก", policy_region="ก"),
        lambda a, b: SmartCityArea.objects.create(number=1, status="certified", province=a.province),
    ],
)
def test_the_database_refuses_what_cannot_be(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        wrong(local_government(), local_government())


def test_a_code_has_digits_only():
    with pytest.raises(ValidationError, match="code"):
        Province(code="5x", name_th="ก", region="ก", policy_region="ก").full_clean()
