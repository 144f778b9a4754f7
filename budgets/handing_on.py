"""Signatures that wait follow the post: whoever verifies or signs now is told, and nobody in post is told too."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from budgets import notices
from budgets.models import Proposal
from budgets.states import ProposalState
from budgets.writing.drafting import WRITING_PHASES
from portal import clock
from portal.models import Membership
from portal.models.outbox import Notice
from portal.roles import Scope, roles_with, scope_of

ASKED = ("endorsement_asked", "verified", "signature_handed_on")
VACANT = ("post_vacant",)


@dataclass(frozen=True)
class Handing:
    """A case that waits for `step`, and who is to be told so; nobody, where the post is vacant."""

    proposal: Proposal
    step: str
    people: tuple = ()


def untold(most):
    """Up to `most` `Handing`s: people who came into a post after it was asked, and posts that became vacant.

    Whoever was told of a case since it was locked is not told again.
    """
    waiting = Proposal.objects.filter(state=ProposalState.PENDING_ENDORSEMENT, round__state__in=WRITING_PHASES)
    waiting = waiting.select_related("local_government", "round").order_by("pk")
    found = []
    for step, cases in (("verify", waiting.filter(verified_by=None)), ("submit", waiting.exclude(verified_by=None))):
        in_post = _in_post(step)
        new = in_post.filter(local_government=OuterRef("local_government")).exclude(
            Exists(
                _told(ASKED, OuterRef(OuterRef("pk")), OuterRef(OuterRef("state_since"))).filter(
                    recipient=OuterRef("user")
                )
            )
        )
        for case in cases.filter(Exists(new))[: most - len(found)]:
            told = _told(ASKED, case.pk, case.state_since).values("recipient")
            posts = in_post.filter(local_government=case.local_government).exclude(user__in=told)
            found.append(Handing(case, step, tuple({post.user for post in posts.select_related("user")})))
        nobody = ~Exists(in_post.filter(local_government=OuterRef("local_government")))
        silent = ~Exists(_told(VACANT, OuterRef("pk"), OuterRef("state_since")))
        found += [Handing(case, step) for case in cases.filter(nobody, silent)[: most - len(found)]]
    return found


def _in_post(step):
    """The memberships by which people of offices take `step` today."""
    roles = [role for role in roles_with(f"budgets.{step}_proposal") if scope_of(role) == Scope.LOCAL]
    return Membership.objects.in_force(clock.today()).filter(role__in=roles, user__is_active=True)


def _told(kinds, case, since):
    label = Proposal._meta.label_lower
    return Notice.objects.filter(case_type=label, case_id=case, kind__in=kinds, created_at__gte=since)


def hand_on(handing):
    """Tell the people of a `Handing`, or the office and its province that nobody is in post."""
    if handing.people:
        notices.signature_handed_on(handing.proposal, handing.people, step=handing.step)
    else:
        notices.post_vacant(handing.proposal, step=handing.step)
