"""No page and no list of the budget asks the database more for many rows than for few."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from budgets import urls
from budgets.states import ProposalState as S
from budgets.states import Section
from portal import clock
from portal.api.urls import router  # once every app has registered its own
from portal.models import ApiToken
from tests.budgets.world import World

pytestmark = pytest.mark.django_db
FEW, MANY = 3, 12


def case(round, state):
    return lambda world: {"pk": world.heads[getattr(world, round), state].pk}


def in_round(name):
    return lambda world: {"pk": getattr(world, name).pk}


def also(head, **more):
    """What `head` gives, and `more`: each a value, or a function of the world."""
    return lambda world: head(world) | {key: value(world) if callable(value) else value for key, value in more.items()}


def nothing(world):
    return {}


def of(round, state, rows, attribute="pk"):
    """The first of the case's `rows`, as its key or another attribute."""
    return lambda world: getattr(
        getattr(world.heads[getattr(world, round), state], rows).order_by("pk").first(), attribute
    )


def theme_of(name):
    return lambda world: getattr(world, name).themes.order_by("pk").first().pk


draft, screened, reviewed = case("open", S.DRAFT), case("open", S.IN_SCREENING), case("open", S.IN_REVIEW)
submitted, executing = case("open", S.SUBMITTED), case("enacted", S.EXECUTING)
a_report = of("enacted", S.EXECUTING, "reports")


def a_carry_over(world):
    return {"proposal": executing(world)["pk"], "pk": of("enacted", S.EXECUTING, "carry_overs")(world)}


def an_item_change(world):
    return {"proposal": executing(world)["pk"], "pk": of("enacted", S.EXECUTING, "item_changes")(world)}


def a_transfer(world):
    return {"round": world.enacted.pk, "pk": of("enacted", S.EXECUTING, "transfers_out")(world)}


