"""Plays stories in the order of time: each says when it goes on, and the clock stands there while it does."""

import heapq
from datetime import timedelta
from itertools import count

from simple_history.signals import pre_create_historical_record

from portal import clock


class Timetable:
    """Generators that yield the moment at which they want to go on; what would lie after `now` never happens."""

    def __init__(self, now):
        self.now = now
        self.queue, self.order = [], count()

    def add(self, story):
        """Let `story` (a generator) begin: it runs to its first moment at once."""
        self._wait(story)

    def play(self):
        """Go through all stories until now; how many moments there were."""
        moments = 0
        pre_create_historical_record.connect(_history_at_the_clock)
        try:
            while self.queue:
                moment, _order, story = heapq.heappop(self.queue)
                with clock.at(moment):
                    self._wait(story)
                moments += 1
        finally:
            pre_create_historical_record.disconnect(_history_at_the_clock)
        return moments

    def _wait(self, story):
        moment = next(story, None)
        if moment is not None and moment <= self.now:
            heapq.heappush(self.queue, (moment, next(self.order), story))


def _history_at_the_clock(*, history_instance, **_kwargs):
    history_instance.history_date = clock.now()


def in_office_hours(moment, share):
    """`moment` moved to a weekday and into the office's hours; `share` (0 to 1) says how late in the day."""
    local = moment.astimezone(clock.BANGKOK)
    local += timedelta(days={5: 2, 6: 1}.get(local.weekday(), 0))
    return local.replace(hour=8, minute=30, second=0, microsecond=0) + timedelta(minutes=int(share * 465))
