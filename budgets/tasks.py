"""What the budget does by itself. Each item stands in its own transaction; a run that comes late catches up."""

from datetime import timedelta

from budgets import handing_on, reminding
from budgets.lifecycle import PROPOSAL, ROUND
from budgets.lifecycle.proposal import ALIVE
from budgets.models import Proposal, Round
from budgets.writing import people
from budgets.writing.drafting import WRITING_PHASES
from portal import clock
from portal.models import User
from portal.registry import timer
from portal.tasks import each

AT_ONCE = 500
TO_TAKE_BACK = timedelta(days=1)


@timer
def close_rounds():
    """Close every round whose announced moment has come; how many were closed."""
    return each(Round.objects.past_closing(clock.now()).order_by("pk"), _take(ROUND, "close"))


@timer
def conclude_reviews():
    """Conclude what is reviewed by everybody asked, once there was a day to take a review back; how many."""
    ready = Proposal.objects.ready_to_conclude(clock.now() - TO_TAKE_BACK)
    ready = ready.filter(round__state__in=WRITING_PHASES)
    return each(ready.order_by("pk")[:AT_ONCE], _take(PROPOSAL, "conclude_review"))


@timer
def remind_offices():
    """Tell offices of deadlines seven, three and one working day ahead; how many cases were told of."""
    return each(reminding.due_now(AT_ONCE), reminding.remind)


@timer
def warn_of_lapsing_training():
    """Tell offices sixty days before the ambassador or trained officer that a round demands is gone; how many."""
    return each(people.lapses_to_tell()[:AT_ONCE], people.tell_of)


@timer
def hand_signatures_on():
    """Tell whoever came into a post what waits for their signature, and offices whose post is vacant; how many."""
    return each(handing_on.untold(AT_ONCE), handing_on.hand_on)


@timer
def lapse_cases():
    """Let lapse what was not signed in time and has no extension; how many."""
    late = Proposal.objects.out_of_time(clock.now()).filter(round__state__in=ALIVE)
    return each(late.order_by("pk")[:AT_ONCE], _take(PROPOSAL, "lapse"))


def _take(lifecycle, name):
    def step(case):
        lifecycle.take(case, name, by=User.objects.timer())

    step.__qualname__ = f"{lifecycle.name}.{name}"
    return step
