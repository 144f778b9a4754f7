"""What the budget shows on pages that belong to no app: the first page, a municipality's page, the search."""

import re

from django.db.models import Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from budgets.deciding import keying
from budgets.models import ExternalNumber, Proposal, Round
from budgets.states import ProposalState, RoundState
from portal import access, clock
from portal.registry import Hit, Panel
from portal.thai.digits import to_arabic

SHOWN = 8
NUMBER = re.compile(r"P[0-9]{4}-[0-9]{2}-[0-9]{5,}")


def open_rounds(request):
    """The block of the first page: rounds that take proposals, soonest closing first."""
    rounds = Round.objects.filter(state=RoundState.OPEN, closes_at__gt=clock.now()).order_by("closes_at", "pk")
    rounds = list(rounds.prefetch_related("themes"))
    if not rounds:
        return None
    offices = [m.local_government for m in access.holding(request.user, "budgets.add_proposal")]
    for round in rounds:
        round.is_mine = any(round.is_for(place) for place in offices if place)
    return Panel(_("Rounds that take proposals"), "budgets/rounds/_open_rounds.html", {"rounds": rounds})


def municipality_panel(place, user):
    """The projects of a municipality: what it was given is public, the rest for those who may see the cases."""
    given = Proposal.objects.filter(local_government=place).carried_out()
    if user.is_authenticated:
        given = given.without_conflicts_of(user)
    seen = Proposal.objects.visible_to(user).filter(local_government=place).as_shown_to(user)
    seen = seen.exclude(state=ProposalState.DISCARDED).select_related("round").order_by("-round__fiscal_year", "-pk")
    cases = list(seen[:SHOWN])
    for case in cases:
        case.shown = ProposalState(case.shown_state)
    context = {
        "place": place,
        "cases": cases,
        "projects": list(given.select_related("round").order_by("-round__fiscal_year", "-pk")[:SHOWN]),
        "sums": given.aggregate(allocated=Sum("allocated_baht"), disbursed=Sum("disbursed_baht")),
    }
    return Panel(_("Smart-city money"), "budgets/following/_municipality.html", context)


def find(text, user, limit):
    """Rounds and proposals that `user` may see and that fit `text`."""
    number = to_arabic(text).strip()
    rounds = Round.objects.visible_to(user).filter(Q(name_th__icontains=text) | Q(name_en__icontains=text))
    for round in rounds.order_by("-fiscal_year", "-pk")[:limit]:
        yield Hit("budgets", round.name, round.get_absolute_url(), round.get_state_display())
    keyed = ExternalNumber.objects.filter(number=keying.tidy(text)).values("proposal")
    fits = Q(number__icontains=number) | Q(title_th__icontains=text) | Q(title_en__icontains=text) | Q(pk__in=keyed)
    cases = Proposal.objects.visible_to(user).filter(fits).exclude(state=ProposalState.DISCARDED)
    for case in cases.select_related("local_government__district").order_by("-pk")[:limit]:
        detail = " · ".join(filter(None, [case.number, case.local_government.display_name]))
        yield Hit("budgets", case.title, case.get_absolute_url(), detail)


def case_of(number):
    """The proposal of a number, or None."""
    return Proposal.objects.filter(number=number).first() if NUMBER.fullmatch(number) else None


def proof(text):
    """The page that asks for the check code of a proposal's receipt, or with the code leads on to its proof."""
    number, _blank, code = text.partition(" ")
    number = to_arabic(number).upper()
    return reverse("budgets:verify-find", query={"number": number, "code": code}) if NUMBER.fullmatch(number) else None
