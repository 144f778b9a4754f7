"""Who is told what. Rows are written in the step's own transaction; the relay sends them."""

from django.db.models import Q
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from budgets.models import Assignment
from budgets.states import AssignmentState, ProposalState
from portal import clock
from portal.models import LocalGovernment, Membership, User
from portal.notices import forget, several, tell
from portal.roles import Scope, roles_with, scope_of
from portal.thai.money import baht

TRAINED_PERSON_LAPSES = "trained_person_lapses"
OUTCOMES = {
    ProposalState.RECOMMENDED: _("recommended"),
    ProposalState.NOT_RECOMMENDED: _("not recommended"),
}


def holders(permission, place=None):
    """People who hold `permission` today: of `place` (a local government) for local and provincial roles, else all."""
    scopes = Q(role__in=[r for r in roles_with(permission) if scope_of(r) in {Scope.NATIONAL, Scope.CASE}])
    for scope, path in ((Scope.LOCAL, "local_government"), (Scope.PROVINCE, "province")):
        roles = [r for r in roles_with(permission) if scope_of(r) == scope]
        at = {path: place if scope == Scope.LOCAL else place.province_id} if place is not None else {}
        scopes |= Q(role__in=roles, **at)
    held = Membership.objects.in_force(clock.today()).filter(scopes)
    return User.objects.filter(memberships__in=held, is_active=True).distinct()


def office(proposal):
    """The officers, clerk and executive of the case's local government."""
    place = proposal.local_government
    held = Membership.objects.in_force(clock.today()).filter(local_government=place)
    return User.objects.filter(memberships__in=held, is_active=True).distinct()


def reviewers_of(proposal):
    """Who reviews the case now."""
    at_work = Assignment.objects.filter(proposal=proposal, state=AssignmentState.ASSIGNED)
    return User.objects.filter(pk__in=at_work.values("reviewer"))


def province(proposal):
    """The provincial office's people; DLA's where no office serves."""
    people = holders("portal.invite_province", proposal.local_government)
    return people if people.exists() else holders("budgets.stand_in_for_province")


def about(proposal, recipients, kind, subject, body, *, url="", **facts):
    """Tell `recipients` about a case; the facts fill subject and body. `url` is the page to go to, else the case's."""
    facts = {
        "number": proposal.number or "–",
        "title": proposal.title_th,
        "name": proposal.local_government.name_th,
        **facts,
    }
    url = url or proposal.get_absolute_url()
    people = without_conflict(proposal, recipients)
    tell(people, kind, subject=subject, body=body, url=url, about=proposal, **facts)


def without_conflict(proposal, people):
    """Those of `people` (one or many) who may meet the case at all."""
    conflicted = set(proposal.conflicts.values_list("person_id", flat=True))
    return [person for person in several(people) if person.pk not in conflicted]


def draft_shared(proposal):
    about(
        proposal,
        holders("budgets.help_office", proposal.local_government).filter(memberships__province__isnull=False),
        "draft_shared",
        _("Shared with you: %(title)s"),
        _("%(name)s lets you read its draft “%(title)s”, for advice before it is signed."),
    )


def trained_person_lapses(local_government, until):
    tell(
        holders("budgets.change_proposal", local_government),
        TRAINED_PERSON_LAPSES,
        subject=_("Have somebody trained by %(until)s"),
        body=_(
            "A round demands an ambassador in service or a trained officer. %(name)s has nobody any more after "
            "%(until)s: please enrol somebody in a course."
        ),
        url=reverse("home"),
        about=local_government,
        name=local_government.name_th,
        until=until,
    )


def deadline_near(proposal, moment):
    about(
        proposal,
        office(proposal),
        "deadline_near",
        _("To be signed by %(until)s: %(title)s"),
        _("“%(title)s” is not signed yet. Its time ends on %(until)s: then it lapses."),
        until=moment,
    )


