"""What to look at in a case though nothing refuses it: the same asked elsewhere, prices that moved on."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from budgets.models import PriceEdition, Proposal, ProposalItem, Quotation
from budgets.states import ENDS, ProposalState, Section
from portal import clock
from portal.thai.dates import thaidate

LISTED = 5
GIVEN_UP = ENDS - {ProposalState.COMPLETED}


@dataclass(frozen=True)
class Finding:
    """One thing to look at: `code` and `section` for programs, `detail` in words, `case` where it is another case."""

    code: str
    section: str
    detail: str
    case: Proposal | None = None

    def as_dict(self):
        return {"code": self.code, "section": str(self.section), "detail": self.detail}


def findings(proposal, user):
    """The `Finding`s of a case for `user`: at most a few other cases by name, the rest of them as a number."""
    return [*_overlaps(proposal, user), *_newer_editions(proposal), *_ended_quotations(proposal)]


def asked_alike(proposal):
    """Other cases of the fiscal year that ask for items of the same category in the same place."""
    categories = ProposalItem.objects.filter(proposal=proposal).exclude(category=None).values("category")
    served = Proposal.subdistricts.through.objects.filter(proposal=proposal).values("subdistrict")
    here = Q(local_government=proposal.local_government_id) | Q(subdistricts__in=served)
    others = Proposal.objects.filter(
        here, round__fiscal_year=proposal.round.fiscal_year, items__category__in=categories
    )
    return others.exclude(pk=proposal.pk).exclude(state__in=GIVEN_UP).distinct()


def must_declare(proposal):
    """Whether the office has still to say how its case differs from others' that were submitted before it was locked.

    Asked while the declaration can be written: before the first signature, and when its section was opened again.
    """
    is_open = not proposal.was_submitted or Section.FUNDING in proposal.open_sections
    if proposal.overlap_note or not is_open:
        return False
    before = asked_alike(proposal).filter(first_submitted_at__isnull=False)
    if proposal.state == ProposalState.PENDING_ENDORSEMENT:
        before = before.filter(first_submitted_at__lt=proposal.state_since)
    return before.exists()


def _overlaps(proposal, user):
    others = asked_alike(proposal)
    seen = others.filter(pk__in=Proposal.objects.visible_to(user).values("pk"))
    listed = list(seen.select_related("local_government__district", "round").order_by("pk")[:LISTED])
    for case in listed:
        text = _("“%(title)s” of %(place)s asks for items of the same category in the same place (%(round)s).")
        words = {"title": case.title, "place": case.local_government.display_name, "round": case.round.name}
        yield Finding("overlap", Section.ITEMS, text % words, case)
    known = others.filter(first_submitted_at__isnull=False).without_conflicts_of(user)
    rest = max(known.count() - sum(case.was_submitted for case in listed), 0)
    if rest:
        text = ngettext("and %(n)s more case", "and %(n)s more cases", rest)
        yield Finding("overlap", Section.ITEMS, text % {"n": rest})


def _newer_editions(proposal):
    """Items whose price standard has an edition newer than the one that they name."""
    items = list(proposal.items.exclude(price_edition=None).select_related("price_edition"))
    standards = {item.price_edition.standard for item in items}
    editions = PriceEdition.objects.filter(standard__in=standards, issued_on__lte=clock.today())
    newest = {edition.standard: edition for edition in editions.order_by("issued_on", "pk")}
    for item in items:
        named, found = item.price_edition, newest.get(item.price_edition.standard)
        if found and found.issued_on > named.issued_on:
            text = _("“%(item)s” stands on %(old)s; since %(day)s there is %(new)s. Only its price need be renewed.")
            words = {"item": item.description, "old": named, "new": found, "day": thaidate(found.issued_on)}
            yield Finding("newer_edition", Section.ITEMS, text % words)


def _ended_quotations(proposal):
    """Items with a quotation that has ended: of each the one that ended first."""
    ended = Quotation.objects.filter(item__proposal=proposal, valid_until__lt=clock.today())
    told = set()
    for one in ended.select_related("item").order_by("item__position", "item", "valid_until", "pk"):
        if one.item_id not in told:
            told.add(one.item_id)
            text = _("The quotation of %(seller)s for “%(item)s” ended on %(day)s.")
            words = {"seller": one.seller_name, "item": one.item.description, "day": thaidate(one.valid_until)}
            yield Finding("quotation_ended", Section.ITEMS, text % words)
