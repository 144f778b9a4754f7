"""A budget that grows: a few of everything, or many, written straight into the tables."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from budgets import models as m
from budgets.lifecycle import ROUND
from budgets.states import AssignmentState, Entry, ReviewState, RoundState
from budgets.states import ProposalState as S
from budgets.writing import canonical
from portal import clock
from portal.models import StoredFile
from portal.roles import Role
from tests.factories.budgets import Agencies, Office, category, confirmed, planned_round, theme
from tests.factories.people import person
from tests.factories.places import local_government

ASKED = Decimal("100000.00")
OPEN_STATES = [S.DRAFT, S.PENDING_ENDORSEMENT, S.SUBMITTED, S.IN_SCREENING, S.RETURNED, S.IN_REVIEW, S.SCORED]
ENACTED_STATES = [S.RECOMMENDED, S.IN_REQUEST, S.NOT_ALLOCATED, S.ALLOCATED, S.EXECUTING]
WITH_SCORE = {S.SCORED, *ENACTED_STATES}
WITH_MONEY = {S.ALLOCATED, S.EXECUTING}
WITH_ROWS = [("open", S.DRAFT), ("open", S.IN_SCREENING), ("open", S.IN_REVIEW), ("enacted", S.EXECUTING)]


class World:
    """Two rounds, an office, the agencies. `heads` are the cases, one of each state, whose own rows grow too."""

    def __init__(self):
        self.office, self.agencies = Office(), Agencies()
        self.leaving = person(Role.DEPA_REVIEWER)
        self.auditor = person(Role.AUDITOR)
        now = clock.now()
        self.planned = planned_round(name_th="รอบที่วางแผน")
        self.open = ROUND.take(planned_round(fiscal_year=2570), "open", by=self.agencies.manager)
        confirmed(self.open, *self.agencies.reviewers)
        self.deliberating = planned_round(fiscal_year=2569, state=RoundState.DELIBERATING)
        self.announced = planned_round(fiscal_year=2568, state=RoundState.ANNOUNCED, announced_at=now)
        self.enacted = planned_round(fiscal_year=2567, state=RoundState.ENACTED, announced_at=now)
        m.Ceiling.objects.create(round=self.enacted, key="", amount_baht=ASKED * 1000)
        self.meeting = m.Meeting.objects.create(
            round=self.deliberating, number="1", on=clock.today(), recorded_by=self.agencies.secretary
        )
        self.size, self.heads, self.numbers = 0, {}, count(1)

    def place_of(self, index):
        return self.office.place if index == 0 else local_government(province=self.office.place.province)

    def grow(self, size):
        """Until there are `size` of everything that a list may show."""
        new = range(self.size, size)
        self.size = size
        places = [self.place_of(index) for index in new]
        for index in new:
            planned_round(fiscal_year=2572)
            theme(self.planned)
            theme(self.open)
            category(f"category.{index}")
            m.PriceEdition.objects.create(
                standard="bb_standard", name_th=f"ฉบับ {index}", issued_on=date(2020, 1, 1) + timedelta(index)
            )
            m.DocumentRequirement.objects.create(
                round=self.open, kind=f"kind-{index}", name_th="เอกสาร", when="optional"
            )
            m.DocumentRequirement.objects.create(round=self.planned, kind=f"kind-{index}", name_th="เอกสาร")
            self.agencies.reviewers.append(person(Role.DEPA_REVIEWER))
            confirmed(self.open, self.agencies.reviewers[-1])
        for states, round in (
            (OPEN_STATES, self.open),
            ([S.SCORED], self.deliberating),
            ([S.RECOMMENDED, S.NOT_RECOMMENDED], self.announced),
            (ENACTED_STATES, self.enacted),
        ):
            for state in states:
                self.cases(round, state, places)
        for place in places:
            m.Contact.objects.create(
                local_government=self.office.place, round=self.open, kind="call", by=self.office.province
            )
            m.Extension.objects.create(
                round=self.open, local_government=place, until=clock.now() + timedelta(days=9), authority="อธิบดี",
                letter_no="มท 1", reason="น้ำท่วม", granted_by=self.agencies.dla,
            )  # fmt: skip
        self.meetings(new)
        self.questions(new)
        for head in WITH_ROWS:
            self.rows_of(self.heads[getattr(self, head[0]), head[1]], new)
        self.reviews_of(self.heads[self.open, S.IN_REVIEW], new)
        self.money_of(self.heads[self.enacted, S.EXECUTING], new)
        return self

    def meetings(self, new):
        """Meetings; and at the first, people present, cases decided, and people who left the room."""
        for index in new:
            by, round = self.agencies.secretary, self.deliberating
            m.Meeting.objects.create(round=round, number=f"2.{index}", on=clock.today(), recorded_by=by)
            case = m.Proposal.objects.in_round(round).order_by("-pk")[index]
            case.meeting = self.meeting
            case.save()
            m.Absence.objects.create(meeting=self.meeting, proposal=case, person=f"คนที่ {index}")
            self.meeting.present.append(self.agencies.reviewers[index].username)
        self.meeting.save()

    def questions(self, new):
        """Questions about a round and about a case under review, each by somebody else."""
        case = self.heads[self.open, S.IN_REVIEW]
        cases = m.Proposal.objects.in_round(self.open).filter(state=S.IN_REVIEW).order_by("pk")
        for index in new:
            m.Assignment.objects.create(
                proposal=cases[index], reviewer=self.leaving, assigned_by=self.agencies.secretary
            )
            m.Question.objects.create(round=self.open, text=f"ถาม {index}", asked_by=self.office.officer)
            m.Clarification.objects.create(
                proposal=case, text=f"ถาม {index}", asked_by=self.agencies.reviewers[index], due_on=date(2099, 1, 1)
            )

    def cases(self, round, state, places):
        """A case of `round` in `state` for each of `places`; those under review have their reviewers."""
        made = m.Proposal.objects.bulk_create(
            m.Proposal(
                round=round, theme=round.themes.order_by("pk").first(), theme_edition=1, local_government=place,
                state=state, title_th="โครงการ", created_by=self.office.officer, requested_baht=ASKED,
                total_cost_baht=ASKED, dimensions=["living"], **self.about(round, state),
            )
            for place in places
        )  # fmt: skip
        self.heads.setdefault((round, state), made[0])
        if state in {S.IN_REVIEW, S.SCORED}:
            for case in made:
                for reviewer in self.agencies.reviewers[:2]:
                    m.Assignment.objects.create(proposal=case, reviewer=reviewer, assigned_by=self.agencies.secretary)
                    self.review(case, reviewer)

    def about(self, round, state):
        """What a case in `state` has that one in another has not."""
        about, now = {}, clock.now()
        if state not in {S.DRAFT, S.PENDING_ENDORSEMENT}:
            number = f"P{round.fiscal_year}-99-{next(self.numbers):05d}"
            about |= {"number": number, "first_submitted_at": now, "submitted_at": now, "route": "via_dla"}
        if state in WITH_SCORE:
            about |= {"mean_score": Decimal(80), "score_spread": Decimal(1)}
        if state in ENACTED_STATES:
            about["recommended_baht"] = ASKED
        if state in WITH_MONEY:
            about["allocated_baht"] = ASKED
        if state == S.IN_REQUEST:
            about |= {"proposed_baht": ASKED, "proposed_by": self.agencies.secretary}
        if state == S.IN_SCREENING:
            about |= {"screener": self.office.province, "proposed_reason": "ซ้ำซ้อน"}
        if state == S.RETURNED:
            about |= {"return_due_on": clock.today() + timedelta(days=5), "open_sections": ["items", "funding"]}
        return about

    def review(self, case, reviewer):
        rubric = case.round.rubric()
        sent = dict(state=ReviewState.SENT, total=Decimal(80), sent_at=clock.now())
        review = m.Review.objects.create(proposal=case, reviewer=reviewer, rubric=rubric, **sent)
        for criterion in rubric.criteria.all():
            m.Score.objects.create(review=review, criterion=criterion, score=40)

    def rows_of(self, case, new):
        by, year = self.office.officer, case.round.fiscal_year
        for index in new:
            item = m.ProposalItem.objects.create(
                proposal=case, position=index, category=category(), description=f"รายการ {index}", quantity=1,
                unit="ชุด", unit_price_baht=ASKED, price_basis="off_list", fiscal_year=year, quarter=1,
            )  # fmt: skip
            first = case.items.first()
            for of in {item, first}:
                m.Quotation.objects.create(
                    item=of,
                    seller_name=f"ผู้ขาย {index}",
                    amount_baht=ASKED,
                    quoted_on=date(2026, 1, 1),
                    file=self.file(),
                )
            m.FundingLine.objects.create(
                proposal=case, position=index, channel="integrated_plan", fiscal_year=year, amount_baht=ASKED
            )
            m.Kpi.objects.create(
                proposal=case,
                position=index,
                name_th=f"ตัวชี้วัด {index}",
                unit="นาที",
                baseline=9,
                target=1,
                direction="down",
            )
            m.ProposalAttachment.objects.create(proposal=case, kind=f"kind-{index}", file=self.file(), uploaded_by=by)
            if case.number:
                case.version += 1
                case.save()
                executive, now = self.office.executive, clock.now()
                signature = canonical.signature_by(executive, None, at=now)
                canonical.freeze(case, signer=executive, signature=signature, at=now)
                m.SectionReturn.objects.create(
                    proposal=case, stage=S.IN_SCREENING, sections=[{"section": "items", "reason": "แก้"}],
                    due_on=date(2027, 1, 1), returned_by=self.office.province, from_version=case.version,
                )  # fmt: skip

    def reviews_of(self, case, new):
        for _index in new:
            reviewer = person(Role.DEPA_REVIEWER)
            m.Assignment.objects.create(
                proposal=case, reviewer=reviewer, assigned_by=self.agencies.secretary, state=AssignmentState.DECLINED
            )
            self.review(case, reviewer)

    def money_of(self, case, new):
        by = self.office.officer
        for index in new:
            contract = None
            for kind in (Entry.COMMITMENT, Entry.DISBURSEMENT):
                entry = m.LedgerEntry.objects.create(
                    proposal=case, kind=kind, amount_baht=100, on=date(2028, 1, 1), recorded_by=by, file=self.file(),
                    commitment=contract,
                )  # fmt: skip
                entry.items.set(case.items.all()[:2])
                contract = entry
            letter = {"authority": "สงป.", "letter_no": "1", "letter_on": date(2026, 1, 1), "reason": "ส่งมอบล่าช้า"}
            about = {"amount_baht": 100, "asked_by": by, **letter}
            m.CarryOver.objects.create(proposal=case, state="granted", until=date(2028, 3, 31), **about)
            m.ItemChange.objects.create(proposal=case, state="accepted", before=[], after=[], **about)
            for ends in ({"source": case}, {"target": case}):
                other = self.heads[case.round, S.ALLOCATED]
                m.Transfer.objects.create(round=case.round, **{"source": other, "target": other, **ends, **about})
            year, quarter = divmod(index, 4)
            report = m.QuarterlyReport.objects.create(
                proposal=case, fiscal_year=case.round.fiscal_year + year, quarter=quarter + 1, due_on=date(2028, 1, 15),
                physical_pct=25, state="submitted", submitted_by=self.office.executive, submitted_at=clock.now(),
            )  # fmt: skip
            first = case.reports.order_by("pk").first()
            for kpi in case.kpis.all()[:2]:
                m.KpiActual.objects.get_or_create(report=report, kpi=kpi, defaults={"value": 5})
            for of in {report, first}:
                m.ReportPhoto.objects.create(report=of, file=self.file(), uploaded_by=by)

    def file(self):
        """A file that is on record; nobody opens it."""
        return StoredFile.objects.create(
            sha256="0" * 64, size=9, name="ใบเสนอราคา.pdf", content_type="application/pdf", file="files/00/0"
        )
