"""Fills a migrated PostgreSQL database that knows the places with proposals.

The same count always gives the same proposals. Their money agrees with the ledger and the ceilings.
"""

import json
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from itertools import islice
from random import Random

from django.core.management.color import no_style
from django.db import connection
from django.db.models import Count, Sum
from django.test import Client

from budgets import models as m
from budgets.states import Entry, RoundState
from budgets.states import ProposalState as S
from portal import clock
from portal.models import ApiToken, LocalGovernment, Membership, Province, User
from portal.roles import Role

READERS = 40  # each person may ask 3,000 times a minute
FINISHED = {S.COMPLETED: 60, S.TERMINATED: 5, S.NOT_ALLOCATED: 20, S.NOT_RECOMMENDED: 12, S.WITHDRAWN: 3}
ENACTED = {S.EXECUTING: 35, S.ALLOCATED: 10, S.COMPLETED: 5, S.IN_REQUEST: 10, S.NOT_ALLOCATED: 22,
           S.NOT_RECOMMENDED: 13, S.SCREENED_OUT: 5}  # fmt: skip
OPEN = {S.SUBMITTED: 40, S.IN_SCREENING: 12, S.RETURNED: 5, S.IN_REVIEW: 20, S.SCORED: 4, S.SCREENED_OUT: 4,
        S.DRAFT: 8, S.PENDING_ENDORSEMENT: 4, S.WITHDRAWN: 3}  # fmt: skip
ROUNDS = [
    (2569, RoundState.FINISHED, 20, FINISHED),
    (2570, RoundState.ENACTED, 30, ENACTED),
    (2571, RoundState.OPEN, 50, OPEN),
]
THEMES = [
    ("เมืองปลอดภัย", "Safe city", ["living"], 40),
    ("การจัดการน้ำและสิ่งแวดล้อม", "Water and environment", ["environment"], 30),
    ("บริการดิจิทัลของท้องถิ่น", "Digital local services", ["governance"], 20),
    ("พลังงานและการเดินทาง", "Energy and mobility", ["energy", "mobility"], 10),
]
WORKS = ["ระบบแจ้งเตือนน้ำท่วม", "กล้องโทรทัศน์วงจรปิด", "ศูนย์ข้อมูลเมือง", "ไฟส่องสว่างอัจฉริยะ", "ระบบคำร้องออนไลน์",
         "สถานีวัดคุณภาพอากาศ", "ระบบจัดการขยะ", "ป้ายจราจรอัจฉริยะ"]  # fmt: skip
RATIONALE = "พื้นที่ประสบปัญหาซ้ำทุกปี ประชาชนได้รับความเดือดร้อน และข้อมูลที่มีอยู่ยังไม่เชื่อมโยงกัน " * 8
NEVER_SUBMITTED = {S.DRAFT, S.PENDING_ENDORSEMENT}
HAS_MEAN = {
    S.SCORED,
    S.NOT_RECOMMENDED,
    S.IN_REQUEST,
    S.NOT_ALLOCATED,
    S.ALLOCATED,
    S.EXECUTING,
    S.COMPLETED,
    S.TERMINATED,
}
IS_RECOMMENDED = HAS_MEAN - {S.SCORED, S.NOT_RECOMMENDED}
HAS_MONEY = {S.ALLOCATED, S.EXECUTING, S.COMPLETED, S.TERMINATED}
IS_SPENT = {S.COMPLETED, S.TERMINATED}


def copy(model, rows):
    """COPY `rows` (dicts of column to value) into `model`'s table; a column left out gets the field's default."""
    fields = model._meta.concrete_fields
    blank = model(pk=0)
    base = {field.attname: _text(field, getattr(blank, field.attname)) for field in fields}
    by_name = {field.attname: field for field in fields}
    columns = ", ".join(f'"{field.column}"' for field in fields)
    lines = (
        "\t".join((base | {name: _text(by_name[name], value) for name, value in row.items()}).values()) + "\n"
        for row in rows
    )
    with connection.cursor() as cursor:
        while batch := "".join(islice(lines, 5000)):
            cursor.cursor.copy_expert(f"COPY {model._meta.db_table} ({columns}) FROM STDIN", StringIO(batch))


