"""Sums of a round by theme, province, kind and state, kept by database triggers on both engines.

The triggers are taken off before migrations and put back after them (`BudgetsConfig.ready`), so that no
rebuilt table loses them. On PostgreSQL the two rows that one change touches are taken in the order of their
keys, so that no two changes can wait for each other. A local government that changes its kind or province takes its
proposals' figures along.
"""

from django.db import connections, transaction

AMOUNTS = ["requested_baht", "recommended_baht", "allocated_baht", "committed_baht", "disbursed_baht", "returned_baht"]
COLUMNS = ["round_id", "theme_key", "province_id", "kind", "state", "proposals", *AMOUNTS]
KEY = "round_id, theme_key, province_id, kind, state"
WATCHED = ["round_id", "theme_id", "local_government_id", "state", *AMOUNTS]
NAMES = {
    "round_totals_insert": "budgets_proposal",
    "round_totals_delete": "budgets_proposal",
    "round_totals_update": "budgets_proposal",
    "round_totals_place": "portal_localgovernment",
}


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


SUMMED = ["proposals", *AMOUNTS]
INTO = f"INSERT INTO budgets_roundtotal ({', '.join(COLUMNS)})"
SUMS = ", ".join(f"{name} = budgets_roundtotal.{name} + excluded.{name}" for name in SUMMED)
ADD_UP = f"ON CONFLICT ({KEY}) DO UPDATE SET {SUMS};"


def _add(row):
    """Add the figures of one proposal, OLD or NEW."""
    amounts = ", ".join(f"COALESCE({row}.{name}, 0)" for name in AMOUNTS)
    return f"""
        {INTO}
        SELECT {row}.round_id, COALESCE({row}.theme_id, 0), place.province_id, place.kind, {row}.state, 1, {amounts}
        FROM portal_localgovernment AS place WHERE place.id = {row}.local_government_id {ADD_UP}
    """


def _take(row):
    """Take the figures of one proposal away again; where the sums are already gone, nothing is left to do."""
    sums = ", ".join(f"{name} = {name} - COALESCE({row}.{name}, 0)" for name in AMOUNTS)
    return f"""
        UPDATE budgets_roundtotal SET proposals = proposals - 1, {sums}
        WHERE round_id = {row}.round_id AND theme_key = COALESCE({row}.theme_id, 0) AND state = {row}.state
          AND (province_id, kind) = (SELECT province_id, kind FROM portal_localgovernment
                                     WHERE id = {row}.local_government_id);
    """


def _move_place(sign, row):
    """Add (with `-`: take away) the figures of a local government's proposals, by its OLD or NEW place and kind."""
    amounts = ", ".join(f"{sign}COALESCE(SUM(p.{name}), 0)" for name in AMOUNTS)
    return f"""
        {INTO}
        SELECT p.round_id, COALESCE(p.theme_id, 0), {row}.province_id, {row}.kind, p.state, {sign}COUNT(*), {amounts}
        FROM budgets_proposal AS p WHERE p.local_government_id = {row}.id
        GROUP BY p.round_id, COALESCE(p.theme_id, 0), p.state {ADD_UP}
    """


def _changed(columns, differs):
    return " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in columns)


PLACE = _move_place("-", "OLD") + _move_place("", "NEW")
ON_PLACE = "AFTER UPDATE ON portal_localgovernment FOR EACH ROW"


def _sqlite():
    bodies = {"INSERT": _add("NEW"), "DELETE": _take("OLD"), "UPDATE": _take("OLD") + _add("NEW")}
    for event, body in bodies.items():
        when = f"WHEN {_changed(WATCHED, 'IS NOT')}" if event == "UPDATE" else ""
        name = f"round_totals_{event.lower()}"
        yield f"CREATE TRIGGER {name} AFTER {event} ON budgets_proposal FOR EACH ROW {when} BEGIN {body} END"
    when = _changed(["kind", "province_id"], "IS NOT")
    yield f"CREATE TRIGGER round_totals_place {ON_PLACE} WHEN {when} BEGIN {PLACE} END"


def _postgresql():
    place = "(SELECT province_id::text || kind FROM portal_localgovernment WHERE id = {0}.local_government_id)"
    key = "({0}.round_id::text || '/' || COALESCE({0}.theme_id, 0) || '/' || " + place + " || '/' || {0}.state)"
    yield f"""
        CREATE OR REPLACE FUNCTION budgets_keep_round_totals() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN {_add("NEW")}
            ELSIF TG_OP = 'DELETE' THEN {_take("OLD")}
            ELSIF {key.format("OLD")} < {key.format("NEW")} THEN {_take("OLD")} {_add("NEW")}
            ELSE {_add("NEW")} {_take("OLD")}
            END IF;
            RETURN NULL;
        END $$
    """
    for event in ("INSERT", "DELETE", "UPDATE"):
        when = f"WHEN ({_changed(WATCHED, 'IS DISTINCT FROM')})" if event == "UPDATE" else ""
        yield f"""
            CREATE TRIGGER round_totals_{event.lower()} AFTER {event} ON budgets_proposal
            FOR EACH ROW {when} EXECUTE FUNCTION budgets_keep_round_totals()
        """
    yield f"""
        CREATE OR REPLACE FUNCTION budgets_move_place_totals() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN {PLACE} RETURN NULL; END $$
    """
    when = _changed(["kind", "province_id"], "IS DISTINCT FROM")
    yield f"CREATE TRIGGER round_totals_place {ON_PLACE} WHEN ({when}) EXECUTE FUNCTION budgets_move_place_totals()"


def _drop(connection, cursor):
    for name, table in NAMES.items():
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}" + ("" if connection.vendor == "sqlite" else f" ON {table}"))
