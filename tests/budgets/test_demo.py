"""The demonstration: made once on real places, looked at from all sides, and taken away."""

import csv
import shutil
from collections import Counter
from io import StringIO

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection

from budgets.demo import cast, content
from budgets.demo.lines import Line, adapted, usable_lines
from budgets.demo.people import MAIN, SECOND
from budgets.demo.stories import FATES, Story
from budgets.models import (
    CarryOver,
    Ceiling,
    ExternalNumber,
    LedgerEntry,
    Proposal,
    ProposalItem,
    QuarterlyReport,
    Retargeting,
    Round,
    Transfer,
)
from budgets.money import totals
from budgets.states import ProposalState, ReportState, RoundState
from budgets.writing.completeness import missing, required_documents
from portal import access, clock
from portal.models import Event, LocalGovernment, User
from portal.models.files import StoredFile
from portal.registry import load_references
from portal.roles import AGENCY_ROLES, Outsider, Role
from portal.thai.dates import fiscal_year_of

pytestmark = pytest.mark.django_db

ROLES_OF_AN_OFFICE = ["local_officer", "local_clerk", "local_executive", "local_auditor", "provincial_officer"]
OUTSIDERS = {*Outsider.values, "provider_representative_2"}
PEOPLE = {
    *ROLES_OF_AN_OFFICE,
    *(f"{role}_2" for role in ROLES_OF_AN_OFFICE),
    *(f"depa_reviewer_{number}" for number in (1, 2, 3, 4)),
    *(f"{role}_{agency}" for role in AGENCY_ROLES for agency in ("depa", "dla")),
    *(set(Role.values) - {"depa_reviewer", "timer", *ROLES_OF_AN_OFFICE, *AGENCY_ROLES}),
    *(f"selection_member_{number}" for number in (2, 3)),
}


def test_the_demo_is_for_demo_mode_alone(monkeypatch):
    monkeypatch.setattr(settings, "DEMO", False)

    for command in ("seed_demo", "purge_demo"):
        with pytest.raises(CommandError, match="DEMO"):
            call_command(command)


def test_every_word_of_a_fate_is_a_step():
    words = {word for fate in FATES.values() for word in fate.split()}

    assert [word for word in words if not callable(getattr(Story, word, None))] == []


def row(**changes):
    fields = {
        "investment": "True", "fiscal_year_be": "2565", "lgo_code": "04110113", "amount_baht": "4800000",
        "ocr_flag": "",
        "item": "รถบรรทุกขยะ ขนาด 6 ตัน 6 ล้อ ปริมาตรกระบอกสูบไม่ต่ำกว่า 6,000 ซีซี ตำบลแพรกษา 2 คัน", "page": "607",
        "ref_doc": "2022.3.16(2)",
    }  # fmt: skip
    return {**fields, **changes}


def test_a_line_is_adapted_with_its_source():
    line = adapted(row())

    assert (line.theme, line.head, line.quantity, line.unit) == ("waste_energy", "รถบรรทุกขยะ ขนาด 6 ตัน 6 ล้อ", 2, "คัน")
    project = content.adapted(line)
    assert project.title_th == "รถบรรทุกขยะ ขนาด 6 ตัน 6 ล้อ 2 คัน พร้อมระบบติดตามเส้นทางและน้ำหนักขยะ (ดัดแปลง)"
    assert project.source.startswith("ดัดแปลงจากเอกสารงบประมาณ พ.ศ. 2565 เล่มที่ 16(2) หน้า 607")
    assert project.items[0].total_baht == 4_800_000


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"investment": "False"}, "grants and salaries, no investment"),
        ({"fiscal_year_be": "2566"}, "shares of other fiscal years"),
        ({"lgo_code": ""}, "no such local government"),
        ({"item": "ค่าก่อสร้างทางที่มีราคาต่อหน่วยต่ำกว่า 10 ล้านบาท รวม 2 รายการ"}, "several things in one sum"),
        ({"item": "ค่าจ้างควบคุมงานระบายน้ำ 1 รายการ"}, "fees of consultants"),
        ({"amount_baht": "499999"}, "amount too small or too large"),
        ({"item": "ก่อสร้างสนามเทนนิส 6 คอร์ท 1 แห่ง"}, "no smart-city theme fits"),
        ({"ocr_flag": "LEVEL NOT MATCH"}, "text not legible enough"),
        ({"item": "รถบรรทุกขยะส่d ขนาด 6 ตัน 1 คัน"}, "text not legible enough"),
    ],
)
def test_a_line_that_cannot_be_used_says_why(changes, reason):
    assert adapted(row(**changes)) == reason


