"""Whether the portal lives and can serve, for those who watch it. Neither answer says more than that."""

from django.db import connections
from django.db.utils import Error
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

PROBE = {"connect_timeout": 2, "options": "-c statement_timeout=2000"}


@never_cache
@require_safe
def healthz(request):
    """200 while this process answers; asks nothing of anybody."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request):
    """200 when the database answers within two seconds, else 503. The queue's and the cache's absence is bearable."""
    if database_answers():
        return HttpResponse("ready\n", content_type="text/plain")
    return HttpResponse("not ready\n", content_type="text/plain", status=503)


def database_answers():
    """Whether a new connection answers: one that is kept open would not notice a network that went silent."""
    probe = connections["default"].copy()
    if probe.vendor == "postgresql":
        probe.settings_dict = probe.settings_dict | {"OPTIONS": probe.settings_dict["OPTIONS"] | PROBE}
    try:
        with probe.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except Error:
        return False
    finally:
        probe.close()
