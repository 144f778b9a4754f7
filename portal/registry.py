"""What the apps show on shared pages, and what runs by itself.

Plain lists, filled from `AppConfig.ready`; `portal` itself never imports an app.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import reverse

INBOX, TIMERS, PANELS, SEARCHES, VERIFIERS, AREAS, HOME_BLOCKS, REFERENCES, DEMOS = [], [], [], [], [], [], [], [], []


def _add(store, function):
    if function not in store:
        store.append(function)
    return function


@dataclass(frozen=True)
class Task:
    """Something that waits for one person: computed from states and roles, never stored.

    `verb` says what to do, `whose_turn` who is waited for where it is not only this person; `until` is the
    moment from which it is late, or None.
    """

    area: str
    title: str
    url: str
    verb: str
    since: datetime
    until: datetime | None = None
    case_number: str = ""
    whose_turn: str = ""
    detail: str = ""


def inbox_provider(function):
    """Register `function(user) -> iterable of Task`."""
    return _add(INBOX, function)


def inbox(user):
    """What waits for `user`, across the apps: soonest due first, then what has waited longest."""
    tasks = [task for provider in INBOX for task in provider(user)]
    return sorted(tasks, key=lambda task: (task.until is None, task.until or task.since, task.since, task.case_number))


VERBS, READINGS = {}, {}


def verbs(app, labels):
    """Register what the record calls the events of `app` that are no steps: `{"pilot.vote": label}`."""
    VERBS.setdefault(app, {}).update(labels)


def said(event):
    """What an event that is no step is called: by the app of its object, or by whichever app knows its verb; or ""."""
    own = VERBS.get(event.object_type.partition(".")[0], {})
    return next((words[event.verb] for words in (own, *VERBS.values()) if event.verb in words), "")


def reading(verb, what=lambda event: ""):
    """Register that events of `verb` are readings of what is personal; `what(event)` says of what, in words."""
    READINGS[verb] = what


def timer(function):
    """Register `function()` to be run by the timers, at least every half minute; its name is for the log."""
    return _add(TIMERS, function)


def timers():
    """The registered timers as (name, function) pairs."""
    return [(f"{function.__module__}.{function.__qualname__}", function) for function in TIMERS]


@dataclass(frozen=True)
class Panel:
    """An app's part of the page of a municipality: `template` is included with `context`."""

    title: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)


def panel(function):
    """Register `function(local_government, user) -> Panel | None`."""
    return _add(PANELS, function)


def panels(local_government, user):
    """The panels that have something to show `user` on the page of `local_government`."""
    found = (function(local_government, user) for function in PANELS)
    return [one for one in found if one is not None]


@dataclass(frozen=True)
class Hit:
    """One thing found by the search of the mast."""

    area: str
    title: str
    url: str
    detail: str = ""


CASES = []


def case_finder(function):
    """Register `function(number) -> case | None`: whatever an app files under that number, whoever asks."""
    return _add(CASES, function)


def case(number):
    """The case of any app that bears `number`, or None. Whether somebody may see it is asked of the case."""
    return next(filter(None, (function(number) for function in CASES)), None)


TIES, ERASERS, KEEPERS = [], [], []


def tie(function):
    """Register `function(user) -> list of texts`: what somebody hands over before their account can be closed."""
    return _add(TIES, function)


def eraser(function):
    """Register `function(user)` that erases an app's personal data of somebody whose account is closed."""
    return _add(ERASERS, function)


def keeper(function):
    """Register `function(user) -> bool`: whether acts or accounts still need to know who somebody was."""
    return _add(KEEPERS, function)


def search_provider(function):
    """Register `function(text, user, limit) -> iterable of Hit`."""
    return _add(SEARCHES, function)


def search(text, user, limit=10):
    """What `user` may see that fits `text`: at most `limit` hits from each app, in the apps' order."""
    return [hit for provider in SEARCHES for hit in list(provider(text, user, limit))[:limit]]


