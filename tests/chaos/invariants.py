"""What must hold of a database at rest, whatever was killed, raced or cut off before: a list of named checks.

`broken_in(env)` asks them of the database of a served portal; `broken()` of the one that Django is set up for.
"""

import hashlib
import json
import re
from collections import defaultdict
from decimal import Decimal

from django.db import connection
from django.db.models import F, OuterRef, Subquery, Sum

from tests.services.portal import manage

CHECKS = {}
STEP_PATH = re.compile(r"/api/v1/proposals/(\d+)/steps/(\w+)/")


def invariant(check):
    """Register `check()`, which gives what breaks it: a list of texts, empty while it holds."""
    CHECKS[check.__name__] = check
    return check


def broken():
    """{name: [what breaks it, …]} of the invariants that do not hold."""
    return {name: found for name, check in CHECKS.items() if (found := [str(one) for one in check()])}


def broken_in(env):
    """`broken()` of the database that the environment `env` names, asked by a process of its own."""
    code = "import json; from tests.chaos.invariants import broken; print(json.dumps(broken()))"
    return json.loads(manage(env, "shell", "--no-imports", "-c", code).stdout.splitlines()[-1])


def steps():
    """The events of proposals that name a state, oldest first."""
    from portal.models import Event

    return Event.objects.filter(object_type="budgets.proposal").exclude(after="").order_by("pk")


@invariant
def state_is_what_the_last_event_says():
    from budgets.models import Proposal

    last = steps().filter(object_id=OuterRef("pk")).order_by("-pk").values("after")[:1]
    rows = Proposal.objects.annotate(told=Subquery(last)).exclude(told=None)
    return rows.exclude(told=F("state")).values_list("pk", "state", "told")


@invariant
def each_event_begins_where_the_last_one_ended():
    ended = {}
    for pk, before, after in steps().values_list("object_id", "before", "after"):
        if ended.get(pk, before) != before and before:
            yield f"{pk}: {ended[pk]} ended, then {before} began"
        ended[pk] = after


@invariant
def history_ends_with_the_case_as_it_is():
    from budgets.models import Proposal

    history = Proposal.history.filter(id=OuterRef("pk")).order_by("-history_id")
    known = Proposal.objects.annotate(kept=Subquery(history.values("state")[:1])).exclude(kept=None)
    return known.exclude(kept=F("state")).values_list("pk", "state", "kept")


@invariant
def submitted_cases_have_a_number_and_their_versions():
    from budgets.models import Proposal, ProposalVersion
    from portal.models import Event

    signed = defaultdict(int)
    for pk in Event.objects.filter(verb="proposal.submit").values_list("object_id", flat=True):
        signed[pk] += 1
    kept = defaultdict(list)
    for version in ProposalVersion.objects.all():
        kept[version.proposal_id].append(version)
        if hashlib.sha256(bytes(version.canonical)).hexdigest() != version.sha256:
            yield f"{version.proposal_id}: version {version.version} has another hash"
        if version.submitted_at is None or json.loads(bytes(version.canonical))["version"] != version.version:
            yield f"{version.proposal_id}: version {version.version} holds another"
    for case in Proposal.objects.filter(pk__in={*signed, *kept}):
        if not case.number or case.first_submitted_at is None or case.submitted_at is None:
            yield f"{case.pk}: signed, without number or moment"
        if signed[case.pk] != len(kept[case.pk]):
            yield f"{case.pk}: signed {signed[case.pk]} times, {len(kept[case.pk])} versions"


@invariant
def numbers_run_without_gap_or_twin():
    from budgets.models import NumberSeries, Proposal

    for series in NumberSeries.objects.select_related("province"):
        given = Proposal.objects.filter(number__startswith=f"P{series.fiscal_year}-{series.province.code}-")
        numbers = sorted(int(number.rpartition("-")[2]) for number in given.values_list("number", flat=True))
        if numbers != list(range(1, series.last + 1)):
            yield f"{series}: {numbers}"


@invariant
def receipts_reach_the_office():
    """Who signed was told: each submission left its notices."""
    from portal.models import Event, Notice

    told = Notice.objects.filter(kind="submitted", case_type="budgets.proposal").values("case_id")
    return Event.objects.filter(verb="proposal.submit").exclude(object_id__in=told).values_list("object_id", flat=True)


@invariant
def ledger_comes_to_the_amounts_of_the_case():
    from budgets.models import LedgerEntry, Proposal
    from budgets.states import Entry

    entries = LedgerEntry.objects.filter(proposal=OuterRef("pk")).order_by()
    columns = {
        "allocated_baht": [Entry.ALLOCATION, Entry.TRANSFER],
        "committed_baht": [Entry.COMMITMENT],
        "disbursed_baht": [Entry.DISBURSEMENT],
        "returned_baht": [Entry.RETURN],
        "carried_baht": [Entry.CARRY_OVER],
    }
    for column, kinds in columns.items():
        sums = entries.filter(kind__in=kinds).values("proposal").annotate(sum=Sum("amount_baht")).values("sum")
        rows = Proposal.objects.annotate(entered=Subquery(sums)).values_list("pk", column, "entered")
        yield from (row for row in rows if (row[1] or 0) != (row[2] or 0))


@invariant
def ceilings_hold_what_is_allocated_under_them():
    from budgets.models import Ceiling, Proposal

    for ceiling in Ceiling.objects.all():
        under = Proposal.objects.filter(round=ceiling.round_id)
        if ceiling.theme_id:
            under = under.filter(theme=ceiling.theme_id)
        if ceiling.route:
            under = under.filter(route=ceiling.route)
        given = under.aggregate(sum=Sum("allocated_baht"))["sum"] or Decimal(0)
        if ceiling.allocated_baht != given or given > ceiling.amount_baht:
            yield f"{ceiling.pk} {ceiling.key!r}: {ceiling.allocated_baht} of {ceiling.amount_baht}, cases {given}"


@invariant
def kept_sums_equal_raw_sums():
    from budgets.money.totals import AMOUNTS, COLUMNS, RAW_SUMS

    columns = ", ".join(COLUMNS)
    has_any = " OR ".join(f"{name} <> 0" for name in ["proposals", *AMOUNTS])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM budgets_roundtotal WHERE {has_any}")
        kept = set(cursor.fetchall())
        cursor.execute(RAW_SUMS)
        raw = set(cursor.fetchall())
    return [*(f"kept {row}" for row in kept - raw), *(f"raw {row}" for row in raw - kept)]


@invariant
def stored_answers_have_their_effect():
    """A step whose answer is kept for its idempotency key is on record as taken by that person."""
    from portal.models import Event, IdempotencyKey

    for user, path in IdempotencyKey.objects.values_list("user", "path"):
        if found := STEP_PATH.fullmatch(path):
            pk, name = found.groups()
            if not Event.objects.filter(actor=user, verb=f"proposal.{name}", object_id=pk).exists():
                yield f"{path} by {user}"