# Each page with the person who opens it and what stands in its address.
PAGES = {
    "rounds": ("manager", nothing),
    "budget-routes": ("manager", nothing),
    "round": ("manager", in_round("open")),
    "theme": ("manager", also(in_round("open"), theme=theme_of("open"))),
    "round-step": ("manager", also(in_round("open"), step="amend")),
    "round-new": ("manager", nothing),
    "round-setup": ("manager", in_round("planned")),
    "round-themes": ("manager", in_round("planned")),
    "theme-new": ("manager", in_round("planned")),
    "theme-form": ("manager", also(in_round("planned"), theme=theme_of("planned"))),
    "round-rubric": ("manager", in_round("planned")),
    "round-documents": ("manager", in_round("planned")),
    "document-new": ("manager", in_round("planned")),
    "document-form": ("manager", also(in_round("planned"), document=lambda world: world.planned.documents.first().pk)),
    "round-part": ("manager", also(in_round("planned"), code="basics")),
    "round-summary": ("manager", in_round("open")),
    "proposal-list": ("dla", nothing),
    "proposal-start": ("officer", nothing),
    "proposal-order": ("officer", lambda world: {"round": world.open.pk, "local_government": world.office.place.pk}),
    "proposal": ("officer", executing),
    "proposal-check": ("officer", draft),
    "proposal-step": ("executive", also(submitted, step="withdraw")),
    **{f"section {section}": ("officer", also(draft, section=section.value)) for section in Section},
    "item": ("officer", also(draft, item=of("open", S.DRAFT, "items"))),
    "answers": ("manager", in_round("open")),
    "reviewer-profile": ("reviewer", lambda world: {"pk": world.open.pk}),
    "question-answer": ("manager", lambda world: {"pk": world.open.questions.first().pk}),
    "clarifications": ("reviewer", reviewed),
    "board": ("province", lambda world: {}),
    "office-contact": ("province", lambda world: {"pk": world.office.place.pk, "round": world.open.pk}),
    "extensions": ("dla", in_round("open")),
    "extension-new": ("dla", in_round("open")),
    "screening-queue": ("province", nothing),
    "screen-outs": ("dla", nothing),
    "screening": ("province", screened),
    "compare": ("province", screened),
    "deciding-step": ("secretary", also(case("deliberating", S.SCORED), step="recommend")),
    "assignment-board": ("secretary", nothing),
    "assignment-plan": ("secretary", nothing),
    "hand-over": ("secretary", lambda world: {"pk": world.leaving.pk}),
    "my-reviews": ("reviewer", nothing),
    "reviewers": ("secretary", reviewed),
    "review": ("reviewer", reviewed),
    "ranking": ("secretary", in_round("deliberating")),
    "meetings": ("secretary", in_round("deliberating")),
    "meeting": ("secretary", lambda world: {"pk": world.meeting.pk}),
    "meeting-new": ("secretary", in_round("deliberating")),
    "meeting-edit": ("secretary", lambda world: {"pk": world.meeting.pk}),
    "result": ("officer", case("announced", S.NOT_RECOMMENDED)),
    "request-board": ("dla", in_round("announced")),
    "allocation-board": ("secretary", in_round("enacted")),
    "together": ("dla", lambda world: {"step": "include_in_request"}),
    "plan": ("officer", case("enacted", S.ALLOCATED)),
    "money": ("officer", executing),
    "money-enter": ("officer", also(executing, kind="commitment")),
    "money-reverse": ("officer", also(executing, entry=of("enacted", S.EXECUTING, "entries"))),
    "carry-over-new": ("officer", executing),
    "carry-over": ("officer", a_carry_over),
    "carry-over-step": ("dla", also(a_carry_over, step="take_back")),
    "item-change-new": ("officer", executing),
    "item-change": ("officer", an_item_change),
    "item-change-step": ("province", also(an_item_change, step="decline")),
    "keying": ("officer", executing),
    "money-trail": ("officer", executing),
    "transfers": ("secretary", in_round("enacted")),
    "transfer-new": ("secretary", in_round("enacted")),
    "transfer": ("secretary", a_transfer),
    "transfer-step": ("secretary", also(a_transfer, step="withdraw")),
    "year-end": ("dla", in_round("enacted")),
    "ending": ("province", also(executing, step="terminate")),
    "monitor": ("dla", nothing),
    "reports": ("province", executing),
    "report": ("province", also(executing, report=a_report)),
    "report-step": ("province", also(executing, report=a_report, step="accept")),
    "receipt": ("officer", also(executing, version=of("enacted", S.EXECUTING, "versions", "version"))),
    "verify-find": ("officer", nothing),
}
WRITTEN_TO = {
    "reviewer-profile-remind",
    "assign-reviewer", "assignment-end", "declare", "document-remove", "meeting-conflict", "next-review",
    "clarification-answer", "office-remind", "proposal-share",
    "report-photo-remove", "report-photos", "report-save", "review-recall", "review-save", "screening-checks",
    "theme-move", "theme-remove",
    "case-file", "proposal-copy", "round-questions",
}  # fmt: skip
ONE_FILE = {
    "attachment", "canonical", "differences", "entry-file", "extension-letter", "letter-pdf", "meeting-agenda",
    "meeting-annex", "meeting-minutes", "proposal-pdf", "quotation-file",
    "carry-over-letter", "item-change-letter", "keying-sheet", "transfer-letter",
    "receipt-pdf", "report-photo", "request-file",
    "report-scan", "report-signing-page", "signature-scan", "signing-page", "verify", "verify-paper",
}  # fmt: skip

in_open = lambda world: {"round_id": world.open.pk}  # noqa: E731
in_enacted = lambda world: {"round_id": world.enacted.pk}  # noqa: E731
beneath = lambda world: {"proposal_id": executing(world)["pk"]}  # noqa: E731

