"""Proposal: what else changes when a step is taken."""

from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from budgets.judging import reviewing
from budgets.lifecycle.proposal_guards import in_time
from budgets.models import BudgetRoute, NumberSeries, SectionReturn
from budgets.money import ledger
from budgets.states import ProposalState as S
from budgets.writing import canonical
from budgets.writing.drafting import with_tied
from portal import access, clock
from portal.errors import Refused
from portal.thai.money import baht


def whence_it_came(proposal, **_details):
    return S.RETURNED if proposal.was_submitted else S.DRAFT


def where_it_lapsed(proposal, **_details):
    return proposal.came_from


def clear_verification(proposal, *, by, **_details):
    proposal.verified_by = proposal.verified_at = None


def stamp_verification(proposal, *, by, **_details):
    proposal.verified_by, proposal.verified_at = by, clock.now()


def after_submission(proposal, **_details):
    return S.IN_REVIEW if proposal.returned_from == S.IN_REVIEW else S.SUBMITTED


def stamp_submission(proposal, *, by, **_details):
    proposal.submitted_at = clock.now()
    in_time(proposal, by=by, moment=proposal.submitted_at)  # a step that began in time is judged by its own stamp
    proposal.open_sections, proposal.return_due_on, proposal.prices_only = [], None, False
    if proposal.first_submitted_at is None:
        proposal.first_submitted_at = proposal.submitted_at
        proposal.theme_edition = proposal.theme.edition
        proposal.route = BudgetRoute.objects.route_for(proposal.local_government, proposal.round.fiscal_year)
        proposal.number = next_number(proposal)


def next_number(proposal):
    """The next number of the fiscal year in the province, from its counter row: `P2571-50-00012`."""
    year, province = proposal.round.fiscal_year, proposal.local_government.province
    series = NumberSeries.objects.filter(fiscal_year=year, province=province)
    if not series.update(last=F("last") + 1):
        with transaction.atomic():
            NumberSeries.objects.get_or_create(fiscal_year=year, province=province)
        series.update(last=F("last") + 1)
    return f"P{year}-{province.code}-{series.get().last:05d}"


def freeze_version(proposal, *, by, letter_no="", **_details):
    capacity, at = access.capacity(by, "budgets.submit_proposal", proposal), proposal.submitted_at
    signature = canonical.signature_by(by, capacity, at=at)
    canonical.freeze(proposal, signer=by, signature=signature, at=at, letter_no=letter_no)


def claim(proposal, *, by, **_details):
    proposal.screener = by


def return_from(stage):
    """The effect of a return at `stage`: open the sections, remember where it goes back to."""

    def effect(proposal, *, by, sections, due_on, letter_no="", prices_only=False, **_details):
        proposal.returned_from, proposal.prices_only = stage, prices_only
        proposal.technical_returns += stage == S.IN_REVIEW
        proposal.open_sections = with_tied([row["section"] for row in sections])
        proposal.return_due_on = due_on
        SectionReturn.objects.create(
            proposal=proposal,
            stage=stage,
            sections=sections,
            due_on=due_on,
            letter_no=letter_no,
            returned_by=by,
            from_version=proposal.latest_version().version,
        )

    return effect


def pass_on(proposal, *, by, note="", **_details):
    proposal.screening_note = note
    proposal.proposed_reason, proposal.proposed_by = "", None


def keep_screen_out_proposal(proposal, *, by, reason, **_details):
    proposal.proposed_reason, proposal.proposed_by = reason, by


def equals_screen_out_proposal(proposal, *, by, reason="", **_details):
    if reason and reason != proposal.proposed_reason:
        raise Refused(_("This differs from what was proposed."), code="proposal_changed", state=proposal.state)
    proposal.decision_reason = proposal.proposed_reason
    stamp_decision(proposal, by=by)


def stamp_decision(proposal, *, by, **_details):
    proposal.decided_by, proposal.decided_at = by, clock.now()


def keep_figures(proposal, *, by, **_details):
    found = reviewing.figures(proposal)
    proposal.mean_score, proposal.score_spread = found["mean"], found["spread"]