def test_each_shipped_line_is_used_or_accounted_for():
    lines, reasons = usable_lines()

    assert len(lines) + reasons.total() == 4826
    assert len(lines) > 90 and all(isinstance(line, Line) for line in lines)


@pytest.mark.long
def test_demo(monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "DEMO", True)
    load_the_demo_s_places(tmp_path)
    load_references()
    here_before = counts()

    told = seeded()

    assert_people()
    assert_rounds()
    assert_proposals()
    assert_money()
    assert_time()
    assert_inboxes()
    assert "Budget lines of 2565: 102 of 4826 can become a proposal" in told
    assert "already here" in seeded()

    User.objects.get(username="local_officer").api_tokens.create(digest="x", prefix="scp_", expires_at=clock.now())
    call_command("purge_demo", stdout=StringIO())

    connection.check_constraints()
    assert counts() - here_before == Counter(STAYING)
    assert "no demo here" in call("purge_demo")
    assert User.objects.filter(username="local_officer").count() == 0


def load_the_demo_s_places(folder):
    """The real places; of the local governments only those among which the demo chooses, which is quicker."""
    named = {line.code for line in usable_lines()[0]} | {MAIN, SECOND, *(code for code, *_ in cast.NEIGHBOURS)}
    several = Counter()

    def is_wanted(row):
        province, kind = row["province_code"], row["type_code"]
        several[province, kind] += 1
        small = province in cast.ELSEWHERE and kind in {"TAMBON", "SAO"}
        return row["lgo_code"] in named or (small and several[province, kind] <= 5)

    for file in (settings.BASE_DIR / "data").glob("*.csv"):
        shutil.copy(file, folder)
    keep(folder / "local_governments.csv", is_wanted)
    keep(folder / "smart_cities.csv", lambda row: not row["lgo_code"])
    call_command("load_places", dir=folder, stdout=StringIO())


