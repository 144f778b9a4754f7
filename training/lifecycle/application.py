"""Application: from a draft to a place, or to a clear end."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import clock
from portal.errors import Refused
from portal.lifecycle import Lifecycle, Step
from portal.models import Event
from training import applying, notices, numbers, seats, selection, service
from training.states import ApplicationState, GenerationState, Reason
from training.step_forms import AskDocumentForm, ReasonForm, RefuseEligibilityForm, SelectForm

S = ApplicationState


# Guards


def call_is_open(application, *, by):
    if not application.generation.takes_applications(clock.now()):
        raise Refused(_("Applications to this generation are closed."), code="call_closed", state=application.state)


def is_complete(application, *, by):
    lacks = applying.what_is_missing(application)
    if lacks:
        raise Refused(
            _("Your application is not complete: %(first)s") % {"first": lacks[0]["detail"]},
            code="incomplete",
            state=application.state,
            missing=lacks,
        )


def asked_papers_are_there(application, *, by):
    late = application.document_due_on is not None and clock.today() > application.document_due_on
    if late:
        raise Refused(_("The time for this paper has passed."), code="document_overdue", state=application.state)
    lacks = [row for row in applying.what_is_missing(application) if row["section"] == "documents"]
    if lacks:
        raise Refused(lacks[0]["detail"], code="incomplete", state=application.state, missing=lacks)


def selection_goes_on(application, *, by):
    if application.generation.state not in {GenerationState.OPEN, GenerationState.SELECTING}:
        raise Refused(_("The selection of this generation is over."), code="wrong_generation_state")


def papers_had_their_time(application, *, by):
    """An application whose paper was asked again is refused only when its time has passed."""
    if application.state == S.INCOMPLETE and clock.today() <= (application.document_due_on or clock.today()):
        raise Refused(_("The applicant may still give the paper."), code="document_awaited", state=application.state)


def has_enough_scores(application, *, by):
    sent = application.evaluations.filter(stage="paper", sent_at__isnull=False).count()
    needed = application.generation.scorers_needed
    if sent < needed:
        raise Refused(
            _("%(sent)s of %(needed)s members have sent their scores.") % {"sent": sent, "needed": needed},
            code="scores_missing",
            state=application.state,
        )


def places_are_given(application, *, by):
    if application.generation.state not in {GenerationState.MATCHING, GenerationState.IN_SERVICE}:
        raise Refused(_("Places are given once the generation is being matched."), code="wrong_generation_state")


def list_is_open(application, *, by):
    if application.state == S.WAITLISTED and not selection.list_is_open(application.generation):
        raise Refused(_("The waiting list is closed."), code="list_closed", state=application.state)


def list_has_ended(application, *, by):
    generation = application.generation
    if selection.list_is_open(generation) and generation.state != GenerationState.GRADUATED:
        raise Refused(_("The waiting list is still open."), code="list_open", state=application.state)


def may_still_answer(application, *, by):
    if application.answer_until is not None and clock.now() >= application.answer_until:
        raise Refused(_("The time to answer has passed."), code="answer_overdue", state=application.state)


def serves_nowhere_else(application, *, by):
    """One person, one service: whoever still serves in another generation ends that first."""
    there = by.placements.occupying().exclude(application=application).first()
    if there is not None:
        raise Refused(
            _("You already serve at %(place)s. End that service first, or decline this place.")
            % {"place": there.local_government.name},
            code="serves_elsewhere",
            state=application.state,
        )


def did_not_answer(application, *, by):
    if application.answer_until is None or clock.now() < application.answer_until:
        raise Refused(_("There is still time to answer."), code="too_early", state=application.state)


def did_not_refuse_it_before(application, *, by):
    last = Event.objects.of(application).filter(verb="application.refuse_eligibility").order_by("-pk").first()
    if last is not None and last.actor_id == by.pk:
        raise PermissionDenied(_("Somebody else than who refused it looks at it again."))


# Effects


def stamp_submission(application, *, by, **_details):
    generation, moment = application.generation, clock.now()
    application.number = application.number or numbers.application_number(generation)
    application.submitted_at = application.submitted_at or moment
    application.age_at_close = selection.age_on(application.born_on, selection.closing_day(generation))
    application.asked_documents, application.document_due_on = [], None
    application.decision_note = ""


def stamp_change(application, *, by, **_details):
    application.changed_at = application.state_since = clock.now()
    if application.state in applying.FORGOTTEN_AFTER:
        application.keep_until = applying.forget_at(application)
    else:
        application.keep_until = None


def keep_question(application, *, by, documents, reason, due_on, **_details):
    application.asked_documents = list(documents)
    application.decision_note, application.document_due_on = reason, due_on


def keep_refusal(application, *, by, reasons, reason="", **_details):
    if Reason.NO_PAPERS in reasons and application.previous_state != S.INCOMPLETE:
        raise Refused(
            _("A paper that is missing or cannot be read is asked for again first."),
            code="ask_document_first",
            state=application.previous_state,
        )
    application.reasons, application.decision_note = list(reasons), reason


def clear_refusal(application, *, by, reason, **_details):
    application.reasons, application.decision_note = [], reason


def settle_score(application, *, by, **_details):
    selection.settle_score(application)


def offer_place(application, *, by, place, **_details):
    if place.generation_id != application.generation_id or place.state != "offered":
        raise Refused(_("This place is not offered in this generation."), code="no_such_place")
    selection.settle_score(application)
    seats.take(application, place)
    application.place, application.holds_seat = place, True
    application.answer_until = selection.answer_moment(application.generation)


def let_go_of_the_offer(application, *, by, **_details):
    application.place_left = application.place
    seats.free(application)


def offer_what_was_left(application, *, by, **_details):
    selection.offer_next(application.place_left)


def free_seat(application, *, by, **_details):
    seats.free(application)
    application.answer_until = None


def free_interview(application, *, by, **_details):
    application.generation.slots.filter(application=application, starts_at__gt=clock.now()).update(
        application=None, booked_at=None
    )


def offer_to_the_next(application, *, by, **_details):
    if application.place_id and application.previous_state == S.SELECTED:
        selection.offer_next(application.place)


def plan_placement(application, *, by, **_details):
    service.place_accepted(application, by=by)


def tell(notice):
    def after(application, *, by, **_details):
        notice(application)

    return after


def step(name, label, source, target, permission, **kwargs):
    source = frozenset({source} if isinstance(source, str) else source)
    kwargs["effects"] = [*kwargs.get("effects", ()), stamp_change]
    kwargs.setdefault("form", None)
    return Step(name, label, source, target, f"training.{permission}_application", **kwargs)


BEFORE_A_PLACE = (S.DRAFT, S.SUBMITTED, S.INCOMPLETE, S.ELIGIBLE, S.SHORTLISTED, S.WAITLISTED, S.SELECTED)

APPLICATION = Lifecycle(
    "application",
    S,
    [
        step("submit", L("Send the application"), S.DRAFT, S.SUBMITTED, "apply",
             guards=[call_is_open, is_complete], effects=[stamp_submission], after=[tell(notices.submitted)]),
        step("submit", L("Send the papers"), S.INCOMPLETE, S.SUBMITTED, "apply",
             guards=[asked_papers_are_there], effects=[stamp_submission], after=[tell(notices.submitted)]),
        step("accept_eligibility", L("Eligible"), S.SUBMITTED, S.ELIGIBLE, "screen", guards=[selection_goes_on],
             after=[tell(notices.eligibility_decided)]),
        step("ask_document", L("Ask for a paper again"), S.SUBMITTED, S.INCOMPLETE, "screen",
             guards=[selection_goes_on], effects=[keep_question], after=[tell(notices.document_asked)],
             form=AskDocumentForm),
        step("refuse_eligibility", L("Not eligible"), (S.SUBMITTED, S.INCOMPLETE), S.INELIGIBLE, "screen",
             guards=[selection_goes_on, papers_had_their_time], effects=[keep_refusal],
             after=[tell(notices.eligibility_decided)], form=RefuseEligibilityForm, danger=True),
        step("reopen", L("Look at it again"), S.INELIGIBLE, S.SUBMITTED, "screen",
             guards=[selection_goes_on, did_not_refuse_it_before], effects=[clear_refusal], form=ReasonForm),
        step("shortlist", L("Invite to the interview"), S.ELIGIBLE, S.SHORTLISTED, "select",
             guards=[has_enough_scores], effects=[settle_score], after=[tell(notices.shortlisted)]),
        step("select", L("Offer a place"), (S.SHORTLISTED, S.WAITLISTED), S.SELECTED, "offer",
             guards=[places_are_given, list_is_open], effects=[offer_place], after=[tell(notices.offered)],
             form=SelectForm),
        step("reoffer", L("Offer another place"), S.SELECTED, None, "offer", guards=[places_are_given],
             effects=[let_go_of_the_offer, offer_place], after=[tell(notices.offered), offer_what_was_left],
             form=SelectForm, hint=L("For somebody who has moved: the first offer goes to the next in turn.")),
        step("waitlist", L("Put on the waiting list"), S.SHORTLISTED, S.WAITLISTED, "select",
             guards=[places_are_given], effects=[settle_score], after=[tell(notices.waitlisted)]),
        step("decline", L("Not selected"), (S.ELIGIBLE, S.SHORTLISTED), S.NOT_SELECTED, "select",
             guards=[has_enough_scores], effects=[settle_score, free_interview], after=[tell(notices.not_selected)],
             danger=True),
        step("accept", L("Accept the place"), S.SELECTED, S.ACCEPTED, "apply",
             guards=[may_still_answer, serves_nowhere_else], after=[plan_placement]),
        step("refuse", L("Decline the place"), S.SELECTED, S.REFUSED, "apply", effects=[free_seat],
             after=[offer_to_the_next], danger=True),
        step("expire", L("No answer in time"), S.SELECTED, S.REFUSED, "expire", guards=[did_not_answer],
             effects=[free_seat], after=[tell(notices.offer_lapsed), offer_to_the_next]),
        step("close_list", L("Close the waiting list"), S.WAITLISTED, S.NOT_SELECTED, "close_list",
             guards=[list_has_ended], after=[tell(notices.not_selected)]),
        step("withdraw", L("Withdraw my application"), BEFORE_A_PLACE, S.WITHDRAWN, "apply",
             effects=[free_seat, free_interview], after=[offer_to_the_next], danger=True),
    ],
    start=S.DRAFT,
    ends=frozenset({S.INELIGIBLE, S.NOT_SELECTED, S.ACCEPTED, S.REFUSED, S.WITHDRAWN}),
    private=frozenset({"reason", "reasons"}),
)  # fmt: skip
