"""Redis as the cache, bearable to lose: while it is away, each process remembers for itself."""

import logging
import time

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

REST = 5
OPERATIONS = ["add", "get", "set", "touch", "delete", "get_many", "set_many", "delete_many", "has_key", "incr", "clear"]


class RedisOrMemory(RedisCache):
    """Asks Redis; after a failure asks local memory instead, and tries Redis again `REST` seconds later.

    Limits kept in the cache are then per process: looser, never open.
    """

    away_until = 0

    def __init__(self, server, params):
        super().__init__(server, params)
        self.memory = LocMemCache("while-redis-is-away", {})

    def ask(self, operation, *args, **kwargs):
        if time.monotonic() >= RedisOrMemory.away_until:
            try:
                return getattr(RedisCache, operation)(self, *args, **kwargs)
            except RedisError as error:
                log.warning("The cache does not answer (%s); using memory.", type(error).__name__)
                RedisOrMemory.away_until = time.monotonic() + REST
        return getattr(self.memory, operation)(*args, **kwargs)


def forgiving(operation):
    def method(self, *args, **kwargs):
        return self.ask(operation, *args, **kwargs)

    method.__name__ = operation
    return method


for _operation in OPERATIONS:
    setattr(RedisOrMemory, _operation, forgiving(_operation))