def keep(path, is_wanted):
    """Leave in a CSV file only the rows that are wanted."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        names, rows = reader.fieldnames, [row for row in reader if is_wanted(row)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)


STAYING = {"portal.User": 1, "portal.Membership": 1}  # the timer


def call(command):
    out = StringIO()
    call_command(command, stdout=out)
    return out.getvalue()


def seeded():
    return call("seed_demo")


def counts():
    """How many rows there are of each model, without the empty ones."""
    return Counter({m._meta.label: n for m in apps.get_models() if (n := m._base_manager.count())})


def assert_people():
    signing_in = {user.username for user in User.objects.all() if user.has_usable_password()}
    assert signing_in == PEOPLE | OUTSIDERS
    assert authenticate(None, username="local_officer", password="portal-demo").username == "local_officer"
    assert all(user.get_full_name() and user.title and user.phone for user in User.objects.filter(username__in=PEOPLE))
    names = Counter(user.get_full_name() for user in User.objects.all())
    assert names.most_common(1)[0][1] == 1
    office, other = (
        User.objects.get(username=f"local_officer{end}").memberships.get().local_government for end in ("", "_2")
    )
    assert (office.name_th, office.kind, other.kind) == (
        "เทศบาลเมืองกระบี่",
        "town_municipality",
        "subdistrict_municipality",
    )
    homes = set(
        User.objects.filter(username__startswith="depa_reviewer").values_list("memberships__province", flat=True)
    )
    assert len(homes) == 4 and None not in homes and not homes & {office.province_id, other.province_id}
    screener = User.objects.get(username="provincial_officer").memberships.get()
    assert screener.province == office.province


def assert_rounds():
    year = fiscal_year_of(clock.today())
    found = sorted(Round.objects.values_list("fiscal_year", "state"))
    assert found == sorted(
        [(year - 1, "finished"), (year, "enacted"), (year + 1, "announced"), (year + 1, "deliberating"),
         (year + 1, "open"), (year + 2, "planning")]
    )  # fmt: skip
    open_round = Round.objects.get(state=RoundState.OPEN)
    assert open_round.opens_at < clock.now() < open_round.closes_at
    first = open_round.themes.order_by("position").first()
    assert (first.min_baht, first.max_baht, first.required_kpis, first.documents.count()) == (
        100_000,
        50_000_000,
        [],
        0,
    )
    assert set(open_round.documents.filter(theme=None).values_list("when", flat=True)) == {"optional"}
    assert all("ตัวอย่าง" in theme.name_th and "sample" in theme.name_en for theme in open_round.themes.all())


def assert_proposals():
    states = Counter(Proposal.objects.values_list("state", flat=True))
    assert set(states) == set(ProposalState.values)
    assert 60 <= states.total() <= 100
    assert Proposal.objects.values("local_government__province").distinct().count() >= 30
    assert set(QuarterlyReport.objects.values_list("state", flat=True)) == set(ReportState.values)
    for proposal in Proposal.objects.exclude(rationale=""):
        adapted_one = content.ADAPTED in proposal.rationale
        assert adapted_one or content.INVENTED in proposal.rationale
        assert proposal.title_th.endswith("(ดัดแปลง)" if adapted_one else "(สมมติ)")
    assert Proposal.objects.filter(rationale__contains=content.ADAPTED).count() >= 45
    small = Proposal.objects.filter(local_government__kind__in=["subdistrict_municipality", "sao"])
    assert small.filter(rationale__contains=content.ADAPTED).count() == 0 < small.count()
    sent = Proposal.objects.whole().filter(first_submitted_at__isnull=False)
    assert [(p.number, missing(p)[:1]) for p in sent.exclude(state="returned") if missing(p)] == []
    needing = [p for p in sent if any(required for _document, required in required_documents(p))]
    assert len(needing) > 20
    assert all(file.file.open().read(5) in {b"%PDF-", b"\x89PNG\r"} for file in StoredFile.objects.all()[:20])


def assert_money():
    for ceiling in Ceiling.objects.all():
        assert 0 < ceiling.amount_baht >= ceiling.allocated_baht
    assert LedgerEntry.objects.filter(reverses__isnull=False).count() >= 1
    assert ProposalItem.objects.filter(proposal__isnull=False).count() > 100
    assert set(Transfer.objects.values_list("state", flat=True)) == {"approved", "proposed"}
    assert set(CarryOver.objects.values_list("state", flat=True)) == {"granted", "requested"}
    assert set(Retargeting.objects.values_list("state", flat=True)) == {"accepted", "waiting"}
    assert ExternalNumber.objects.count() > 20
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(totals.COLUMNS)} FROM budgets_roundtotal WHERE proposals <> 0")
        kept = sorted(cursor.fetchall())
        cursor.execute(totals.RAW_SUMS)
        assert kept == sorted(cursor.fetchall())


def assert_time():
    """Everything happened in order, and nothing happens tomorrow."""
    told = Event.objects.exclude(verb="demo.seed")
    moments = list(told.filter(object_type__startswith="budgets.").order_by("pk").values_list("at", flat=True))
    assert moments == sorted(moments) and not told.filter(at__gt=clock.now()).exists()
    history = Proposal.history.order_by("history_date").values_list("history_date", flat=True)
    assert (history.last() - history.first()).days > 365


def assert_inboxes():
    from portal.registry import inbox

    waiting = [*ROLES_OF_AN_OFFICE[:3], "provincial_officer", "dla_officer", "committee_secretary", "committee_chair"]
    waiting += ["committee_member", "programme_manager", *(f"depa_reviewer_{number}" for number in (1, 2, 3, 4))]
    idle = [name for name in waiting if not list(inbox(User.objects.get(username=name)))]
    assert idle == []
    officer = User.objects.get(username="local_officer")
    assert access.memberships(officer)[0].local_government == LocalGovernment.objects.get(name_th="เทศบาลเมืองกระบี่")
