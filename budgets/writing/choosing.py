"""Items and contracts that stand on the account of providers: chosen as of a day, and watched from then on."""

from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from budgets.models import ProposalItem
from budgets.states import ENDS, PriceBasis, ProposalState, Section
from budgets.writing.drafting import editing
from portal import access, clock
from portal.errors import Refused
from portal.models import Membership, User
from portal.registry import Task
from providers import seams

FOUND = 20
IN_USE = frozenset({ProposalState.EXECUTING, ProposalState.COMPLETED})


def find(key):
    """The listing with this key (a text), whatever its state, or None."""
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    return seams.listings().filter(pk=key).first()


def may_choose(listing):
    return seams.choosable(clock.today()).filter(pk=listing.pk).exists()


def search(text):
    """Listings that may be chosen today and fit `text`, each with its prices of today; at most twenty."""
    day = clock.today()
    found = seams.search(text, day)[:FOUND]
    return [{"listing": one, "prices": list(seams.price_on(one, day))} for one in found]


def snapshot_of(listing):
    """What is kept beside a choice: what was true of the listing today; empty without one."""
    return seams.snapshot(listing, clock.today()) if listing else {}


def choose(item, listing, *, by):
    """Let `item` stand on `listing` as of today, or on none; the item.

    An item without a price takes the listed one. Raises what `editing` raises, and Refused (`not_choosable`).
    """
    if listing is not None and not may_choose(listing):
        raise Refused(seams.warning(listing) or _("This listing may not be chosen today."), code="not_choosable")
    details = {"listing": listing.certificate_no if listing else None}
    with editing(item.proposal, Section.ITEMS, by=by, details=details) as fresh:
        item = fresh.items.get(pk=item.pk)
        item.listing, item.listing_snapshot = listing, snapshot_of(listing)
        if listing is not None:
            item.price_basis, item.price_reference = PriceBasis.REGISTRY, listing.certificate_no
            prices = item.listing_snapshot["prices"]
            if item.unit_price_baht is None and len(prices) == 1:
                item.unit_price_baht = Decimal(prices[0]["price_baht"])
                item.unit = item.unit or prices[0]["unit"]
        item.save()
        fresh._prefetched_objects_cache = {}
    return item


def listed_price(item):
    """The highest price at which the chosen listing was listed on the day of the choice, in baht; None without one."""
    prices = [Decimal(one["price_baht"]) for one in item.listing_snapshot.get("prices", [])]
    return max(prices, default=None)


def warnings_of(proposal):
    """The chosen listings of `proposal` that may no longer be chosen: `{"item", "text", "url"}` each."""
    if proposal.state in ENDS:
        return []
    found = [(item, seams.warning(item.listing)) for item in proposal.items.all() if item.listing_id]
    return [{"item": item, "text": text, "url": item.listing.get_absolute_url()} for item, text in found if text]


def _items_on(listing):
    return ProposalItem.objects.filter(listing=listing).select_related("proposal__local_government", "proposal__round")


@seams.dependants
def cases_on(listing):
    """The proposals under way that chose `listing`, with the people of their offices."""
    seen = {}
    for item in _items_on(listing).exclude(proposal__state__in=sorted(ENDS)).order_by("proposal_id", "pk"):
        seen.setdefault(item.proposal_id, item.proposal)
    offices = {case.local_government_id for case in seen.values()}
    people = {}
    for membership in (
        Membership.objects.in_force(clock.today())
        .filter(local_government__in=offices, role__in=["local_officer"], user__is_active=True)
        .select_related("user")
    ):
        people.setdefault(membership.local_government_id, []).append(membership.user)
    return [
        seams.Dependant(
            kind=_("Proposal"),
            title=case.title,
            url=case.get_absolute_url(),
            local_government=case.local_government,
            state=case.get_state_display() if case.was_submitted else _("Draft"),
            people=tuple(people.get(case.local_government_id, ())),
        )
        for case in seen.values()
    ]


@seams.uses
def public_uses(listings):
    """The projects being carried out, or done, that use any of `listings`: what anybody may know of them."""
    items = ProposalItem.objects.filter(listing__in=listings, proposal__state__in=sorted(IN_USE))
    return [
        seams.Use(
            listing=item.listing_id,
            local_government=item.proposal.local_government,
            title=item.proposal.title,
            url=item.proposal.local_government.get_absolute_url(),
        )
        for item in items.select_related("proposal__local_government").order_by("proposal_id", "pk").distinct()
    ]


def tasks_of(user: User):
    """For officers: the own cases under way one of whose chosen listings may no longer be chosen."""
    offices = [m.local_government_id for m in access.holding(user, "budgets.change_proposal") if m.local_government_id]
    if not offices:
        return []
    gone = seams.gone(clock.today()).values("pk")
    items = (
        ProposalItem.objects.filter(listing__in=gone, proposal__local_government__in=offices)
        .exclude(proposal__state__in=sorted(ENDS))
        .select_related("proposal__local_government", "listing__product", "listing__provider")
        .order_by("proposal_id", "pk")
    )
    found = {}
    for item in items:
        found.setdefault(item.proposal_id, item)
    return [
        Task(
            area="budgets",
            title=item.proposal.title,
            url=reverse("budgets:item", args=[item.proposal_id, item.pk])
            if item.proposal.state in {ProposalState.DRAFT, ProposalState.RETURNED}
            else item.proposal.get_absolute_url(),
            verb=_("A chosen product is no longer listed: look at it"),
            since=seams.gone_since(item.listing),
            case_number=item.proposal.number or "",
            detail=str(item.listing.product),
        )
        for item in found.values()
    ]
