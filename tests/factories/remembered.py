"""What factories make is made by the real steps once in a process; whoever asks for the same again gets it put back.

    @remembered
    def pilot_under_way(amount=…): …          # a function, a method, or a class (its making)

The first call in a process runs, and what it wrote is kept. A later call with the same arguments on the same ground
puts these rows back and gives what the first one gave: a tenth of the time, and no test can tell. The ground is what
was made before in the same test: `Story()`, then `.to("scored")`, then a second `Story(round=…)` are found again one
after the other, as long as everything is made by remembered factories. So write a test like this:

- make first what remembered factories make, then what is special to the test;
- what several tests need belongs into one remembered factory, not into each test;
- anything else that is written (a plain `.save()`, a request) leaves known ground: what is made after it, runs.

A held clock, the day and the arguments' fields are part of the question. Where a test may have changed how the steps
work (`monkeypatch`, `settings`, caught commits) or keeps a transaction of its own around them, everything runs.
"""

import functools
import io
import pickle
import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.apps import apps
from django.db import connection
from django.db.models import Model
from django.utils.translation import get_language

from portal import clock

WRITES = re.compile(r'(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM) "?(\w+)"?')
HARMLESS = ("SELECT", "BEGIN", "SAVEPOINT", "RELEASE SAVEPOINT", "SET CONSTRAINTS", "PRAGMA")
CHANGING = {"monkeypatch", "settings", "django_capture_on_commit_callbacks"}
PLAIN = (str, int, float, bytes, date, Decimal, type(None))


@dataclass
class Ground:
    """The database at one point of a test: {table: {key: row}}, and what was made from here on, by question."""

    tables: dict = field(default_factory=dict, repr=False)
    made: dict = field(default_factory=dict, repr=False)


@dataclass
class Made:
    """What one call gave and wrote, and the ground after it."""

    given: bytes
    written: set
    statements: list
    ground: Ground


class Unanswerable(Exception):
    """An argument that is no value, no row and nothing of ours."""


class Memory:
    """Where the running test stands: `ground` is None where that is not known. `notes` are of the calls under way."""

    def __init__(self):
        self.untouched = Ground()
        self.ground, self.notes = None, []

    def begin(self, fixtures):
        """A test begins: on untouched ground, unless somebody holds the database or may change how steps work."""
        may = not connection.in_atomic_block and not CHANGING & set(fixtures)
        self.ground, self.notes = self.untouched if may else None, []
        if self.watch not in connection.execute_wrappers:
            connection.execute_wrappers.append(self.watch)

    def watch(self, execute, sql, params, many, context):
        if (self.ground or self.notes) and not sql.startswith(HARMLESS):
            written = WRITES.match(sql)
            self.leave({written[1]} if written else set() if sql.startswith("ROLLBACK TO") else {"?"})
        return execute(sql, params, many, context)

    def leave(self, written, ground=None):
        """From here on the test stands on `ground`; `written` are the tables that are no longer as they were."""
        self.ground = ground
        for note in self.notes:
            note |= written

    def call(self, make, args, kwargs):
        if self.ground is None or not connection.in_atomic_block or (nested() and not self.notes):
            return make(*args, **kwargs)
        objects = []
        try:
            question = (make, get_language(), clock._moved.get(), clock.today(), asked((args, kwargs), objects))
        except Unanswerable:
            return make(*args, **kwargs)
        if question not in self.ground.made:
            return self.note(make, args, kwargs, question, objects)
        made = self.ground.made[question]
        put_back(made.statements)
        self.leave(made.written, made.ground)
        return recalled(made.given, objects)

    def note(self, make, args, kwargs, question, objects):
        """What the call gives; what it wrote and gave is kept for the next time."""
        if not self.untouched.tables:
            self.untouched.tables = {table: rows_of(model) for table, model in tables().items()}
        begun, written = self.ground, set()
        self.notes.append(written)
        try:
            result = make(*args, **kwargs)
        finally:
            self.notes.pop()
        if written <= tables().keys():
            now = {table: rows_of(tables()[table]) for table in written}
            statements = [line for table in written for line in difference(table, begun.tables[table], now[table])]
            given = kept([result, [vars(one) for one in objects]], objects)
            self.ground = Ground(begun.tables | now)
            begun.made[question] = Made(given, written, statements, self.ground)
        return result