# Each list of the API with the person who asks and what stands in its address.
LISTS = {
    "rounds": ("manager", nothing),
    "rounds/themes": ("manager", in_open),
    "rounds/extensions": ("dla", in_open),
    "rounds/reviewers": ("secretary", in_open),
    "rounds/ranking": ("secretary", lambda world: {"round_id": world.deliberating.pk}),
    "rounds/ceilings": ("manager", in_enacted),
    "rounds/transfers": ("secretary", in_enacted),
    "rounds/profiles": ("secretary", in_open),
    "rounds/questions": ("manager", in_open),
    "proposals/clarifications": ("reviewer", lambda world: {"proposal_id": reviewed(world)["pk"]}),
    "meetings": ("secretary", nothing),
    "expense-categories": ("officer", nothing),
    "price-editions": ("officer", nothing),
    "proposals": ("dla", nothing),
    "proposals/items": ("officer", beneath),
    "proposals/items/quotations": ("officer", also(beneath, item_id=of("enacted", S.EXECUTING, "items"))),
    "proposals/funding": ("officer", beneath),
    "proposals/kpis": ("officer", beneath),
    "proposals/attachments": ("officer", beneath),
    "proposals/versions": ("officer", beneath),
    "proposals/events": ("officer", beneath),
    "proposals/assignments": ("secretary", lambda world: {"proposal_id": reviewed(world)["pk"]}),
    "proposals/reviews": ("secretary", lambda world: {"proposal_id": reviewed(world)["pk"]}),
    "proposals/commitments": ("officer", beneath),
    "proposals/disbursements": ("officer", beneath),
    "proposals/money-trail": ("officer", beneath),
    "proposals/ledger": ("officer", beneath),
    "proposals/carry-overs": ("officer", beneath),
    "proposals/item-changes": ("officer", beneath),
    "proposals/reports": ("officer", beneath),
    "proposals/reports/photos": ("officer", also(beneath, report_id=a_report)),
    "tasks": ("secretary", nothing),
}
DETAILS = {
    "rounds": ("manager", in_round("open"), ["", "rubric/", "summary/", "steps/"]),
    "proposals": ("officer", executing, ["", "steps/"]),
}


def short(prefix):
    """A route's prefix without the keys in it."""
    return "/".join(part for part in prefix.split("/") if not part.startswith("(?P"))


def routes():
    """{short prefix: base name} of the lists that the budget serves."""
    return {
        short(prefix): basename
        for prefix, view, basename in router.registry
        if hasattr(view, "list") and view.__module__.startswith("budgets.") or short(prefix) == "tasks"
    }


def people_of(world):
    office, agencies = world.office, world.agencies
    return {
        "officer": office.officer,
        "executive": office.executive,
        "province": office.province,
        "manager": agencies.manager,
        "dla": agencies.dla,
        "secretary": agencies.secretary,
        "reviewer": agencies.reviewers[0],
    }


def addresses(world):
    """{name: (who, path)} of every page, list and detail, with 500 rows asked of each list."""
    for name, (who, given) in PAGES.items():
        yield name, (who, reverse(f"budgets:{name.partition(' ')[0]}", kwargs=given(world)))
    for name, (who, given) in LISTS.items():
        yield (
            f"api {name}",
            (f"{who}'s program", reverse(f"api:{routes()[name]}-list", kwargs=given(world)) + "?limit=500"),
        )
    for name, (who, given, rests) in DETAILS.items():
        path = reverse(f"api:{name}-detail", kwargs=given(world))
        yield from ((f"api {name}/id/{rest}", (f"{who}'s program", path + rest)) for rest in rests)


def clients_of(world):
    clients = {}
    for name, user in people_of(world).items():
        clients[name] = Client()
        clients[name].force_login(user, backend="portal.backends.SignIn")
        _row, token = ApiToken.make(user=user, name="test")
        clients[f"{name}'s program"] = Client(headers={"Authorization": f"Bearer {token}"})
    return clients


def queries(client, path):
    """How many queries it takes to read `path`, those of the clock left out: a page in use reads it without one."""
    with clock.at(clock.now()), CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
    assert answer.status_code == 200, path
    return len(captured)


def test_every_page_and_list_is_known_here():
    pages = {pattern.name for pattern in urls.urlpatterns}

    assert {name.partition(" ")[0] for name in PAGES} | WRITTEN_TO | ONE_FILE | {"section"} == pages
    assert set(LISTS) == set(routes())


@pytest.mark.long
def test_many_rows_ask_no_more_than_few():
    world = World().grow(FEW)
    clients = clients_of(world)

    def asked():
        return {name: queries(clients[who], path) for name, (who, path) in addresses(world)}

    asked()  # what is read once in a process is read now
    few = asked()
    world.grow(MANY)

    assert asked() == few


@pytest.mark.long
def test_a_list_of_500_asks_no_more_than_one_of_5():
    world = World().grow(FEW)
    clients, path = clients_of(world), reverse("api:proposals-list")

    def asked():
        program, page = clients["dla's program"], reverse("budgets:proposal-list")
        return [*(queries(program, f"{path}?limit={limit}") for limit in (5, 500)), queries(clients["dla"], page)]

    asked()
    few = asked()
    world.cases(world.open, S.SUBMITTED, [world.office.place] * 500)

    assert len(clients["dla's program"].get(f"{path}?limit=500").json()["results"]) == 500
    assert asked() == few
    assert few[0] == few[1]
