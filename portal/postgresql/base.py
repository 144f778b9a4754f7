"""Django's PostgreSQL, but for how a kept connection is found to be alive."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self):
        """Whether the connection can be used, asked of the server only where its socket has something to tell.

        A server that ends a connection says so there: on a silent socket the question would cost every request a
        statement, to hear what the next statement finds out anyway.
        """
        if self.connection is None or self.connection.closed:
            return False
        told = select.poll()
        told.register(self.connection, select.POLLIN)
        return not told.poll(0) or super().is_usable()