def question_asked(question):
    _about_round(
        question.round,
        holders("budgets.answer_question"),
        "question_asked",
        _("Question: %(round)s"),
        _("Somebody asks about “%(round)s”: %(text)s"),
        text=question.text,
    )


def question_answered(question):
    _about_round(
        question.round,
        question.asked_by,
        "question_answered",
        _("Answer: %(round)s"),
        _("Your question about “%(round)s” is answered: %(text)s"),
        text=question.answer,
    )


def clarification_asked(clarification):
    about(
        clarification.proposal,
        office(clarification.proposal),
        "clarification_asked",
        _("Please answer by %(due)s: %(number)s"),
        _("The reviewers of “%(title)s” (%(number)s) ask: %(text)s"),
        due=clarification.due_on,
        text=clarification.text,
    )


def clarification_answered(clarification):
    asker = User.objects.filter(pk=clarification.asked_by_id)
    about(
        clarification.proposal,
        reviewers_of(clarification.proposal) | asker,
        "clarification_answered",
        _("Answered: %(number)s"),
        _("The office answers about “%(title)s” (%(number)s): %(text)s"),
        text=clarification.answer,
    )


def office_reminded(local_government, round, by):
    held = Membership.objects.in_force(clock.today()).filter(local_government=local_government)
    _about_round(
        round,
        User.objects.filter(memberships__in=held, is_active=True).distinct(),
        "office_reminded",
        _("Reminder: %(round)s"),
        _("%(by)s reminds %(name)s: “%(round)s” takes signed proposals until %(closes)s."),
        by=str(by),
        name=local_government.name_th,
        closes=round.closes_at,
    )


def endorsement_asked(proposal, *, by, **_details):
    about(
        proposal,
        holders("budgets.verify_proposal", proposal.local_government),
        "endorsement_asked",
        _("Please verify: %(title)s"),
        _("The officer asks you to verify “%(title)s”, so that the executive can sign it."),
    )


def verified(proposal, *, by, **_details):
    about(
        proposal,
        holders("budgets.submit_proposal", proposal.local_government),
        "verified",
        _("Please sign: %(title)s"),
        _("The clerk has verified “%(title)s”. It waits for your signature."),
    )


def signature_handed_on(proposal, people, *, step):
    about(
        proposal,
        people,
        "signature_handed_on",
        _("Please sign: %(title)s") if step == "submit" else _("Please verify: %(title)s"),
        _("You hold the post now: “%(title)s” waits for you. What others verified or signed before stays valid."),
    )


def post_vacant(proposal, *, step):
    about(
        proposal,
        [*office(proposal), *province(proposal)],
        "post_vacant",
        _("Nobody is in post: %(title)s"),
        _(
            "“%(title)s” waits for its signature, and nobody holds the post of the executive now. "
            "Record who acts by order; nothing is lost meanwhile."
        )
        if step == "submit"
        else _(
            "“%(title)s” waits to be verified, and nobody holds the post of the clerk now. "
            "Record who acts by order; nothing is lost meanwhile."
        ),
    )


def endorsement_declined(proposal, *, by, reason, **_details):
    about(
        proposal,
        proposal.preparers.all(),
        "endorsement_declined",
        _("Sent back to edit: %(title)s"),
        _("“%(title)s” was sent back to you. Reason: %(reason)s"),
        reason=reason,
    )


def submitted(proposal, *, by, **_details):
    about(
        proposal,
        office(proposal),
        "submitted",
        _("Received: %(number)s %(title)s"),
        _("“%(title)s” has been signed and received as %(number)s. The receipt is on its page."),
    )
    if proposal.state == ProposalState.SUBMITTED:
        about(
            proposal,
            province(proposal),
            "to_screen",
            _("To screen: %(number)s %(name)s"),
            _("%(name)s has submitted “%(title)s” (%(number)s). It waits for screening."),
        )
    elif proposal.state == ProposalState.IN_REVIEW:
        about(
            proposal,
            reviewers_of(proposal),
            "revised",
            _("Revised: %(number)s"),
            _("%(name)s has revised and signed “%(title)s” (%(number)s). Your review goes on."),
        )


