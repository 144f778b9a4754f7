"""Everything of the budget that waits for one person, computed from states and roles."""

from datetime import timedelta

from django.db.models import Exists, F, Max, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L
from django.utils.translation import ngettext

from budgets import reminding
from budgets.judging import profiles
from budgets.lifecycle.proposal_guards import end_of
from budgets.models import (
    CarryOver,
    Clarification,
    ItemChange,
    Kpi,
    KpiActual,
    Proposal,
    QuarterlyReport,
    Question,
    Round,
    Transfer,
)
from budgets.money.ledger import last_day
from budgets.money.quarters import quarters_of
from budgets.rules import SERVED_BY_NO_PROVINCE
from budgets.states import ENDS, ProposalState, ReportState, RoundState
from budgets.turns import WAITS
from portal import access, clock
from portal.models import Membership
from portal.models.audit import Event
from portal.registry import Task

AREA = "budgets"
LISTED = 20
ROUND_STEPS = {
    RoundState.PLANNING: ("budgets.open_round", L("Set up and open the round"), "opens_at"),
    RoundState.OPEN: ("budgets.close_round", L("Close for proposals"), "closes_at"),
    RoundState.REVIEWING: ("budgets.deliberate_round", L("Begin deliberation"), "review_due_on"),
    RoundState.DELIBERATING: ("budgets.announce_round", L("Announce the results"), "announces_on"),
    RoundState.ANNOUNCED: ("budgets.send_request_round", L("Send the budget request"), ""),
    RoundState.REQUESTED: ("budgets.enact_round", L("Record the enacted budget"), ""),
    RoundState.ENACTED: ("budgets.finish_round", L("Finish the round"), ""),
}


def tasks_of(user):
    """The `Task`s of `user` in the budget, in a number of queries that does not grow with the cases."""
    if not access.memberships(user):
        return []
    cases = [task for wait in WAITS if wait.by_case for task in _waiting(wait, user)]
    return [
        *cases,
        *_offices_to_call(user),
        *_questions(user),
        *_moves(user),
        *_profiles(user),
        *_reports_to_write(user),
        *_reports_to_sign(user),
        *_reports_to_accept(user),
        *_rounds(user),
    ]


# Proposals


def _waiting(wait, user):
    """The tasks of one row of the table: each case, or one line for many."""
    if not access.holding(user, wait.permission):
        return []
    moment = clock.now()
    cases = wait.among(_within_reach(wait, user).with_extension(moment))
    for name in wait.others:
        cases = cases.exclude(**{name: user})
    cases = cases.select_related("round", "local_government__district").order_by("state_since", "pk")
    found = list(cases[: LISTED + 1])
    if len(found) > LISTED:
        return [_many(wait, cases, found)]
    return [
        Task(
            area=AREA,
            title=case.title,
            url=reverse(wait.page, args=[case.pk]),
            verb=str(wait.verb),
            since=getattr(case, wait.since) or case.state_since,
            until=wait.until(case),
            case_number=case.number,
            detail=_where(case, user),
        )
        for case in found
    ]


def _within_reach(wait, user):
    """The cases on which `user` would be the one to act, by place or by assignment."""
    visible = Proposal.objects.visible_to(user)
    match wait.permission:
        case "budgets.review_proposal":
            return visible.assigned_to(user).exclude(own_review="sent")
        case "budgets.start_screening_proposal" | "budgets.screen_proposal":
            return visible.for_screening_by(user, clock.today())
        case "budgets.complete_proposal" | "budgets.accept_targets_proposal":
            return visible.filter(_own_office(user, wait.permission))
    return visible.filter(access.scope(user, wait.permission))


def _own_office(user, permission, place="local_government"):
    """Places that `user`'s own office serves: the province's, and for DLA those that no province does."""
    held = access.holding(user, permission)
    wanted = Q(**{f"{place}__province__in": [m.province_id for m in held if m.province_id]})
    if any(m.province_id is None for m in held):
        wanted |= Q(**{f"{place}__kind__in": SERVED_BY_NO_PROVINCE})
    return wanted