def keep_recommendation(
    proposal, *, by, resolution_no, resolution_on, meeting=None, amount_baht=None, reason="", **_details
):
    if meeting is not None and meeting.round_id not in {None, proposal.round_id}:
        raise Refused(_("This meeting does not sit for the round of this case."), code="other_round")
    if amount_baht is not None and amount_baht > proposal.requested_baht:
        raise Refused(
            _("The amount recommended must not exceed the amount requested."),
            code="above_requested",
            state=proposal.state,
        )
    proposal.recommended_baht = amount_baht
    proposal.meeting = meeting
    proposal.resolution_no, proposal.resolution_on = resolution_no, resolution_on
    proposal.decision_reason = reason
    stamp_decision(proposal, by=by)


def keep_reason(proposal, *, by, reason="", **_details):
    proposal.decision_reason = reason
    stamp_decision(proposal, by=by)


def keep_amount_proposed(proposal, *, by, amount_baht, reference="", **_details):
    if amount_baht > proposal.requested_baht:
        raise Refused(
            _("The amount must not exceed the amount requested."), code="above_requested", state=proposal.state
        )
    if amount_baht < proposal.committed_baht:
        raise Refused(
            _("The amount must not fall below what is committed."), code="below_committed", state=proposal.state
        )
    if proposal.is_statutory:
        reference = reference or proposal.round.act_reference
    proposal.proposed_baht, proposal.proposed_reference, proposal.proposed_by = amount_baht, reference, by


def equals_amount_proposed(proposal, *, by, amount_baht, **_details):
    if amount_baht != proposal.proposed_baht:
        raise Refused(
            _("The amount differs from what the secretary proposed."),
            code="proposal_changed",
            state=proposal.state,
            proposed_baht=str(proposal.proposed_baht),
        )


def keep_allocation(proposal, *, by, amount_baht, **_details):
    proposal.allocated_baht = amount_baht
    proposal.proposed_baht = proposal.proposed_by = None


def keep_refusal(proposal, *, by, reason="", **_details):
    proposal.allocated_baht = None
    proposal.decision_reason = reason


def settle_with_the_ceilings(proposal, *, by, reason="", **_details):
    ledger.settle(proposal, reference=reason[:200] or proposal.proposed_reference, by=by)


def clear_amount_proposed(proposal, *, by, **_details):
    proposal.proposed_baht = proposal.proposed_by = None
    proposal.proposed_reference = ""


def keep_plan_note(proposal, *, by, note="", **_details):
    proposal.plan_note = note


def close_the_money(proposal, *, by, returned_baht=Decimal(0), reference="", reason="", **_details):
    if returned_baht != proposal.rest_baht:
        raise Refused(
            _("Allocated less disbursed leaves %(rest)s: record exactly that as returned.")
            % {"rest": baht(proposal.rest_baht)},
            code="rest_not_returned",
            state=proposal.state,
            rest_baht=str(proposal.rest_baht),
        )
    proposal.returned_baht += returned_baht
    proposal.ended_reason = reason
    ledger.give_back(proposal, amount_baht=returned_baht, reference=reference, by=by)


def keep_theme(proposal, *, by, theme, **_details):
    proposal.theme, proposal.theme_edition = theme, theme.edition


def keep_ended_reason(proposal, *, by, reason="", **_details):
    proposal.ended_reason = reason


def keep_appeal(proposal, *, by, reason, **_details):
    proposal.appeal_reason, proposal.appealed_at = reason, clock.now()


def when_upheld(target):
    """The target of an appeal's decision: `target` when it is upheld, else the state stays."""

    def destination(proposal, *, upheld=False, **_details):
        return target if upheld else proposal.state

    destination.reached = target
    return destination


def close_appeal(proposal, *, by, reason, upheld=False, **_details):
    if upheld:
        proposal.decided_by = proposal.decided_at = None
        proposal.proposed_by, proposal.proposed_reason = None, ""
    else:
        stamp_decision(proposal, by=by)
    proposal.decision_reason = reason


def remember_where_it_lapsed(proposal, *, by, **_details):
    proposal.came_from = proposal.previous_state


def since_now(proposal, *, by, **_details):
    proposal.state_since = clock.now()
