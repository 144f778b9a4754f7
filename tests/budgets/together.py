"""Several cases of one round, led side by side."""

from portal import clock
from tests.factories.budgets import Story
from tests.factories.remembered import remembered


@remembered
def together(goal, count=2, **kwargs):
    """`count` stories of one round, each at `goal`, up to `scored`."""
    first = Story(**kwargs).to(goal)
    return [first, *(Story(round=first.round, agencies=first.agencies).to(goal) for _ in range(count - 1))]


@remembered
def deliberating(count=2, **kwargs):
    """Scored cases of a round that is being deliberated."""
    told = together("scored", count, **kwargs)
    with clock.at(told[0].round.closes_at):
        told[0].move_round("close")
        told[0].move_round("deliberate")
    return refreshed(told)


@remembered
def recommended(count=2, **kwargs):
    """Recommended cases of a round whose results are announced."""
    told = deliberating(count, **kwargs)
    for number, story in enumerate(told, start=1):
        story.take(
            "recommend",
            story.agencies.secretary,
            amount_baht=story.proposal.requested_baht,
            resolution_no=f"{number}/2570",
            resolution_on=clock.today(),
        )
    told[0].move_round("announce")
    return refreshed(told)


@remembered
def enacted(count=2, baht=None, themes=None, **kwargs):
    """Cases in the request of a round whose budget is enacted, under a ceiling of `baht`."""
    told = recommended(count, **kwargs)
    for story in told:
        story.take("include_in_request", story.agencies.dla)
    told[0].move_round("send_request", by=told[0].agencies.dla)
    told[0].enact(baht=baht, themes=themes)
    return refreshed(told)


def refreshed(told):
    """The stories with their round and case as they are now."""
    for story in told:
        story.round.refresh_from_db()
        story.proposal = type(story.proposal).objects.get(pk=story.proposal.pk)
    return told
