"""Where an app puts its endpoints."""

from rest_framework.routers import SimpleRouter

router = SimpleRouter()


def register(prefix, viewset, basename=None):
    """Serve `viewset` under `/api/v1/{prefix}/`; its routes are named `api:{basename}-list` and so on.

    Without `basename` the last word of the prefix names them.
    """
    router.register(prefix, viewset, basename=basename or prefix.rsplit("/", 1)[-1])
