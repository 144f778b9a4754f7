"""Limits by person and by address, counted atomically in fixed windows."""

import logging
import math
import time

from django.core.cache import cache
from rest_framework.throttling import SimpleRateThrottle

logger = logging.getLogger(__name__)


class Window(SimpleRateThrottle):
    """Counts with one atomic increment; a cache that is down stops nobody from working."""

    def allow_request(self, request, view):
        key = self.get_cache_key(request, view)
        if key is None or self.rate is None:
            return True
        now = time.time()
        window, passed = divmod(now, self.duration)
        self.left = self.duration - passed
        try:
            used = self.count(f"{key}:{int(window)}")
        except Exception:
            logger.warning("The cache is away, so requests go uncounted.", exc_info=True)
            return True
        request.limits = (self.num_requests, max(0, self.num_requests - used), math.ceil(self.left))
        return used <= self.num_requests

    def count(self, key):
        if cache.add(key, 1, timeout=2 * self.duration):
            return 1
        try:
            return cache.incr(key)
        except ValueError:
            return 1

    def wait(self):
        return self.left


class Anonymous(Window):
    """By address, for those without an account. The proxy's word for it counts as NUM_PROXIES says."""

    scope = "anonymous"

    def get_cache_key(self, request, view):
        if request.user and request.user.is_authenticated:
            return None
        return f"throttle:{self.scope}:{self.get_ident(request)}"


class Person(Window):
    scope = "person"

    def get_cache_key(self, request, view):
        if not (request.user and request.user.is_authenticated):
            return None
        return f"throttle:{self.scope}:{request.user.pk}"
