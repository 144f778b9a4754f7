"""The frame around every page, and the few pages that belong to no app."""

import re
from collections import Counter
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch
from django.utils.functional import SimpleLazyObject

from portal import access, clock, env, registry, tasks
from portal.notices import unread_count
from portal.roles import Role

DEMO_PASSWORD = "portal-demo"  # noqa: S105
DEMO_SUFFIX = re.compile(r"_([0-9]+|depa|dla)$")
HITS = 20
OUTSIDERS = ("provider_representative", "pilot_partner", "applicant", "learner", "ambassador", "host_mentor")


def frame(request):
    """What `portal/base.html` shows around a page; whatever costs a query is lazy."""
    user = getattr(request, "user", None)
    areas = SimpleLazyObject(lambda: reachable_areas(request)) if user else []
    return {
        "portal_name": settings.PORTAL_NAME,
        "portal_version": settings.VERSION,
        "areas": areas,
        "current_area": SimpleLazyObject(lambda: area_of(request, areas)),
        "unread": SimpleLazyObject(lambda: unread_count(user)) if user else 0,
        "demo": settings.DEMO,
        "demo_people": SimpleLazyObject(demo_people),
        "demo_password": DEMO_PASSWORD if settings.DEMO else "",
        "session_idle": settings.SESSION_IDLE,
        "support_name": env.text("SUPPORT_NAME"),
        "support_phone": env.text("SUPPORT_PHONE"),
    }


def area_of(request, areas):
    """The key of the area that this page belongs to: the one under whose address it stands, else that of its app."""
    above = [area for area in areas if request.path.startswith(area["url"])]
    if above:
        return max(above, key=lambda area: len(area["url"]))["key"]
    match = getattr(request, "resolver_match", None)
    return match and (match.namespaces[0] if match.namespaces else match.url_name)


def reachable_areas(request):
    """The registered areas whose address exists."""
    found = []
    for area in registry.areas(request):
        try:
            found.append({"key": area.key, "label": area.label, "url": area.url})
        except NoReverseMatch:
            continue
    return found


def demo_people():
    """The people of the demo, in the order of the roles: each named by a role's code. Nobody outside demo mode."""
    if not settings.DEMO:
        return []
    order = {code: place for place, code in enumerate([*Role.values, *OUTSIDERS])}
    named = f"^({'|'.join(order)})(_([0-9]+|depa|dla))?$"
    people = get_user_model().objects.filter(is_active=True, username__regex=named)
    found = list(people.prefetch_related("memberships__local_government", "memberships__province"))
    return sorted(found, key=lambda user: (order[DEMO_SUFFIX.sub("", user.username)], user.username))


def home(request):
    """The first page: the inbox of who is signed in, and a front door for everybody else."""
    blocks = registry.home_blocks(request)
    if not request.user.is_authenticated:
        return render(
            request,
            "portal/home.html",
            {"blocks": blocks, "front": {area["key"]: area["url"] for area in reachable_areas(request)}},
        )
    return render(
        request,
        "portal/inbox.html",
        {
            "blocks": blocks,
            "posts": access.posts(request.user),
            "warnings": tasks.warnings() if request.user.has_perm("portal.view_outbox") else [],
            **inbox_of(request.user),
        },
    )


def inbox_of(user):
    """The tasks of `user` marked by urgency, with the three counters."""
    now = clock.now()
    soon = now + timedelta(days=7)
    tasks = [
        {
            "task": task,
            "urgency": "" if task.until is None or task.until > soon else "overdue" if task.until <= now else "soon",
        }
        for task in registry.inbox(user)
    ]
    counts = Counter(task["urgency"] for task in tasks)
    return {"tasks": tasks, "overdue": counts["overdue"], "due_soon": counts["soon"], "later": counts[""]}


def search(request):
    """What the person may see that fits the words, from every app; the words stay in the address."""
    words = " ".join(request.GET.get("q", "").split())[:100]
    hits = registry.search(words, request.user, limit=HITS) if len(words) > 1 else []
    return render(request, "portal/search.html", {"words": words, "hits": hits})


def verify(request):
    """To the page that proves a document, from its number and its check code; else the box, with a word on why."""
    number, code = (" ".join(request.GET.get(name, "").split())[:100] for name in ("number", "code"))
    if number and (address := registry.proof(f"{number} {code}".strip())):
        return redirect(address)
    return render(request, "portal/verify.html", {"number": number}, status=404 if number else 200)


def privacy(request):
    return render(request, "portal/privacy.html")


def accessibility(request):
    return render(request, "portal/accessibility.html")
