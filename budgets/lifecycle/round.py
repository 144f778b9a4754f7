"""Round: from planning a fiscal year's themes to the end of its last case."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from budgets import notices
from budgets.models import Proposal, ThemeEdition
from budgets.money import ledger
from budgets.setup import theme_content, what_the_round_lacks
from budgets.states import ENDS, ProposalState, RoundState
from budgets.step_forms import AmendForm, AnnounceForm, ChangeCeilingsForm, EnactForm, SendRequestForm
from portal import clock
from portal.errors import Refused
from portal.lifecycle import Lifecycle, Step
from portal.step_forms import ReasonForm

S = RoundState
LISTED = 20


def is_complete(round, *, by):
    lacks = what_the_round_lacks(round)
    if lacks:
        raise Refused(
            _("The round cannot open yet: %(first)s") % {"first": " ".join(lacks)}, code="incomplete", missing=lacks
        )


def closing_moment_has_come(round, *, by):
    if not round.is_past_closing(clock.now()):
        raise Refused(_("The round closes at the announced moment, not before."), code="too_early")


def every_recommended_case_is_placed(round, *, by):
    _refuse_stranded(
        round.proposals.filter(state=ProposalState.RECOMMENDED),
        code="cases_not_placed",
        text=_("These recommended proposals are neither in the request nor left out: %(numbers)s."),
    )


def every_case_has_ended(round, *, by):
    _refuse_stranded(
        round.proposals.exclude(state__in=ENDS),
        code="cases_not_ended",
        text=_("These proposals have not ended: %(numbers)s."),
    )


def _refuse_stranded(cases, *, code, text):
    found = list(cases.order_by("number", "pk").values_list("number", "pk")[: LISTED + 1])
    if found:
        names = [number or f"#{pk}" for number, pk in found[:LISTED]]
        tail = " …" if len(found) > LISTED else ""
        raise Refused(text % {"numbers": ", ".join(names) + tail}, code=code, cases=names)


def publish_themes(round, *, by, **_details):
    for theme in round.themes.all():
        ThemeEdition.objects.get_or_create(
            theme=theme, number=theme.edition, defaults={"content": theme_content(theme), "published_by": by}
        )
    round.rubrics.filter(published_at=None).update(published_at=clock.now())
    if round.opens_at is None or round.opens_at > clock.now():
        round.opens_at = clock.now()


def stamp_announcement(round, *, by, **_details):
    round.announced_at = clock.now()


def keep_request_reference(round, *, by, request_reference="", **_details):
    round.request_reference = request_reference


def keep_act(round, *, by, act_reference, **_details):
    round.act_reference = act_reference


def write_ceilings(round, *, by, enacted_baht=None, themes=None, routes=None, references=None, **_details):
    ledger.set_ceilings(
        round,
        round_baht=enacted_baht or round.ceiling_baht,
        themes=themes or {},
        routes=routes or {},
        references=references,
    )


def change_ceilings(round, *, by, reference, enacted_on, reason, amounts, **_details):
    ledger.change_ceilings(round, amounts=amounts, reference=reference, on=enacted_on, reason=reason, by=by)


def tell_ceilings(round, *, by, reference, reason, **_details):
    notices.ceilings_changed(round, reference, reason)


def move_dates(round, *, by, reason, **dates):
    for name in AmendForm.DATES:
        if dates.get(name):
            setattr(round, name, dates[name])


def tell_opening(round, *, by, **_details):
    notices.round_opened(round)
    notices.profile_wanted(round, notices.holders("budgets.review_proposal"))


def tell_results(round, *, by, **_details):
    for proposal in (
        Proposal.objects.in_round(round).filter(decided_at__isnull=False).select_related("local_government")
    ):
        notices.decided(proposal)


def tell_amendment(round, *, by, reason, **dates):
    notices.round_amended(round, reason, {name: dates[name] for name in AmendForm.DATES if dates.get(name)})


def tell_cancellation(round, *, by, reason, **_details):
    notices.round_cancelled(round, reason)


def step(name, label, source, target, permission, **kwargs):
    source = frozenset({source} if isinstance(source, str) else source)
    return Step(name, label, source, target, f"budgets.{permission}_round", **kwargs)


BEFORE_ENACTED = (S.PLANNING, S.OPEN, S.REVIEWING, S.DELIBERATING, S.ANNOUNCED, S.REQUESTED)

ROUND = Lifecycle(
    "round",
    S,
    [
        step("open", gettext_lazy("Open the round"), S.PLANNING, S.OPEN, "open",
             guards=[is_complete], effects=[publish_themes], after=[tell_opening],
             hint=gettext_lazy("Every eligible local government is told.")),
        step("close", gettext_lazy("Close for proposals"), S.OPEN, S.REVIEWING, "close",
             guards=[closing_moment_has_come]),
        step("deliberate", gettext_lazy("Begin deliberation"), S.REVIEWING, S.DELIBERATING, "deliberate"),
        step("announce", gettext_lazy("Announce the results"), S.DELIBERATING, S.ANNOUNCED, "announce",
             effects=[stamp_announcement], after=[tell_results], form=AnnounceForm,
             hint=gettext_lazy("Everyone concerned learns the result at this moment.")),
        step("send_request", gettext_lazy("Send the budget request"), S.ANNOUNCED, S.REQUESTED, "send_request",
             guards=[every_recommended_case_is_placed], effects=[keep_request_reference], form=SendRequestForm),
        step("enact", gettext_lazy("Record the enacted budget"), S.REQUESTED, S.ENACTED, "enact",
             effects=[keep_act], after=[write_ceilings], form=EnactForm),
        step("change_ceilings", gettext_lazy("Record a later enactment"), S.ENACTED, None, "enact",
             after=[change_ceilings, tell_ceilings], form=ChangeCeilingsForm, aside=True,
             hint=gettext_lazy("A supplementary Act, a transfer by Act or a cut: ceilings rise or fall.")),
        step("finish", gettext_lazy("Finish the round"), S.ENACTED, S.FINISHED, "finish",
             guards=[every_case_has_ended], danger=True),
        step("amend", gettext_lazy("Change dates"), BEFORE_ENACTED, None, "amend",
             effects=[move_dates], after=[tell_amendment], form=AmendForm, aside=True),
        step("cancel", gettext_lazy("Cancel the round"), BEFORE_ENACTED, S.CANCELLED, "cancel",
             after=[tell_cancellation], form=ReasonForm, danger=True),
    ],
    start=S.PLANNING,
    ends=frozenset({S.FINISHED, S.CANCELLED}),
)  # fmt: skip
