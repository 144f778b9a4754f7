"""Where the line falls in a ranked theme, and what follows from it."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from budgets.states import ProposalState


@dataclass
class Place:
    """A case in its theme's ranking. `baht` is what it would cost: recommended, or requested while undecided."""

    pk: int
    rank: int
    baht: Decimal
    mean: Decimal
    region: str
    state: str
    running_baht: Decimal


@dataclass
class Side:
    """The cases above or below the line: how many, their money, and how many are not decided yet."""

    count: int = 0
    baht: Decimal = Decimal(0)
    undecided: int = 0

    def add(self, place):
        self.count += 1
        self.baht += place.baht
        self.undecided += place.state == ProposalState.SCORED


@dataclass
class Line:
    """A line drawn below the first `cut` cases, with its consequences. `left_baht` is None without a ceiling."""

    cut: int
    above: Side = field(default_factory=Side)
    below: Side = field(default_factory=Side)
    regions: list = field(default_factory=list)
    left_baht: Decimal | None = None
    failing_above: int = 0
    passing_below: int = 0

    @property
    def is_over(self):
        return self.left_baht is not None and self.left_baht < 0


def places(rows):
    """`Place`s of `rows`, (pk, baht, mean, region, state) in rank order, with their rank and running sum."""
    found, running = [], Decimal(0)
    for rank, (pk, baht, mean, region, state) in enumerate(rows, start=1):
        running += baht
        found.append(Place(pk, rank, baht, mean, region, state, running))
    return found


def natural_cut(ranked, *, ceiling_baht, pass_mark):
    """How many cases fit: the longest run from the top that keeps to the ceiling and reaches the pass mark."""
    cut = 0
    for place in ranked:
        if place.mean < pass_mark or (ceiling_baht is not None and place.running_baht > ceiling_baht):
            break
        cut = place.rank
    return cut


def draw(ranked, cut, *, ceiling_baht=None, pass_mark=Decimal(0)):
    """The `Line` below the first `cut` of `ranked`."""
    line = Line(cut)
    regions = defaultdict(lambda: (Side(), Side()))
    for place in ranked:
        is_above = place.rank <= cut
        (line.above if is_above else line.below).add(place)
        regions[place.region][0 if is_above else 1].add(place)
        line.failing_above += is_above and place.mean < pass_mark
        line.passing_below += not is_above and place.mean >= pass_mark
    line.regions = [
        {"region": region, "above": above, "below": below} for region, (above, below) in sorted(regions.items())
    ]
    if ceiling_baht is not None:
        line.left_baht = ceiling_baht - line.above.baht
    return line