def _many(wait, cases, found):
    count = cases.order_by().count()
    limits = [limit for case in found if (limit := wait.until(case))]
    state = found[0].state
    return Task(
        area=AREA,
        title=ngettext("%(n)s proposal", "%(n)s proposals", count) % {"n": f"{count:,}"},
        url=f"{reverse('budgets:proposal-list')}?state={state}",
        verb=str(wait.verb),
        since=found[0].state_since,
        until=min(limits, default=None),
        detail=_("the oldest: %(number)s") % {"number": found[0].number or found[0].title},
    )


def _where(case, user):
    """For people of the office the round, for everybody else the office."""
    own = any(m.local_government_id == case.local_government_id for m in access.memberships(user))
    return case.round.name if own else case.local_government.display_name


def _offices_to_call(user):
    """The offices whose unsigned cases lapse soon, to be called by their province; by DLA where no province serves.

    A draft stays the office's own: the task names the office, the round and the telephone, not the project.
    """
    if not access.holding(user, "budgets.help_office"):
        return []
    own = {m.province_id for m in access.holding(user, "budgets.help_office") if m.province_id}
    waiting = {}
    for due in reminding.to_call():
        place = due.proposal.local_government
        if place.province_id in own or (not own and place.kind in SERVED_BY_NO_PROVINCE):
            waiting.setdefault((place, due.proposal.round), []).append(due)
    if len(waiting) > LISTED:
        (_place, round), dues = min(waiting.items(), key=lambda pair: pair[1][0].moment)
        until = min(due.moment for found in waiting.values() for due in found)
        title = ngettext("%(n)s office", "%(n)s offices", len(waiting)) % {"n": f"{len(waiting):,}"}
        url = f"{reverse('budgets:board')}?round={round.pk}&standing=unsigned"
        return [Task(AREA, title, url, _("Call"), dues[0].proposal.state_since, until)]
    phones = _phones([place for place, _round in waiting])
    return [
        Task(
            area=AREA,
            title=place.display_name,
            url=reverse("budgets:office-contact", args=[place.pk, round.pk]),
            verb=_("Call"),
            since=min(due.proposal.state_since for due in dues),
            until=min(due.moment for due in dues),
            detail=" · ".join([*phones.get(place.pk, [_("no telephone on record")]), round.name]),
        )
        for (place, round), dues in waiting.items()
    ]


def _questions(user):
    """Questions of rounds and of reviewers that wait for an answer by `user`."""
    found = []
    if access.holding(user, "budgets.answer_question"):
        waiting = Question.objects.filter(answer="").select_related("round").order_by("pk")[:LISTED]
        found += [
            Task(
                area=AREA,
                title=question.text[:80],
                url=reverse("budgets:question-answer", args=[question.pk]),
                verb=_("Answer for all"),
                since=question.asked_at,
                detail=question.round.name,
            )
            for question in waiting
        ]
    if access.holding(user, "budgets.answer_clarification"):
        own = access.scope(user, "budgets.answer_clarification", "proposal__local_government")
        asked = Clarification.objects.visible_to(user).waiting().filter(own)
        asked = asked.select_related("proposal__round", "proposal__local_government__district")
        found += [
            Task(
                area=AREA,
                title=one.proposal.title,
                url=reverse("budgets:clarifications", args=[one.proposal_id]),
                verb=_("Answer the reviewers"),
                since=one.asked_at,
                until=end_of(one.due_on),
                case_number=one.proposal.number,
                detail=_where(one.proposal, user),
            )
            for one in asked.order_by("due_on", "pk")[:LISTED]
        ]
    return found