def _text(field, value):
    """`value` as COPY's text format writes it."""
    match value:
        case None:
            return r"\N"
        case int():
            return str(value)
        case Decimal():
            return str(field.get_db_prep_save(value, connection))
        case list() | dict():
            value = json.dumps(value, ensure_ascii=False)
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def rounds():
    """The three rounds, each with its themes, opened for every kind."""
    now = clock.now()
    kinds = list(LocalGovernment.objects.values_list("kind", flat=True).distinct())
    for year, state, share, states in ROUNDS:
        round = m.Round.objects.create(
            fiscal_year=year, name_th=f"รอบปีงบประมาณ {year}", name_en=f"Round {year}", state=state, kinds=kinds,
            channels=["integrated_plan"], plan_window="2571-2575", opens_at=now - timedelta(days=30),
            closes_at=now + timedelta(days=30), ceiling_baht=Decimal("90000000000"),
        )  # fmt: skip
        themes = [
            m.FocusTheme.objects.create(
                round=round, code=f"t{n}", position=n, name_th=th, name_en=en, dimensions=dimensions
            )
            for n, (th, en, dimensions, _weight) in enumerate(THEMES)
        ]
        yield round, themes, share, states


def proposals(count, *, by, chance, places):
    """`count` proposals as rows for `copy`."""
    years = list(rounds())
    numbers = {}
    for pk in range(1, count + 1):
        [(round, themes, _share, states)] = chance.choices(years, [share for *_, share, _states in years])
        [state] = chance.choices(list(states), list(states.values()))
        [theme] = chance.choices(themes, [weight for *_, weight in THEMES])
        place, province = chance.choice(places)
        yield {
            "id": pk, "round_id": round.pk, "theme_id": theme.pk, "theme_edition": 1, "local_government_id": place,
            "state": state, "version": chance.randint(3, 9), "created_by_id": by.pk,
            "title_th": f"{chance.choice(WORKS)} ระยะที่ {chance.randint(1, 4)}", "rationale": RATIONALE,
            "primary_dimension": theme.dimensions[0], "dimensions": theme.dimensions,
            "beneficiaries_count": chance.randint(200, 90_000), "priority": chance.randint(1, 5),
            **_submission(state, round, province, numbers, chance), **_money(state, chance),
        }  # fmt: skip


def _submission(state, round, province, numbers, chance):
    if state in NEVER_SUBMITTED:
        return {}
    key = (round.fiscal_year, province)
    numbers[key] = numbers.get(key, 0) + 1
    at = round.opens_at + timedelta(minutes=chance.randint(1, 40_000))
    number = f"P{round.fiscal_year}-{province}-{numbers[key]:05d}"
    return {"number": number, "first_submitted_at": at, "submitted_at": at, "state_since": at, "route": "via_dla"}


def _money(state, chance):
    asked = Decimal(chance.randint(100, 4_000) * 1000)
    money = {"total_cost_baht": asked, "requested_baht": asked}
    if state in HAS_MEAN:
        money["mean_score"] = Decimal(chance.randint(4000, 9800)) / 100
    if state in IS_RECOMMENDED:
        money["recommended_baht"] = asked
    if state in HAS_MONEY:
        money["allocated_baht"] = given = asked * chance.randint(50, 100) // 100
        money["committed_baht"] = given if state in IS_SPENT else given * chance.randint(0, 9) // 10
        money["disbursed_baht"] = money["committed_baht"] * (9 if state in IS_SPENT else chance.randint(0, 9)) // 10
        money["returned_baht"] = given - money["disbursed_baht"] if state in IS_SPENT else Decimal(0)
    return money


def under(rows, category):
    """The items and the funding line of each row: (items, funding)."""
    items, funding = [], []
    for row in rows:
        half = row["requested_baht"] / 2
        shared = {"proposal_id": row["id"], "fiscal_year": 2571}
        for n in (1, 2):
            items.append(shared | {
                "id": 2 * row["id"] + n, "description": WORKS[n], "quantity": 1, "unit": "ระบบ", "quarter": n,
                "unit_price_baht": half, "price_basis": "bb_standard", "category_id": category.pk,
            })  # fmt: skip
        funding.append(shared | {"id": row["id"], "channel": "integrated_plan", "amount_baht": row["requested_baht"]})
    return items, funding


