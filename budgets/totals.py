"""Sums of a round by theme, province, kind and state, kept by database triggers on both engines.

The triggers are taken off before migrations and put back after them (`BudgetsConfig.ready`), so that no
rebuilt table loses them. On PostgreSQL the two rows that one change touches are taken in the order of their
keys, so that no two changes can wait for each other.
"""

from django.db import connections, transaction

AMOUNTS = ["requested_baht", "recommended_baht", "allocated_baht", "committed_baht", "disbursed_baht", "returned_baht"]
COLUMNS = ["round_id", "theme_key", "province_id", "kind", "state", "proposals", *AMOUNTS]
KEY = "round_id, theme_key, province_id, kind, state"
WATCHED = ["round_id", "theme_id", "local_government_id", "state", *AMOUNTS]
NAMES = ("round_totals_insert", "round_totals_delete", "round_totals_update")


def install(*, using):
    """Put the triggers on `budgets_proposal`, in place of any that are there."""
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        _drop(connection, cursor)
        for statement in _sqlite() if connection.vendor == "sqlite" else _postgresql():
            cursor.execute(statement)


def remove(*, using):
    """Take the triggers off, where the table is already there."""
    connection = connections[using]
    if "budgets_proposal" in connection.introspection.table_names():
        with transaction.atomic(using=using), connection.cursor() as cursor:
            _drop(connection, cursor)


def rebuild(*, using="default"):
    """Write every sum anew from the proposals themselves."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("DELETE FROM budgets_roundtotal")
        cursor.execute(f"INSERT INTO budgets_roundtotal ({', '.join(COLUMNS)}) {RAW_SUMS}")


RAW_SUMS = f"""
    SELECT p.round_id, COALESCE(p.theme_id, 0), place.province_id, place.kind, p.state, COUNT(*),
           {", ".join(f"COALESCE(SUM(p.{name}), 0)" for name in AMOUNTS)}
    FROM budgets_proposal AS p JOIN portal_localgovernment AS place ON place.id = p.local_government_id
    GROUP BY p.round_id, COALESCE(p.theme_id, 0), place.province_id, place.kind, p.state
"""


def _add(row, sign=""):
    """An upsert that adds one proposal's figures, or with `sign="-"` takes them away; `row` is OLD or NEW."""
    amounts = ", ".join(f"{sign}COALESCE({row}.{name}, 0)" for name in AMOUNTS)
    sums = ", ".join(f"{name} = budgets_roundtotal.{name} + excluded.{name}" for name in ["proposals", *AMOUNTS])
    return f"""
        INSERT INTO budgets_roundtotal ({", ".join(COLUMNS)})
        SELECT {row}.round_id, COALESCE({row}.theme_id, 0), place.province_id, place.kind, {row}.state,
               {sign}1, {amounts}
        FROM portal_localgovernment AS place WHERE place.id = {row}.local_government_id
        ON CONFLICT ({KEY}) DO UPDATE SET {sums};
    """


def _changed(differs):
    return " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in WATCHED)


def _sqlite():
    bodies = {"INSERT": _add("NEW"), "DELETE": _add("OLD", "-"), "UPDATE": _add("OLD", "-") + _add("NEW")}
    for event, body in bodies.items():
        when = f"WHEN {_changed('IS NOT')}" if event == "UPDATE" else ""
        name = f"round_totals_{event.lower()}"
        yield f"CREATE TRIGGER {name} AFTER {event} ON budgets_proposal FOR EACH ROW {when} BEGIN {body} END"


def _postgresql():
    place = "(SELECT province_id::text || kind FROM portal_localgovernment WHERE id = {0}.local_government_id)"
    key = "({0}.round_id::text || '/' || COALESCE({0}.theme_id, 0) || '/' || " + place + " || '/' || {0}.state)"
    yield f"""
        CREATE OR REPLACE FUNCTION budgets_keep_round_totals() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN {_add("NEW")}
            ELSIF TG_OP = 'DELETE' THEN {_add("OLD", "-")}
            ELSIF {key.format("OLD")} < {key.format("NEW")} THEN {_add("OLD", "-")} {_add("NEW")}
            ELSE {_add("NEW")} {_add("OLD", "-")}
            END IF;
            RETURN NULL;
        END $$
    """
    for event in ("INSERT", "DELETE", "UPDATE"):
        when = f"WHEN ({_changed('IS DISTINCT FROM')})" if event == "UPDATE" else ""
        yield f"""
            CREATE TRIGGER round_totals_{event.lower()} AFTER {event} ON budgets_proposal
            FOR EACH ROW {when} EXECUTE FUNCTION budgets_keep_round_totals()
        """


def _drop(connection, cursor):
    where = "" if connection.vendor == "sqlite" else " ON budgets_proposal"
    for name in NAMES:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}{where}")