memory = Memory()


def remembered(make):
    """`make`, remembered: a function or a method; of a class, its `__init__`."""
    if isinstance(make, type):
        make.__init__ = remembered(make.__init__)
        return make

    @functools.wraps(make)
    def call(*args, **kwargs):
        return memory.call(make, args, kwargs)

    return call


def nested():
    """Whether the test has opened a transaction within its own: what it undoes, nobody would notice here."""
    return len(connection.savepoint_ids) > 0


def asked(value, objects):
    """`value` as part of a question, comparable; the rows and factories in it are added to `objects`."""
    match value:
        case list() | tuple() | set():
            return (type(value), *(asked(one, objects) for one in value))
        case dict():
            return (dict, *((name, asked(one, objects)) for name, one in value.items()))
        case _ if isinstance(value, PLAIN):
            return (type(value), value)
    known = next((place for place, one in enumerate(objects) if one is value), None)
    if known is not None:
        return (Ellipsis, known)
    objects.append(value)
    if isinstance(value, Model):
        return (type(value), repr([vars(value).get(column.attname) for column in value._meta.concrete_fields]))
    if type(value).__module__.startswith("tests."):
        return (type(value), asked(vars(value), objects))
    raise Unanswerable


def kept(value, objects):
    """`value` in bytes; what is in `objects` stands in it by its place there."""
    places = {id(one): place for place, one in enumerate(objects)}
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream)
    pickler.persistent_id = lambda one: places.get(id(one))
    pickler.dump(value)
    return stream.getvalue()


def recalled(given, objects):
    """What was given, about the `objects` of this call, which become what those of the first call became."""
    unpickler = pickle.Unpickler(io.BytesIO(given))
    unpickler.persistent_load = objects.__getitem__
    result, states = unpickler.load()
    for one, state in zip(objects, states, strict=True):
        vars(one).clear()
        vars(one).update(state)
    return result


@functools.cache
def tables():
    """{table: model} of all tables with rows of their own."""
    models = apps.get_models(include_auto_created=True)
    return {model._meta.db_table: model for model in models if model._meta.managed and not model._meta.proxy}


def columns(model):
    """The columns that are written, the key first."""
    written = [column for column in model._meta.concrete_fields if not column.generated]
    return [f'"{column.column}"' for column in sorted(written, key=lambda column: not column.primary_key)]


def rows_of(model):
    """{key: row} of a table, as the engine keeps or writes the values."""
    plain = "{}::text" if connection.vendor == "postgresql" else "+{}"
    cursor = connection.connection.cursor()
    cursor.execute(f'SELECT {", ".join(map(plain.format, columns(model)))} FROM "{model._meta.db_table}"')
    return {row[0]: tuple(row) for row in cursor.fetchall()}


def difference(table, before, after):
    """The statements, each with its rows, that make `after` of `before`."""
    names = columns(tables()[table])
    added = [row for key, row in after.items() if key not in before]
    changed = [(*row, key) for key, row in after.items() if key in before and before[key] != row]
    gone = [(key,) for key in before.keys() - after.keys()]
    sets = ", ".join(f"{name} = %s" for name in names)
    return [
        (sql, rows)
        for sql, rows in [
            (f'DELETE FROM "{table}" WHERE {names[0]} = %s', gone),
            (f'INSERT INTO "{table}" ({", ".join(names)}) VALUES ({", ".join(["%s"] * len(names))})', added),
            (f'UPDATE "{table}" SET {sets} WHERE {names[0]} = %s', changed),
        ]
        if rows
    ]


def put_back(statements):
    cursor = connection.connection.cursor()
    if connection.vendor == "postgresql":
        cursor.execute(b";".join(cursor.mogrify(sql, row) for sql, rows in statements for row in rows) or b"SELECT")
        return
    for sql, rows in statements:
        cursor.executemany(sql.replace("%s", "?"), rows)
