"""Review: one reviewer's scores, sent once complete, taken back until the case is concluded."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from budgets.judging import reviewing
from budgets.states import ProposalState, ReviewState
from portal import clock
from portal.errors import Refused
from portal.lifecycle import Lifecycle, Step

S = ReviewState


def is_own(review, *, by):
    if review.reviewer_id != by.pk:
        raise PermissionDenied(_("Only the reviewer sends or recalls this review."))


def is_under_review(review, *, by):
    if review.proposal.state != ProposalState.IN_REVIEW:
        raise Refused(
            _("The case is “%(state)s”, so its reviews stand as they are.") % {"state": _("concluded")},
            code="wrong_state",
            state=review.state,
        )


def is_complete(review, *, by):
    found = reviewing.lacks(review)
    if found:
        raise Refused(
            _("The review is not complete: %(first)s") % {"first": found[0]},
            code="incomplete",
            state=review.state,
            missing=[{"section": "scores", "code": "score_missing", "detail": text} for text in found],
        )


def stamp(review, *, by, **_details):
    review.sent_at = clock.now()


def unstamp(review, *, by, **_details):
    review.sent_at = None


REVIEW = Lifecycle(
    "review",
    S,
    [
        Step("send", L("Send the review"), frozenset({S.DRAFT}), S.SENT, "budgets.review_proposal",
             guards=[is_own, is_under_review, is_complete], effects=[stamp]),
        Step("recall", L("Take the review back"), frozenset({S.SENT}), S.DRAFT, "budgets.review_proposal",
             guards=[is_own, is_under_review], effects=[unstamp]),
    ],
    start=S.DRAFT,
    ends=frozenset({S.SENT}),
)  # fmt: skip