def returned(proposal, *, by, sections, due_on, **_details):
    about(
        proposal,
        office(proposal),
        "returned",
        _("To revise by %(due)s: %(number)s"),
        _(
            "“%(title)s” (%(number)s) was returned for revision. Answer by %(due)s: "
            "its page shows which sections and why."
        ),
        due=due_on,
    )


def remapped(proposal, *, by, reason, **_details):
    about(
        proposal,
        office(proposal),
        "remapped",
        _("Moved to another theme: %(number)s"),
        _("“%(title)s” (%(number)s) now stands under “%(theme)s”. Reason: %(reason)s"),
        theme=proposal.theme.name_th,
        reason=reason,
    )


def passed_screening(proposal, *, by, **_details):
    about(
        proposal,
        office(proposal),
        "passed_screening",
        _("Passed screening: %(number)s"),
        _("“%(title)s” (%(number)s) has passed the province's screening and is under consideration."),
    )
    about(
        proposal,
        holders("budgets.assign_reviewers"),
        "to_assign",
        _("Assign reviewers: %(number)s"),
        _("“%(title)s” of %(name)s (%(number)s) waits for reviewers."),
    )


def screen_out_proposed(proposal, *, by, **_details):
    about(
        proposal,
        holders("budgets.confirm_screen_out_proposal"),
        "screen_out_proposed",
        _("Screen out? %(number)s"),
        _(
            "The province proposes to screen out “%(title)s” of %(name)s (%(number)s). "
            "Please confirm or speak with the province."
        ),
    )


def screened_out(proposal, *, by, **_details):
    about(
        proposal,
        office(proposal),
        "screened_out",
        _("Screened out: %(number)s"),
        _(
            "“%(title)s” (%(number)s) was screened out. Reason: %(reason)s "
            "The executive may appeal once results are announced."
        ),
        reason=proposal.decision_reason,
    )


def decided(proposal):
    """The committee's result, told to the office once the round is announced."""
    if proposal.state in OUTCOMES:
        about(
            proposal,
            office(proposal),
            "decided",
            _("Result: %(number)s"),
            _("“%(title)s” (%(number)s) is %(outcome)s. Mean score and comments stand on its page."),
            outcome=OUTCOMES[proposal.state],
        )


def decided_if_announced(proposal, *, by, **_details):
    if proposal.round.is_announced:
        decided(proposal)


def allocated(proposal, *, by, amount_baht, **_details):
    about(
        proposal,
        office(proposal),
        "allocated",
        _("Allocated: %(number)s %(amount)s"),
        _("“%(title)s” (%(number)s) is allocated %(amount)s. The executive confirms the plan next."),
        amount=baht(amount_baht),
    )


def not_allocated(proposal, *, by, reason="", **_details):
    about(
        proposal,
        office(proposal),
        "not_allocated",
        _("Not allocated: %(number)s"),
        _("“%(title)s” (%(number)s) receives no money in this round. Reason: %(reason)s"),
        reason=reason,
    )


def plan_confirmed(proposal, *, by, **_details):
    about(
        proposal,
        province(proposal),
        "plan_confirmed",
        _("Plan confirmed: %(number)s"),
        _("%(name)s has confirmed the plan of “%(title)s” (%(number)s)."),
    )


def allocation_declined(proposal, *, by, reason, **_details):
    about(
        proposal,
        holders("budgets.propose_allocation_proposal"),
        "allocation_declined",
        _("Allocation declined: %(number)s"),
        _(
            "%(name)s declines the allocation of “%(title)s” (%(number)s): "
            "the ceiling is free again. Reason: %(reason)s"
        ),
        reason=reason,
    )