def _moves(user):
    """Carry-overs, changes of items and transfers that wait for the decision of `user`."""
    found = []
    if access.holding(user, "budgets.grant_carry_over"):
        asked = CarryOver.objects.visible_to(user).waiting().exclude(asked_by=user)
        asked = asked.select_related("proposal__round", "proposal__local_government__district")
        found += [
            Task(
                area=AREA,
                title=one.proposal.title,
                url=one.get_absolute_url(),
                verb=_("Decide the carry-over"),
                since=one.asked_at,
                until=end_of(last_day(one.proposal.round)),
                case_number=one.proposal.number,
                detail=_where(one.proposal, user),
            )
            for one in asked.order_by("pk")[:LISTED]
        ]
    if access.holding(user, "budgets.decide_item_change"):
        mine = _own_office(user, "budgets.decide_item_change", "proposal__local_government")
        changes = ItemChange.objects.visible_to(user).waiting().filter(mine).exclude(asked_by=user)
        changes = changes.select_related("proposal__round", "proposal__local_government__district")
        found += [
            Task(
                area=AREA,
                title=one.proposal.title,
                url=one.get_absolute_url(),
                verb=_("Decide the change of items"),
                since=one.asked_at,
                case_number=one.proposal.number,
                detail=_where(one.proposal, user),
            )
            for one in changes.order_by("pk")[:LISTED]
        ]
    if access.holding(user, "budgets.decide_transfer"):
        proposed = Transfer.objects.visible_to(user).waiting().exclude(asked_by=user).select_related("round")
        found += [
            Task(
                area=AREA,
                title=str(one),
                url=one.get_absolute_url(),
                verb=_("Decide the transfer"),
                since=one.asked_at,
                detail=one.round.name,
            )
            for one in proposed.order_by("pk")[:LISTED]
        ]
    return found


def _profiles(user):
    """The rounds for which a reviewer has still to confirm the profile."""
    return [
        Task(
            area=AREA,
            title=round.name,
            url=reverse("budgets:reviewer-profile", args=[round.pk]),
            verb=_("Confirm the profile"),
            since=round.opens_at,
            until=round.closes_at,
        )
        for round in profiles.to_confirm(user)
    ]


def _phones(places):
    """Up to two telephones with their names for each of `places`, by key."""
    held = Membership.objects.in_force(clock.today()).filter(local_government__in=places, user__is_active=True)
    found = {}
    for membership in held.exclude(user__phone="").select_related("user").order_by("acting", "pk"):
        lines = found.setdefault(membership.local_government_id, [])
        line = f"{membership.user} {membership.user.phone}"
        if len(lines) < 2 and line not in lines:
            lines.append(line)
    return found


# Reports


def _reports_to_write(user):
    """Quarters that are over and have no report, and reports begun or returned."""
    if not access.holding(user, "budgets.change_report"):
        return []
    cases = (
        Proposal.objects.visible_to(user)
        .filter(
            access.scope(user, "budgets.change_report"),
            state=ProposalState.EXECUTING,
            round__state=RoundState.ENACTED,
        )
        .select_related("round", "local_government__district")
        .prefetch_related("reports", "kpis", "reports__kpi_actuals")
        .order_by("pk")
    )
    return [
        _report_task(case, quarter, user)
        for case in cases
        for quarter in quarters_of(case, case.reports.all(), clock.today())
        if (quarter.is_wanted and quarter.report is None) or _is_to_write(quarter.report, case)
    ]


def _is_to_write(report, case):
    """A returned report, or a draft that is not yet complete: a complete draft waits for its signature."""
    if report is None or report.state not in {ReportState.DRAFT, ReportState.RETURNED}:
        return False
    is_complete = report.physical_pct is not None and len(report.kpi_actuals.all()) >= len(case.kpis.all())
    return report.state == ReportState.RETURNED or not is_complete


