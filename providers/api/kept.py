"""Answers of the public register that are kept in this process, within a bound of bytes, oldest use first out.

A key names the register's edition and the day, so what is kept is never behind: when either moves on, it is asked for
no more, and makes room.
"""

import gzip
from collections import OrderedDict
from threading import Lock

from django.conf import settings

LEVEL = 5
WORTH_PACKING = 1000


class Answer:
    """The bytes of an answer, and packed by gzip once somebody takes it so."""

    __slots__ = ("plain", "seq", "_packed")

    def __init__(self, plain, seq):
        self.plain, self.seq, self._packed = plain, seq, None

    def packed(self):
        if self._packed is None:
            self._packed = gzip.compress(self.plain, LEVEL, mtime=0)
        return self._packed

    @property
    def size(self):
        """What it counts for: its bytes, a quarter of them for the packed ones, and the object."""
        return len(self.plain) * 5 // 4 + 500


class Kept:
    def __init__(self):
        self.answers, self.bytes, self.lock = OrderedDict(), 0, Lock()

    def get(self, key):
        with self.lock:
            found = self.answers.get(key)
            if found is not None:
                self.answers.move_to_end(key)
            return found

    def put(self, key, answer):
        """Keep `answer`; one that alone would take more than half of the room is not kept."""
        room = settings.REGISTRY_CACHE_MB * 2**20
        if answer.size > room // 2:
            return
        with self.lock:
            if key in self.answers:
                self.bytes -= self.answers.pop(key).size
            self.answers[key] = answer
            self.bytes += answer.size
            while self.bytes > room:
                _key, old = self.answers.popitem(last=False)
                self.bytes -= old.size


KEPT = Kept()