def ended(proposal, *, by, **_details):
    about(
        proposal,
        office(proposal),
        "ended",
        _("Closed: %(number)s"),
        _("“%(title)s” (%(number)s) is closed: %(state)s."),
        state=ProposalState(proposal.state).label,
    )


def withdrawn(proposal, *, by, reason, **_details):
    if proposal.was_submitted:
        about(
            proposal,
            province(proposal),
            "withdrawn",
            _("Withdrawn: %(number)s"),
            _("%(name)s has withdrawn “%(title)s” (%(number)s). Reason: %(reason)s"),
            reason=reason,
        )


def lapsed(proposal, *, by, **_details):
    about(
        proposal,
        office(proposal),
        "lapsed",
        _("Lapsed: %(title)s"),
        _("The time for “%(title)s” has passed and it has lapsed. DLA can reinstate it under an extension."),
    )


def closed_out(proposal, *, by, reason, **_details):
    about(
        proposal,
        office(proposal),
        "closed_out",
        _("Closed undecided: %(title)s"),
        _("“%(title)s” (%(number)s) was not decided in this round and is closed. Reason: %(reason)s"),
        reason=reason,
    )


def reinstated(proposal, *, by, **_details):
    about(
        proposal,
        office(proposal),
        "reinstated",
        _("Reinstated: %(title)s"),
        _("DLA has reinstated “%(title)s”. You can go on with it."),
    )


def appealed(proposal, *, by, **_details):
    screened = proposal.state == ProposalState.SCREENED_OUT
    permission = "decide_screening_appeal_proposal" if screened else "decide_review_appeal_proposal"
    about(
        proposal,
        holders(f"budgets.{permission}"),
        "appealed",
        _("Appeal: %(number)s"),
        _("%(name)s appeals the result of “%(title)s” (%(number)s)."),
    )


def appeal_decided(proposal, *, by, reason, upheld=False, **_details):
    about(
        proposal,
        office(proposal),
        "appeal_decided",
        _("Appeal decided: %(number)s"),
        _("The appeal of “%(title)s” (%(number)s) is %(outcome)s. Reason: %(reason)s"),
        outcome=_("upheld") if upheld else _("dismissed"),
        reason=reason,
    )


def assigned(assignment):
    proposal = assignment.proposal
    about(
        proposal,
        assignment.reviewer,
        "assigned",
        _("To review: %(number)s"),
        _(
            "“%(title)s” of %(name)s (%(number)s) is assigned to you. "
            "Declare a conflict of interest first, if there is one."
        ),
    )


def assignment_ended(assignment):
    about(
        assignment.proposal,
        holders("budgets.assign_reviewers"),
        "assignment_ended",
        _("Reviewer needed: %(number)s"),
        _("%(reviewer)s no longer reviews “%(title)s” (%(number)s). Please assign another."),
        reviewer=str(assignment.reviewer),
    )


def conflict_declared(conflict):
    forget(conflict.person, conflict.proposal)
    about(
        conflict.proposal,
        holders("budgets.assign_reviewers"),
        "conflict_declared",
        _("Conflict of interest: %(number)s"),
        _("%(reviewer)s declares a conflict of interest in “%(title)s” (%(number)s). Please assign another reviewer."),
        reviewer=str(conflict.person),
    )


def _about_round(round, recipients, kind, subject, body, **facts):
    facts = {"round": round.name_th, "year": round.fiscal_year, **facts}
    tell(recipients, kind, subject=subject, body=body, url=round.get_absolute_url(), about=round, **facts)


def eligible_people(round):
    """Everyone in the offices that may apply."""
    places = LocalGovernment.objects.active(clock.today()).filter(kind__in=round.kinds)
    held = Membership.objects.in_force(clock.today()).filter(local_government__in=places)
    return User.objects.filter(memberships__in=held, is_active=True).distinct()


