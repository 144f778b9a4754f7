"""Queries that many requests ask alike: their SQL is made once for the process, and only the values change."""

from functools import cached_property

from django.db import connection


class Statement:
    """The rows of `build(*marks)`, a queryset of `values_list`, for other values in the place of the `marks`.

    A mark is any value that the query does not hold of itself. Making SQL from a queryset costs more processor time
    than asking most of these questions; what decides the answer is asked of the database each time.
    """

    def __init__(self, build, *marks):
        self.build, self.marks = build, marks

    @cached_property
    def made(self):
        """(SQL, its parameters with the marks among them, the compiler, what it converts columns with)."""
        compiler = self.build(*self.marks).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        columns = [column for column, _sql, _alias in compiler.select]
        return sql, params, compiler, compiler.get_converters(columns)

    def first(self, *values):
        """The first row as a sequence, or None."""
        sql, params, compiler, converters = self.made
        given = dict(zip(self.marks, values, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(sql, [given.get(value, value) for value in params])
            row = cursor.fetchone()
        if row is None or not converters:
            return row
        return next(compiler.apply_converters([row], converters))
