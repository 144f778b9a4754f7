"""Other items for the same money (การเปลี่ยนแปลงรายการ): what a project under way asks to buy instead, on a letter.

What is asked for changes nothing; the province's acceptance writes it (`budgets.lifecycle.moves`).
"""

from collections import defaultdict
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from budgets.models import ExpenseCategory, ItemChange, Proposal, ProposalItem
from budgets.money import move_notices
from budgets.money.ledger import refuse_unless_executing
from budgets.money.moving import refuse_unless_enacted
from budgets.states import PriceBasis, ProposalState
from portal import access
from portal.audit import plain, record
from portal.errors import Refused
from portal.thai.money import baht

WRITTEN = (
    "description",
    "quantity",
    "unit",
    "unit_price_baht",
    "price_basis",
    "price_reference",
    "fiscal_year",
    "quarter",
)
DEMANDED = frozenset(WRITTEN) - {"price_reference"}


def items_of(proposal):
    """The items as they are, in JSON's own types: `id, category` (its code) `, total_baht` and what is `WRITTEN`."""
    return [_told(item) for item in proposal.items.select_related("category").order_by("position", "pk")]


def _told(item):
    return plain(
        {
            "id": str(item.pk) if item.pk else "",
            "category": item.category.code if item.category else "",
            **{name: getattr(item, name) for name in WRITTEN},
            "unit_price_baht": f"{item.unit_price_baht or 0:.2f}",
            "total_baht": f"{item.total_baht:.2f}",
        }
    )


def bounds(proposal):
    """What the items of each fiscal year may come to: in the round's own year the allocation, beside other funding."""
    found = defaultdict(Decimal)
    for line in proposal.funding.all():
        if line.fiscal_year != proposal.round.fiscal_year or line.channel not in proposal.round.channels:
            found[line.fiscal_year] += line.amount_baht or 0
    found[proposal.round.fiscal_year] += proposal.allocated_baht or 0
    return found


def under_contract(proposal):
    """The keys of the items that a contract or a payment of the project names."""
    return set(proposal.entries.filter(items__isnull=False).values_list("items", flat=True))


def ask(proposal, *, by, items, reason, authority, letter_no, letter_on, letter=None):
    """The new `ItemChange`, for the province to accept; `items` are all items as they shall be afterwards.

    Each of `items` has `id` (of an item that stays, else None), `category` and what is `WRITTEN`.
    Raises PermissionDenied, ValidationError, or Refused: `wrong_round_state`, `not_executing`, `nothing_changed`,
    `item_under_contract`, `above_allocated`, `below_committed`.
    """
    with transaction.atomic():
        fresh = Proposal.objects.select_related("round", "local_government").get(pk=proposal.pk)
        capacity = access.capacity(by, "budgets.ask_item_change", fresh)
        if capacity is None:
            raise PermissionDenied(_("Only officers of this local government may ask for this."))
        refuse_unless_enacted(fresh.round)
        refuse_unless_executing(fresh)
        before, after = items_of(fresh), [_told(item) for item in _as_they_shall_be(fresh, items)]
        if before == after:
            raise Refused(_("Nothing is changed: these are the items as they are."), code="nothing_changed")
        refuse_unfit(fresh, after)
        asked = ItemChange(
            proposal=fresh, before=before, after=after, amount_baht=total(after), reason=reason, authority=authority,
            letter_no=letter_no, letter_on=letter_on, letter=letter, asked_by=by,
        )  # fmt: skip
        asked.full_clean()
        asked.save()
        details = {"amount_baht": asked.amount_baht, "letter_no": letter_no}
        record("item_change.ask", asked, by=by, capacity=capacity, after=asked.state, details=details)
        move_notices.item_change_asked(asked)
    return asked