def round_opened(round):
    _about_round(
        round,
        eligible_people(round),
        "round_opened",
        _("Open for proposals: %(round)s"),
        _("“%(round)s” takes proposals until %(closes)s."),
        closes=round.closes_at,
    )


def profile_wanted(round, people):
    tell(
        people,
        "profile_wanted",
        subject=_("Please confirm your profile: %(round)s"),
        body=_("Before cases of “%(round)s” are assigned to you, confirm your home province and your employers."),
        url=reverse("budgets:reviewer-profile", args=[round.pk]),
        about=round,
        round=round.name_th,
    )


def everyone_in(round):
    """The offices that may apply, and who screens, reviews and assigns."""
    at_work = ("screen_proposal", "stand_in_for_province", "review_proposal", "assign_reviewers")
    return [*eligible_people(round), *(person for name in at_work for person in holders(f"budgets.{name}"))]


def round_amended(round, reason, dates):
    """`dates`: the new days and moments by the names of their fields."""
    lines = [format_lazy("{}: %({})s", round._meta.get_field(name).verbose_name, name) for name in dates]
    text = _("The dates of “%(round)s” have changed. Reason: %(reason)s")
    _about_round(
        round,
        everyone_in(round),
        "round_amended",
        _("Dates changed: %(round)s"),
        format_lazy("\n".join(["{}"] * (1 + len(lines))), text, *lines),
        reason=reason,
        **dates,
    )


def ceilings_changed(round, reference, reason):
    people = holders("budgets.propose_allocation_proposal") | holders("budgets.allocate_proposal")
    _about_round(
        round,
        people.distinct(),
        "ceilings_changed",
        _("Ceilings changed: %(round)s"),
        _("%(reference)s changes the ceilings of “%(round)s”. Reason: %(reason)s"),
        reference=reference,
        reason=reason,
    )


def extension_granted(extension):
    held = Membership.objects.in_force(clock.today()).filter(local_government=extension.local_government)
    _about_round(
        extension.round,
        User.objects.filter(memberships__in=held, is_active=True).distinct(),
        "extension_granted",
        _("More time: %(round)s"),
        _("DLA gives %(name)s until %(until)s in “%(round)s” (%(letter_no)s)."),
        name=extension.local_government.name_th,
        until=extension.until,
        letter_no=extension.letter_no,
    )


def round_cancelled(round, reason):
    _about_round(
        round,
        everyone_in(round),
        "round_cancelled",
        _("Cancelled: %(round)s"),
        _("“%(round)s” is cancelled: its proposals go no further and stay to be read. Reason: %(reason)s"),
        reason=reason,
    )


def _about_report(report, recipients, kind, subject, body, **facts):
    proposal = report.proposal
    facts = {
        "number": proposal.number,
        "title": proposal.title_th,
        "name": proposal.local_government.name_th,
        "quarter": report.quarter,
        "year": report.fiscal_year,
        **facts,
    }
    people = without_conflict(proposal, recipients)
    tell(people, kind, subject=subject, body=body, url=report.get_absolute_url(), about=proposal, **facts)


def report_submitted(report):
    _about_report(
        report,
        province(report.proposal),
        "report_submitted",
        _("Report to accept: %(number)s quarter %(quarter)s"),
        _("%(name)s has sent the report of quarter %(quarter)s/%(year)s on “%(title)s”."),
    )


def report_accepted(report):
    _about_report(
        report,
        office(report.proposal),
        "report_accepted",
        _("Report accepted: %(number)s quarter %(quarter)s"),
        _("The report of quarter %(quarter)s/%(year)s on “%(title)s” is accepted."),
    )


def report_returned(report, reason):
    _about_report(
        report,
        office(report.proposal),
        "report_returned",
        _("Report to revise: %(number)s quarter %(quarter)s"),
        _("The report of quarter %(quarter)s/%(year)s on “%(title)s” was returned. Reason: %(reason)s"),
        reason=reason,
    )
