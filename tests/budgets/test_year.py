"""A year of random life: steps, deadlines, people who leave, upgrades and extensions, in whatever order.

Whatever comes, the sums stay true, the twins of permission agree, and every case can be led to its end.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from budgets import tasks
from budgets.deciding.extending import extend
from budgets.judging import reviewing
from budgets.lifecycle import PROPOSAL, REVIEW, ROUND
from budgets.models import Proposal, Round
from budgets.money import ledger
from budgets.states import ENDS, Entry, ProposalState, RoundState
from portal import clock
from portal.errors import Refused
from portal.models import LocalGovernment, Membership, User
from portal.register import changes
from portal.roles import LOCAL_ROLES, Role
from tests.chaos.invariants import broken
from tests.factories.budgets import Agencies, Office, Story, planned_round
from tests.factories.people import person

CASES = 4
NUMBER = st.integers(0, 997)
HALF = Decimal("500000.00")
REASON = {"reason": "เหตุผล"}
TIMERS = (tasks.close_rounds, tasks.conclude_reviews, tasks.remind_offices, tasks.hand_signatures_on, tasks.lapse_cases)
WAY_OUT = {
    ProposalState.RECOMMENDED: ("leave_out", "dla"),
    ProposalState.IN_REQUEST: ("not_allocate", "chair"),
    ProposalState.ALLOCATED: ("not_allocate", "chair"),
    ProposalState.EXECUTING: ("terminate", "province"),
}
REFUSALS = (Refused, PermissionDenied, ValidationError)


class Year(RuleBasedStateMachine):
    """Four cases of one round, two of them of one office, from their drafts on; the clock is the machine's own."""

    def __init__(self):
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.agencies, round, first = Agencies(), planned_round(), Office()
        offices = [first, first, Office(), Office()]
        stories = [Story(round=round, agencies=self.agencies, office=office) for office in offices[:1]]
        stories += [Story(round=stories[0].round, agencies=self.agencies, office=office) for office in offices[1:]]
        self.stories, self.round = stories, stories[0].round
        self.now = clock.now()

    @initialize(begins=st.sampled_from(["written", "in review", "scored", "enacted", "enacted"]))
    def life_begins(self, begins):
        """Three of the four cases stand somewhere along the straight way when chance takes over."""
        first, agencies = self.stories[0], self.agencies
        if begins == "written":
            return
        for story in self.stories[:3]:
            story.to("assigned" if begins == "in review" else "scored")
        if begins != "enacted":
            return
        self.now = self.round.closes_at
        with clock.at(self.now):
            tasks.lapse_cases()
            first.move_round("close").move_round("deliberate")
            for story in self.stories[:3]:
                resolution = {"resolution_no": "1/2570", "resolution_on": clock.today()}
                story.take("recommend", agencies.secretary, amount_baht=story.proposal.requested_baht, **resolution)
            first.move_round("announce")
            for story in self.stories[:3]:
                story.take("include_in_request", agencies.dla)
            first.move_round("send_request", by=agencies.dla).enact()
            for story in self.stories[:2]:
                story.take("propose_allocation", agencies.secretary, amount_baht=HALF, reference="ว 12")
                story.take("allocate", agencies.chair, amount_baht=HALF)
            first.take("confirm_plan", first.office.executive)

    def teardown(self):
        try:
            with clock.at(self.now):
                self.everything_comes_to_an_end()
        finally:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    # What can be asked

    def case(self, number):
        cases = list(Proposal.objects.order_by("pk"))
        return cases[number % len(cases)]

    def people(self):
        """Everybody who may have to do with the round, as they are now."""
        held = Membership.objects.in_force(clock.today()).exclude(role=Role.TIMER)
        return list(User.objects.filter(memberships__in=held).distinct().order_by("pk"))

    def details(self, case, number):
        return {
            **REASON,
            "due_on": clock.today() + timedelta(days=1 + number % 40),
            "letter_no": "",
            "amount_baht": case.proposed_baht or min(case.requested_baht, HALF * (1 + number % 2)),
            "sections": [{"section": "rationale", "reason": "เพิ่มข้อมูล"}],
            "resolution_no": "1",
            "resolution_on": clock.today(),
            "upheld": number % 2 == 0,
            "returned_baht": case.rest_baht,
            "theme": case.theme,
        }

    # What happens

    @rule(number=NUMBER, which=NUMBER)
    def somebody_takes_a_step(self, number, which):
        with clock.at(self.now):
            case = self.case(number)
            offers = [(by, one) for by in self.people() for one in PROPOSAL.offers(case, by=by) if one.allowed]
            offers = [(by, one) for by, one in offers if one.name != "submit" or one.step.form.__name__ == "SubmitForm"]
            if number % 5:
                offers = [(by, one) for by, one in offers if not one.step.danger]
            if offers:
                by, offer = offers[which % len(offers)]
                self.attempt(PROPOSAL.take, case, offer.name, by=by, **self.details(case, which))

    @rule(number=NUMBER)
    def office_and_province_get_on(self, number):
        """The straight way, so that lives come far."""
        with clock.at(self.now):
            for name in ("request_endorsement", "verify", "submit", "start_screening", "pass_screening"):
                case = self.case(number)
                for by in self.people():
                    offers = {one.name for one in PROPOSAL.offers(case, by=by) if one.allowed}
                    if name in offers and not (name == "submit" and by.memberships.filter(role=Role.LOCAL_CLERK)):
                        self.attempt(PROPOSAL.take, case, name, by=by)
                        break

    @rule(number=NUMBER, score=st.integers(0, 50))
    def reviewers_work(self, number, score):
        with clock.at(self.now):
            case = self.case(number)
            for proposal, reviewer in reviewing.plan_assignments([case] if case.state == "in_review" else []):
                self.attempt(reviewing.assign, proposal, reviewer, by=self.agencies.secretary)
            for assignment in case.assignments.filter(state="assigned").select_related("reviewer"):
                self.attempt(self.score, case, User.objects.get(pk=assignment.reviewer_id), score)
            self.attempt(PROPOSAL.take, case, "conclude_review", by=self.agencies.secretary)

    def score(self, case, reviewer, score):
        review = reviewing.review_of(case, by=reviewer)
        given = {criterion.pk: (Decimal(score), "เหตุผล") for criterion in review.rubric.criteria.all()}
        REVIEW.take(reviewing.save_scores(review, given, by=reviewer), "send", by=reviewer)

    @rule(days=st.integers(1, 20))
    def days_pass(self, days):
        self.now += timedelta(days=days)
        with clock.at(self.now):
            for timer in TIMERS:
                timer()

    @rule(number=NUMBER, role=st.sampled_from(sorted(LOCAL_ROLES)), is_followed=st.booleans())
    def somebody_leaves(self, number, role, is_followed):
        """A post ends today; tomorrow's holder, where there is one, acts by order."""
        with clock.at(self.now):
            place = self.case(number).local_government
            held = Membership.objects.in_force(clock.today()).filter(role=role, local_government=place)
            held.update(revoked_at=clock.now())
            if is_followed:
                person(role, at=place, acting=True, order_no="1/2570", valid_from=clock.today())

    @rule(number=NUMBER)
    def office_is_upgraded(self, number):
        with clock.at(self.now):
            place = self.case(number).local_government
            name = f"เทศบาลนครที่ {LocalGovernment.objects.count()}"
            facts = {"place": place, "name_th": name, "new_kind": "city_municipality", "gazette_ref": "เล่ม 1"}
            self.attempt(changes.announce, "upgrade", by=self.agencies.dla, on=clock.today(), **facts)

    @rule(number=NUMBER, days=st.integers(1, 60))
    def time_is_extended(self, number, days):
        with clock.at(self.now):
            case = self.case(number)
            facts = {"authority": "อธิบดี", "letter_no": "มท 1", "reason": "น้ำท่วม"}
            facts |= {"local_government": case.local_government, "until": clock.now() + timedelta(days=days)}
            self.attempt(extend, self.fresh_round(), by=self.agencies.dla, **facts)

    @rule()
    def round_moves_on(self):
        with clock.at(self.now):
            self.move_round()

    @rule(number=NUMBER)
    def money_is_committed_and_paid(self, number):
        with clock.at(self.now):
            case = self.case(number)
            for by in self.people():
                if case.state == "executing" and by.has_perm("budgets.record_money", case):
                    facts = {"by": by, "amount_baht": Decimal("1000.00"), "on": clock.today()}
                    contract = self.attempt(ledger.enter, case, Entry.COMMITMENT, contractor="บริษัท ก", **facts)
                    if contract:
                        self.attempt(ledger.enter, case, Entry.DISBURSEMENT, commitment=contract, **facts)
                    return

    @rule(number=NUMBER)
    def somebody_looks(self, number):
        """The twins: what one may see of the set is what one may see one by one."""
        with clock.at(self.now):
            people = self.people()
            self.sees_alike(people[number % len(people)])

    @invariant()
    def the_sums_are_true(self):
        assert broken() == {}

    # How it goes on

    @staticmethod
    def attempt(function, *args, **kwargs):
        """What `function` gives; None where a rule says no."""
        try:
            with transaction.atomic():
                return function(*args, **kwargs)
        except REFUSALS:
            return None

    def fresh_round(self):
        return Round.objects.get(pk=self.round.pk)

    def move_round(self):
        round = self.fresh_round()
        details = {"act_reference": "พ.ร.บ.", "enacted_baht": round.ceiling_baht, "themes": {}, "routes": {}}
        for by in (self.agencies.manager, self.agencies.dla):
            for offer in ROUND.offers(round, by=by):
                if offer.allowed and offer.step.target and offer.name != "cancel":
                    return ROUND.take(round, offer.name, by=by, **details)
        return None

    @staticmethod
    def sees_alike(user):
        listed = set(Proposal.objects.visible_to(user).values_list("pk", flat=True))
        asked = {case.pk for case in Proposal.objects.all() if user.has_perm("budgets.view_proposal", case)}
        assert listed == asked, user

    def everything_comes_to_an_end(self):
        """From wherever life has led, the steps of the programme lead the round, and every case, to its end."""
        for by in self.people():
            self.sees_alike(by)
        while self.fresh_round().state != RoundState.ENACTED:
            if self.move_round() is None:
                if self.fresh_round().state == RoundState.OPEN:
                    with clock.at(max(self.now, self.fresh_round().closes_at)):
                        self.move_round()
                        continue
                for case in Proposal.objects.filter(state=ProposalState.RECOMMENDED):
                    PROPOSAL.take(case, "leave_out", by=self.agencies.dla, **REASON)
        for case in Proposal.objects.exclude(state__in=ENDS):
            name, who = WAY_OUT.get(case.state, ("close_out", "manager"))
            if case.committed_baht and name == "not_allocate":
                raise AssertionError(f"{case}: money is bound before the plan is confirmed")
            by = getattr(self.agencies, who, None) or person(Role.PROVINCIAL_OFFICER, at=case.local_government.province)
            PROPOSAL.take(case, name, by=by, returned_baht=case.rest_baht, **REASON)
        finished = ROUND.take(self.fresh_round(), "finish", by=self.agencies.manager)
        assert finished.state == RoundState.FINISHED
        assert broken() == {}


@pytest.mark.long
@pytest.mark.django_db
def test_a_year_of_random_life():
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    run_state_machine_as_test(
        Year, settings=settings(max_examples=12, stateful_step_count=24, deadline=None, suppress_health_check=checks)
    )