def _as_they_shall_be(proposal, items):
    """Unsaved items as they were asked for; ValidationError where one is not whole."""
    held = {item.pk: item for item in proposal.items.select_related("category")}
    found, named = [], set()
    for index, row in enumerate(items, start=1):
        key = row.get("id")
        if key is not None and (key not in held or key in named):
            raise ValidationError({"items": _("Item %(index)s is not an item of this project.") % {"index": index}})
        named.add(key)
        if row.get("category") is None or any(row.get(name) in (None, "") for name in DEMANDED):
            raise ValidationError({"items": _("Item %(index)s: fill in everything.") % {"index": index}})
        listed = held[key].price_basis == PriceBasis.REGISTRY if key is not None else False
        if row["price_basis"] == PriceBasis.REGISTRY and not listed:
            text = _("Item %(index)s: an item from the account of providers stands on its listing; name another basis.")
            raise ValidationError({"items": text % {"index": index}})
        item = ProposalItem(pk=key, proposal=proposal, category=row["category"],
                            **{name: row.get(name, "") for name in WRITTEN})  # fmt: skip
        item.full_clean(exclude=["id"], validate_unique=False)
        found.append(item)
    if not found:
        raise ValidationError({"items": _("Enter at least one budget item.")})
    return found


def refuse_unfit(proposal, after):
    """Raise Refused unless `after` keeps what is under contract, and lies within the money and above what is bound."""
    kept = {row["id"] for row in after}
    for item in proposal.items.filter(pk__in=under_contract(proposal)).order_by("position", "pk"):
        if str(item.pk) not in kept:
            text = _("“%(item)s” is named by a contract or a payment and stays; its quantity and price may change.")
            raise Refused(text % {"item": item.description}, code="item_under_contract")
    limits, wanted = bounds(proposal), defaultdict(Decimal)
    for row in after:
        wanted[row["fiscal_year"]] += Decimal(row["total_baht"])
    for year in sorted(wanted):
        if wanted[year] > limits[year]:
            text = _("Fiscal year %(year)s: the items come to %(items)s, and there is %(limit)s.")
            words = {"year": year, "items": baht(wanted[year]), "limit": baht(limits[year])}
            raise Refused(text % words, code="above_allocated", limit_baht=str(limits[year]))
    if total(after) < proposal.committed_baht:
        text = _("%(committed)s is already committed: the items cannot come to less.")
        raise Refused(text % {"committed": baht(proposal.committed_baht)}, code="below_committed")


def total(rows):
    """What rows of items come to together."""
    return sum((Decimal(row["total_baht"]) for row in rows), Decimal(0))


def write(change):
    """Write the items as they were asked for. Called in the accepting step; raises Refused (also `items_changed`)."""
    proposal = Proposal.objects.select_related("round").get(pk=change.proposal_id)
    held = Proposal.objects.filter(pk=proposal.pk, state=ProposalState.EXECUTING, version=proposal.version)
    if not held.update(version=F("version") + 1, total_cost_baht=total(change.after)):
        refuse_unless_executing(proposal)
        raise Refused(_("The project was changed in the meantime. Reload the page and decide anew."), code="lost_race")
    if items_of(proposal) != change.before:
        raise Refused(_("The items are no longer those of the request."), code="items_changed")
    refuse_unfit(proposal, change.after)
    categories = {
        one.code: one for one in ExpenseCategory.objects.filter(code__in=[r["category"] for r in change.after])
    }
    proposal.items.exclude(pk__in=[int(row["id"]) for row in change.after if row["id"]]).delete()
    for position, row in enumerate(change.after):
        facts = {name: row[name] for name in WRITTEN} | {"unit_price_baht": Decimal(row["unit_price_baht"])}
        facts |= {"category": categories[row["category"]], "position": position}
        if row["price_basis"] != PriceBasis.REGISTRY:
            facts |= {"listing": None, "listing_snapshot": {}}
        if row["id"]:
            proposal.items.filter(pk=int(row["id"])).update(**facts)
        else:
            proposal.items.create(**facts)


def comparison(change):
    """The change line by line for the page: `{before, after, is_changed}`, either row a dict or None."""
    after = {row["id"]: row for row in change.after if row["id"]}
    pairs = [(row, after.get(row["id"])) for row in change.before]
    pairs += [(None, row) for row in change.after if not row["id"]]
    return [{"before": old, "after": new, "is_changed": old != new} for old, new in pairs]
