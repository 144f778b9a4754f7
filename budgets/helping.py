"""A province's help for its offices: drafts that are shared with it, reminders, calls on record."""

from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.utils.translation import gettext as _

from budgets import notices, turns
from budgets.models import Contact, Proposal
from budgets.states import ContactKind, ProposalState, Section
from budgets.writing import completeness
from portal import access, clock
from portal.audit import record
from portal.errors import Refused
from portal.models import Invitation, Membership
from portal.roles import LOCAL_ROLES, Role

POSTS = (Role.LOCAL_OFFICER, Role.LOCAL_CLERK, Role.LOCAL_EXECUTIVE)
UNSIGNED = (ProposalState.DRAFT, ProposalState.PENDING_ENDORSEMENT, ProposalState.RETURNED)


# A draft that the office shows to its province


def share(proposal, *, by, shown=True):
    """The draft, which the province's office may read from now on; with `shown` false no longer.

    Raises PermissionDenied, or Refused `already_submitted` for what the province sees anyway.
    """
    capacity = access.capacity(by, "budgets.change_proposal", proposal)
    if capacity is None:
        raise PermissionDenied(_("Only officers of this local government share its drafts."))
    if proposal.was_submitted:
        raise Refused(_("The province sees submitted proposals anyway."), code="already_submitted")
    with transaction.atomic():
        moment = clock.now() if shown else None
        Proposal.objects.filter(pk=proposal.pk).update(shared_at=moment)
        proposal.shared_at = moment
        record("proposal.share" if shown else "proposal.unshare", proposal, by=by, capacity=capacity)
        if shown:
            notices.draft_shared(proposal)
    return proposal


# Keeping in touch


def remind(local_government, round, *, by):
    """The new `Contact`: everybody in the office is told what is still open. Once a day, else Refused."""
    capacity = _helper(by, local_government)
    today = Contact.objects.filter(
        local_government=local_government, round=round, kind=ContactKind.REMINDER, at__gte=start_of(clock.today())
    )
    if today.exists():
        raise Refused(_("This office was reminded today already. Call it instead."), code="reminded_today")
    with transaction.atomic():
        contact = Contact.objects.create(
            local_government=local_government, round=round, kind=ContactKind.REMINDER, by=by
        )
        record("office.remind", local_government, by=by, capacity=capacity, details={"round": round.pk})
        notices.office_reminded(local_government, round, by)
    return contact


def note_contact(local_government, round, *, by, kind, note=""):
    """The new `Contact` that `by` had with the office."""
    capacity = _helper(by, local_government)
    with transaction.atomic():
        contact = Contact(local_government=local_government, round=round, kind=kind, note=note, by=by)
        contact.full_clean()
        contact.save()
        record("office.contact", local_government, by=by, capacity=capacity, details={"round": round.pk, "kind": kind})
    return contact


def _helper(by, local_government):
    capacity = access.capacity(by, "budgets.help_office", local_government)
    if capacity is None:
        raise PermissionDenied(_("Only the province's own office and DLA keep in touch with this office."))
    return capacity


def start_of(day):
    return datetime.combine(day, datetime.min.time(), tzinfo=clock.BANGKOK)


# The board


@dataclass
class Standing:
    """How far an office is in a round: its posts, its cases, whom to call, and the last contact."""

    office: object
    posts: dict = field(default_factory=dict)
    cases: list = field(default_factory=list)
    people: list = field(default_factory=list)
    contact: Contact | None = None
    invited: int = 0  # people whose invitation is still out

    @property
    def absent(self):
        """The posts that nobody holds."""
        return [Role(role).label for role in POSTS if role not in self.posts]

    @property
    def signer(self):
        """The membership through which the office signs, or None."""
        return self.posts.get(Role.LOCAL_EXECUTIVE)

    @property
    def callable(self):
        """Somebody of the office with a telephone, or None."""
        return next((person for person in self.people if person.phone), None)


@dataclass
class CaseLine:
    """A case on the board; `is_open` says whether the province may read it."""

    case: Proposal
    who: str
    until: datetime | None
    done: int
    is_open: bool
    is_mine: bool

    total = len(Section)


def standings(offices, round, user):
    """The `Standing` of each of `offices` in `round`, in a number of queries that does not grow with them."""
    found = {office.pk: Standing(office) for office in offices}
    held = Membership.objects.in_force(clock.today()).filter(local_government__in=found, role__in=LOCAL_ROLES)
    for membership in held.filter(user__is_active=True).select_related("user").order_by("acting", "pk"):
        standing = found[membership.local_government_id]
        standing.posts.setdefault(membership.role, membership)
        standing.people.append(membership.user)
    out = Invitation.objects.filter(
        local_government__in=found, accepted_at=None, revoked_at=None, expires_at__gt=clock.now()
    )
    for office, count in out.values_list("local_government").annotate(Count("pk")).order_by():
        found[office].invited = count
    last = Contact.objects.filter(local_government=OuterRef("local_government"), round=round).order_by("-pk")
    for contact in Contact.objects.filter(
        round=round, local_government__in=found, pk=Subquery(last.values("pk")[:1])
    ).select_related("by"):
        found[contact.local_government_id].contact = contact
    cases = (
        Proposal.objects.in_round(round)
        .filter(local_government__in=found)
        .exclude(state=ProposalState.DISCARDED)
        .without_conflicts_of(user)
    )
    seen = set(Proposal.objects.visible_to(user).filter(pk__in=cases.values("pk")).values_list("pk", flat=True))
    waits = turns.waits_of(cases)
    for case in cases.whole().as_shown_to(user).with_extension(clock.now()).order_by("number", "pk"):
        found[case.local_government_id].cases.append(_line(case, waits.get(case.pk), case.pk in seen))
    return list(found.values())


def _line(case, wait, is_open):
    who, until = turns.words_for(case, wait)
    lacking = {lack.section for lack in completeness.missing(case)} if case.state in UNSIGNED else set()
    return CaseLine(
        case=case,
        who=who,
        until=until,
        done=len(Section) - len(lacking),
        is_open=is_open,
        is_mine=wait is not None and wait.name == "claim",
    )
