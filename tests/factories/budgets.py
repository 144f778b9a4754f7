"""Rounds and proposals for the tests, made by the real steps wherever a step makes them."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from budgets.judging import reviewing
from budgets.lifecycle import PROPOSAL, REPORT, REVIEW, ROUND
from budgets.models import (
    Criterion,
    ExpenseCategory,
    FocusTheme,
    FundingLine,
    Kpi,
    KpiActual,
    ProposalItem,
    QuarterlyReport,
    ReviewerProfile,
    Round,
    Rubric,
)
from budgets.states import RoundState, Section
from budgets.writing.drafting import editing, start
from portal import clock
from portal.models import Province
from portal.roles import Role
from tests.factories.people import person
from tests.factories.places import local_government, province
from tests.factories.remembered import remembered

NUMBERS = count(1)
ANCHORS = [{"score": 0, "text_th": "ไม่มี", "text_en": "None"}, {"score": 50, "text_th": "ครบ", "text_en": "Full"}]


def category(code="investment.equipment"):
    return ExpenseCategory.objects.get_or_create(code=code, defaults={"name_th": "ค่าครุภัณฑ์"})[0]


@remembered
def planned_round(**kwargs):
    """A round in planning that lacks nothing: one theme, a rubric of two criteria at 50, closing in thirty days."""
    now = clock.now()
    defaults = {
        "fiscal_year": 2571,
        "name_th": f"รอบทดสอบ {next(NUMBERS)}",
        "name_en": "Test round",
        "opens_at": now - timedelta(days=1),
        "closes_at": now + timedelta(days=30),
        "ceiling_baht": Decimal("100000000.00"),
        "kinds": ["city_municipality", "town_municipality", "subdistrict_municipality", "sao", "pao"],
        "channels": ["integrated_plan", "dla_specific_grant"],
        "plan_window": "2571-2575",
    }
    round = Round.objects.create(**{**defaults, **kwargs})
    round.categories.add(category())
    theme(round)
    rubric = Rubric.objects.create(round=round)
    for position in (1, 2):
        Criterion.objects.create(
            rubric=rubric, position=position, name_th=f"เกณฑ์ {position}", max_score=50, anchors=ANCHORS
        )
    return round


@remembered
def theme(round, **kwargs):
    defaults = {
        "code": f"theme-{next(NUMBERS)}",
        "name_th": "เมืองปลอดภัย",
        "name_en": "Safe city",
        "dimensions": ["living"],
        "min_baht": Decimal("1000.00"),
        "max_baht": Decimal("50000000.00"),
    }
    return FocusTheme.objects.create(round=round, **{**defaults, **kwargs})


@remembered
class Office:
    """A local government with its three people and its province's officer."""

    def __init__(self, place=None):
        self.place = place or local_government()
        self.officer = person(Role.LOCAL_OFFICER, at=self.place)
        self.clerk = person(Role.LOCAL_CLERK, at=self.place)
        self.executive = person(Role.LOCAL_EXECUTIVE, at=self.place)
        self.province = person(Role.PROVINCIAL_OFFICER, at=self.place.province)


@remembered
class Agencies:
    """The national people of a round."""

    def __init__(self):
        self.manager = person(Role.PROGRAMME_MANAGER)
        self.dla = person(Role.DLA_OFFICER)
        self.secretary = person(Role.COMMITTEE_SECRETARY)
        self.chair = person(Role.COMMITTEE_CHAIR)
        self.reviewers = [person(Role.DEPA_REVIEWER) for _ in range(3)]


def fill(proposal, *, by, amount=Decimal("250000.00"), quantity=4):
    """Write everything that a complete proposal needs; the amount asked is `quantity` × `amount`."""
    round = proposal.round
    with editing(proposal, *Section, by=by) as draft:
        draft.theme = round.themes.order_by("position", "pk").first()
        draft.title_th, draft.title_en = "ระบบแจ้งเตือนน้ำท่วม", "Flood warning system"
        draft.primary_dimension, draft.dimensions = "living", ["living", "environment"]
        draft.beneficiaries_count, draft.priority = 12000, 1
        draft.rationale = "น้ำท่วมซ้ำทุกปี มีผู้เดือดร้อน 3,200 ครัวเรือน"
        draft.objectives = ["ลดเวลาแจ้งเตือน"]
        draft.targets = [{"description": "สถานีวัดระดับน้ำ", "quantity": "4", "unit": "สถานี"}]
        draft.plan_window, draft.plan_edition = round.plan_window, "first"
        draft.plan_page, draft.plan_item_no, draft.plan_expected_on = "12", "3", date(2027, 9, 1)
        draft.om_cost_yearly_baht, draft.om_source = Decimal("50000.00"), "เทศบัญญัติ"
        draft.personal_data_processed = False
        draft.overlap_note = "คนละจุดติดตั้ง"
        ProposalItem.objects.create(
            proposal=draft, category=category(), description="สถานีวัดระดับน้ำ", quantity=quantity, unit="สถานี",
            unit_price_baht=amount, price_basis="bb_standard", price_reference="ธ.ค. 2568 หน้า 12",
            fiscal_year=round.fiscal_year, quarter=2,
        )  # fmt: skip
        FundingLine.objects.create(
            proposal=draft, channel="integrated_plan", fiscal_year=round.fiscal_year, amount_baht=amount * quantity
        )
        Kpi.objects.create(
            proposal=draft, name_th="เวลาแจ้งเตือน", unit="นาที", baseline=60, baseline_on=date(2026, 6, 1), target=15,
            direction="down",
        )  # fmt: skip
    proposal.refresh_from_db()
    return proposal