def verifier(function):
    """Register `function(text) -> address | None`: where a document is proved whose number begins `text`.

    What follows after a blank is the check code, on documents that carry one. The function knows its documents
    by the look of their numbers, and tells nobody whether there is such a document; its page does.
    """
    return _add(VERIFIERS, function)


def proof(text):
    """The address of the page that proves the document named by `text`, or None when no app issues such numbers."""
    return next(filter(None, (function(text) for function in VERIFIERS)), None)


@dataclass(frozen=True)
class Area:
    """A part of the portal that the navigation leads to."""

    key: str
    label: str
    url_name: str
    permission: str | None = None
    applies: Callable | None = None

    @property
    def url(self):
        return reverse(self.url_name)


def area(key, label, url_name, permission=None, applies=None):
    """Register a part of the navigation, for everybody or for holders of `permission` (somewhere).

    `applies(user)` may narrow it further, for outsiders who hold no role.
    """
    found = next((index for index, one in enumerate(AREAS) if one.key == key), None)
    one = Area(key, label, url_name, permission, applies)
    if found is None:
        AREAS.append(one)
    else:
        AREAS[found] = one
    return one


def areas(request):
    """The areas that the person of `request` is led to, in the order of registration."""
    user = request.user
    return [
        one
        for one in AREAS
        if (one.permission is None or user.has_perm(one.permission)) and (one.applies is None or one.applies(user))
    ]


def home_block(function):
    """Register `function(request) -> Panel | None` for the first page."""
    return _add(HOME_BLOCKS, function)


def home_blocks(request):
    """The blocks that have something to show on the first page."""
    found = (function(request) for function in HOME_BLOCKS)
    return [one for one in found if one is not None]


def reference(function):
    """Register `function()` that loads an app's shipped reference data into an installation that has none."""
    return _add(REFERENCES, function)


def load_references():
    """Load the reference data of every app."""
    for function in REFERENCES:
        function()


HOOKS = {}
FOLLOWERS = []


def hook(name):
    """Register what answers the question `name` of an app that may not import this one; one app answers."""

    def register(function):
        HOOKS[name] = function
        return function

    return register


def has_hook(name):
    """Whether some app answers `name`."""
    return name in HOOKS


def ask(name, *args, **kwargs):
    """The answer to `name` by whichever app registered it. Raises LookupError where none did."""
    return HOOKS[name](*args, **kwargs)


def follower(function, *, open_cases):
    """Register `function(old, new, by=…, only=None) -> int` that moves an app's open cases to a successor.

    `open_cases(place) -> queryset` tells them beforehand: while there is one, the place is not closed. With `only`,
    keys of some of them, these move alone and nothing beside them.
    """
    if (function, open_cases) not in FOLLOWERS:
        FOLLOWERS.append((function, open_cases))
    return function


def follow(old, new, *, by, chosen=None):
    """Let every app's open cases follow, or the `chosen` ones (`key_of`) alone; how many went."""
    moved = 0
    for function, cases in FOLLOWERS:
        only = None if chosen is None else [case.pk for case in cases(old) if key_of(case) in chosen]
        moved += function(old, new, by=by, only=only)
    return moved


def key_of(case):
    """What a case is called among those of every app: `budgets.proposal:12`."""
    return f"{case._meta.label_lower}:{case.pk}"


def open_cases(place):
    """The cases of `place` that are open, across the apps, as a list."""
    return [case for _function, cases in FOLLOWERS for case in cases(place).order_by("pk")]


def count_of_open_cases(place):
    """How many cases of `place` are open, across the apps."""
    return sum(cases(place).count() for _function, cases in FOLLOWERS)


def demo(function, *, turn=2):
    """Register `function(say) -> list of objects` that makes an app's part of the demonstration: in the order of
    `turn` (0 people, 1 what others choose from, 2 cases, 3 what then befalls them), and within one in the apps' order.

    `say` is given lines for the person who waits. The objects are those that no demo person owns: purging begins
    from them and from all the people, and takes with it whatever cannot be without them.
    """
    _add(DEMOS, (turn, function))
    return function