def _report_task(case, quarter, user):
    report = quarter.report
    words = {None: _("Write the report"), ReportState.RETURNED: _("Revise the report")}
    return Task(
        area=AREA,
        title=_named(case.title, quarter.quarter, quarter.fiscal_year),
        url=report.get_absolute_url() if report else reverse("budgets:reports", args=[case.pk]),
        verb=words.get(report and report.state, _("Complete the report")),
        since=report.changed_at if report else end_of(quarter.ended_on - timedelta(days=1)),
        until=end_of(quarter.due_on),
        case_number=case.number,
        detail=_where(case, user),
    )


def _reports_to_sign(user):
    if not access.holding(user, "budgets.submit_report"):
        return []
    unmeasured = Exists(
        Kpi.objects.filter(proposal=OuterRef("proposal")).exclude(
            pk__in=KpiActual.objects.filter(report=OuterRef(OuterRef("pk"))).values("kpi")
        )
    )
    reports = _reports(user, "budgets.submit_report", ReportState.DRAFT, ReportState.RETURNED)
    reports = reports.exclude(preparers=user).exclude(physical_pct=None).exclude(unmeasured)
    return _report_tasks(reports, user, _("Sign and send the report"))


def _reports_to_accept(user):
    if not access.holding(user, "budgets.accept_report"):
        return []
    reports = _reports(user, "budgets.view_report", ReportState.SUBMITTED)
    mine = reports.filter(_own_office(user, "budgets.accept_report", "proposal__local_government"))
    return _report_tasks(mine, user, _("Accept or return the report"))


def _reports(user, permission, *states):
    return QuarterlyReport.objects.visible_to(user).filter(
        access.scope(user, permission, "proposal__local_government"),
        state__in=states,
        proposal__round__state=RoundState.ENACTED,
    )


def _report_tasks(reports, user, verb):
    reports = reports.select_related("proposal__round", "proposal__local_government__district")
    found = list(reports.order_by("due_on", "pk")[: LISTED + 1])
    if len(found) > LISTED:
        count = reports.order_by().count()
        title = ngettext("%(n)s report", "%(n)s reports", count) % {"n": f"{count:,}"}
        url = f"{reverse('budgets:monitor')}?reports={found[0].state}"
        since = min(report.changed_at for report in found)
        return [Task(AREA, title, url, verb, since, end_of(found[0].due_on))]
    return [
        Task(
            area=AREA,
            title=_named(report.proposal.title, report.quarter, report.fiscal_year),
            url=report.get_absolute_url(),
            verb=verb,
            since=report.submitted_at or report.changed_at,
            until=end_of(report.due_on),
            case_number=report.proposal.number,
            detail=_where(report.proposal, user),
        )
        for report in found
    ]


def _named(title, quarter, year):
    return _("%(title)s, quarter %(quarter)s/%(year)s") % {"title": title, "quarter": quarter, "year": year}


# Rounds


def _rounds(user):
    """Rounds whose next step is this person's."""
    held = {name for name, (permission, *_rest) in ROUND_STEPS.items() if access.holding(user, permission)}
    if not held:
        return []
    living = Proposal.objects.filter(round=OuterRef("pk")).exclude(state__in=ENDS)
    waiting = Round.objects.filter(state__in=held).exclude(Q(state=RoundState.OPEN), closes_at__gt=clock.now())
    rounds = list(waiting.exclude(Exists(living), state=RoundState.ENACTED).order_by("pk"))
    moved = dict(
        Event.objects.filter(object_type="budgets.round", object_id__in=[round.pk for round in rounds])
        .exclude(before=F("after"))
        .values_list("object_id")
        .annotate(Max("at"))
    )
    return [
        Task(
            area=AREA,
            title=round.name,
            url=round.get_absolute_url(),
            verb=str(ROUND_STEPS[round.state][1]),
            since=moved.get(round.pk, round.created_at),
            until=_round_limit(round),
        )
        for round in rounds
    ]


def _round_limit(round):
    name = ROUND_STEPS[round.state][2]
    limit = getattr(round, name) if name else None
    return end_of(limit) if name.endswith("_on") and limit else limit