ENTRIES = [
    (Entry.ALLOCATION, "allocated_baht"),
    (Entry.COMMITMENT, "committed_baht"),
    (Entry.DISBURSEMENT, "disbursed_baht"),
    (Entry.RETURN, "returned_baht"),
]


def ledger(rows, by):
    """The entries that come to the six amounts of `rows`."""
    pk = 0
    for row in rows:
        for kind, column in ENTRIES:
            if row.get(column):
                pk += 1
                yield {
                    "id": pk,
                    "proposal_id": row["id"],
                    "kind": kind,
                    "amount_baht": row[column],
                    "on": date(2026, 10, 1),
                    "recorded_by_id": by.pk,
                }


def ceilings():
    """A ceiling for each round and theme with money, and what is allocated under it."""
    given = m.Proposal.objects.exclude(allocated_baht=None).order_by()
    for row in given.values("round").annotate(sum=Sum("allocated_baht")):
        m.Ceiling.objects.create(round_id=row["round"], key="", amount_baht="90000000000", allocated_baht=row["sum"])
    for row in given.values("round", "theme").annotate(sum=Sum("allocated_baht")):
        m.Ceiling.objects.create(
            round_id=row["round"], key=f"theme:{row['theme']}", theme_id=row["theme"], amount_baht="90000000000",
            allocated_baht=row["sum"],
        )  # fmt: skip


def person(name, role, **place):
    user = User.objects.create(username=name, first_name=name, password="!")
    Membership.objects.create(user=user, role=role, **place)
    return user


def token(user, *, can_write=False):
    return ApiToken.make(user=user, name="bench", can_write=can_write)[1]


def session(user):
    """The cookie of a signed-in browser."""
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def fill(count):
    """Make `count` proposals and people to ask for them; prints as JSON what the benchmark needs to know."""
    chance = Random(count)
    officer = person(
        "bench_officer", Role.LOCAL_OFFICER, local_government=LocalGovernment.objects.order_by("pk").first()
    )
    readers = [person(f"bench_reader_{n}", Role.DLA_OFFICER) for n in range(READERS)]
    screeners = {
        p.pk: person(f"bench_screener_{p.code}", Role.PROVINCIAL_OFFICER, province=p) for p in Province.objects.all()
    }
    places = list(LocalGovernment.objects.order_by("pk").values_list("pk", "province__code"))
    rows = list(proposals(count, by=officer, chance=chance, places=places))
    copy(m.Proposal, rows)
    category = m.ExpenseCategory.objects.get_or_create(code="investment.equipment", defaults={"name_th": "ค่าครุภัณฑ์"})[0]
    items, funding = under(rows, category)
    copy(m.ProposalItem, items)
    copy(m.FundingLine, funding)
    copy(m.LedgerEntry, ledger(rows, officer))
    ceilings()
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(
            no_style(), [m.Proposal, m.ProposalItem, m.FundingLine, m.LedgerEntry]
        ):
            cursor.execute(statement)
        cursor.execute("VACUUM ANALYZE")
    writers = {pk: token(user, can_write=True) for pk, user in screeners.items()}
    submitted = m.Proposal.objects.filter(state=S.SUBMITTED).order_by("pk")
    steps = list(submitted.values_list("pk", "local_government__province")[:2000])
    chance.shuffle(steps)
    print(json.dumps({
        "round": m.Round.objects.get(fiscal_year=2571).pk,
        "tokens": [token(user) for user in readers],
        "sessions": [session(user) for user in readers[:4]],
        "provinces": largest(5),
        "steps": [(pk, writers[province]) for pk, province in steps],
    }))  # fmt: skip


def largest(number):
    """The codes of the provinces with most local governments."""
    return list(
        Province.objects.annotate(size=Count("local_governments"))
        .order_by("-size", "code")
        .values_list("code", flat=True)[:number]
    )