def confirmed(round, *reviewers):
    """The profiles of `reviewers` for the round: at home where no office of the tests lies, no employers."""
    home = Province.objects.filter(code="09").first() or province(code="09", name_th="จังหวัดของผู้ตรวจ")
    rows = [ReviewerProfile(round=round, reviewer=person, home_province=home) for person in reviewers]
    return ReviewerProfile.objects.bulk_create(rows, ignore_conflicts=True)


@remembered
class Story:
    """A proposal led through its life by the people who may: `Story().to("in_review")`."""

    PATH = [
        "draft", "pending_endorsement", "verified", "submitted", "in_screening", "in_review", "assigned", "scored",
        "recommended", "in_request", "proposed", "allocated", "executing",
    ]  # fmt: skip

    def __init__(self, round=None, office=None, agencies=None, amount=Decimal("250000.00")):
        self.agencies = agencies or Agencies()
        self.round = round or planned_round()
        self.office = office or Office()
        if self.round.state == RoundState.PLANNING:
            self.round = ROUND.take(self.round, "open", by=self.agencies.manager)
        confirmed(self.round, *self.agencies.reviewers)
        self.proposal = fill(
            start(round=self.round, local_government=self.office.place, by=self.office.officer),
            by=self.office.officer,
            amount=amount,
        )

    @remembered
    def take(self, name, by, **details):
        self.proposal = PROPOSAL.take(self.proposal, name, by=by, **details)
        return self

    @remembered
    def move_round(self, name, by=None, **details):
        self.round = ROUND.take(Round.objects.get(pk=self.round.pk), name, by=by or self.agencies.manager, **details)
        self.proposal.refresh_from_db()
        return self

    @remembered
    def to(self, goal):
        """Go on from `draft` to `goal`, one of `PATH`."""
        for name in self.PATH[1 : self.PATH.index(goal) + 1]:
            self._reach(name)
        return self

    @remembered
    def _reach(self, name):
        getattr(self, f"_{name}")()

    def _pending_endorsement(self):
        self.take("request_endorsement", self.office.officer)

    def _verified(self):
        self.take("verify", self.office.clerk)

    def _submitted(self):
        self.take("submit", self.office.executive)

    def _in_screening(self):
        self.take("start_screening", self.office.province)

    def _in_review(self):
        self.take("pass_screening", self.office.province)

    def _assigned(self):
        for reviewer in self.agencies.reviewers[:2]:
            reviewing.assign(self.proposal, reviewer, by=self.agencies.secretary)

    def _scored(self):
        for reviewer in self.agencies.reviewers[:2]:
            self.review(reviewer)
        self.take("conclude_review", self.agencies.secretary)

    @remembered
    def review(self, reviewer, score=40):
        review = reviewing.review_of(self.proposal, by=reviewer)
        scores = {criterion.pk: (Decimal(score), "") for criterion in review.rubric.criteria.all()}
        REVIEW.take(reviewing.save_scores(review, scores, by=reviewer), "send", by=reviewer)

    def _recommended(self):
        with clock.at(self.round.closes_at):
            self.move_round("close")
            self.move_round("deliberate")
        self.take(
            "recommend", self.agencies.secretary, amount_baht=self.proposal.requested_baht, resolution_no="1/2570",
            resolution_on=clock.today(),
        )  # fmt: skip

    def _in_request(self):
        self.move_round("announce")
        self.take("include_in_request", self.agencies.dla)

    def _proposed(self):
        self.move_round("send_request", by=self.agencies.dla)
        self.enact()
        self.take(
            "propose_allocation", self.agencies.secretary, amount_baht=self.proposal.requested_baht, reference="ว 12"
        )

    @remembered
    def enact(self, baht=None, themes=None, **kwargs):
        details = {"act_reference": "พ.ร.บ. 2571", "enacted_baht": baht, "themes": themes or {}, "routes": {}}
        self.move_round("enact", **details, **kwargs)

    def _allocated(self):
        self.take("allocate", self.agencies.chair, amount_baht=self.proposal.proposed_baht)

    def _executing(self):
        self.take("confirm_plan", self.office.executive)

    @remembered
    def report(self, quarter=1, value=20):
        """A draft report of a quarter, complete."""
        report = QuarterlyReport.objects.create(
            proposal=self.proposal, fiscal_year=self.round.fiscal_year, quarter=quarter, due_on=date(2028, 1, 15),
            physical_pct=Decimal("25.00"),
        )  # fmt: skip
        report.preparers.add(self.office.officer)
        for kpi in self.proposal.kpis.all():
            KpiActual.objects.create(report=report, kpi=kpi, value=value)
        return report

    @remembered
    def accepted_report(self, **kwargs):
        report = REPORT.take(self.report(**kwargs), "submit", by=self.office.executive)
        return REPORT.take(report, "accept", by=self.office.province)
