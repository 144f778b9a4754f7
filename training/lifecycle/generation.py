"""Generation: from the announcement to graduation."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import clock
from portal.errors import Refused
from portal.lifecycle import Lifecycle, Step
from training import notices, setup
from training.states import OCCUPIES, ApplicationState, GenerationState

S = GenerationState
UNDECIDED = (ApplicationState.SUBMITTED, ApplicationState.INCOMPLETE, ApplicationState.ELIGIBLE)


def is_complete(generation, *, by):
    lacks = setup.what_the_generation_lacks(generation)
    if lacks:
        raise Refused(
            _("The generation cannot open yet: %(first)s") % {"first": " ".join(lacks)},
            code="incomplete",
            missing=lacks,
        )


def closing_moment_has_come(generation, *, by):
    if generation.closes_at is None or clock.now() < generation.closes_at:
        raise Refused(_("Applications close at the announced moment, not before."), code="too_early")


def every_application_is_decided(generation, *, by):
    waiting = generation.applications.filter(state__in=UNDECIDED).count()
    if waiting:
        raise Refused(
            _("%(count)s applications are not yet checked and scored.") % {"count": waiting}, code="not_all_decided"
        )


def someone_has_accepted(generation, *, by):
    if not generation.placements.filter(state__in=OCCUPIES).exists():
        raise Refused(_("Nobody has accepted a place yet."), code="nobody_placed")
    waiting = generation.applications.filter(state=ApplicationState.SHORTLISTED).count()
    if waiting:
        raise Refused(_("Give the places first: %(count)s applicants wait.") % {"count": waiting}, code="not_matched")


def nobody_serves(generation, *, by):
    serving = generation.placements.filter(state__in=OCCUPIES).count()
    if serving:
        raise Refused(_("%(count)s ambassadors have not finished.") % {"count": serving}, code="still_serving")


def settle_quotas(generation, *, by, **_details):
    setup.settle_quotas(generation)


def tell_hosts(generation, *, by, **_details):
    notices.hosts_called(generation)


def close_waiting_list(generation, *, by, **_details):
    from training.lifecycle.application import APPLICATION

    for application in generation.applications.filter(state=ApplicationState.WAITLISTED).order_by("pk"):
        APPLICATION.take(application, "close_list", by=by)


def step(name, label, source, target, **kwargs):
    permission = kwargs.pop("permission", "training.change_generation")
    return Step(name, label, frozenset({source}), target, permission, **kwargs)


GENERATION = Lifecycle(
    "generation",
    S,
    [
        step("open", L("Open for applications"), S.ANNOUNCED, S.OPEN, guards=[is_complete], effects=[settle_quotas],
             after=[tell_hosts], form=None, hint=L("Municipalities are told that they may offer places.")),
        step("close", L("Close for applications"), S.OPEN, S.SELECTING, permission="training.close_generation",
             guards=[closing_moment_has_come], form=None),
        step("match", L("Begin giving places"), S.SELECTING, S.MATCHING, guards=[every_application_is_decided],
             form=None, hint=L("From now on the board gives places by rank, area and quota.")),
        step("start", L("Begin the service"), S.MATCHING, S.IN_SERVICE, guards=[someone_has_accepted], form=None),
        step("graduate", L("Graduate the generation"), S.IN_SERVICE, S.GRADUATED, guards=[nobody_serves],
             after=[close_waiting_list], form=None, danger=True),
    ],
    start=S.ANNOUNCED,
    ends=frozenset({S.GRADUATED}),
)  # fmt: skip
