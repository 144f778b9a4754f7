"""Where an app puts its endpoints."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

router = SimpleRouter()


def register(prefix, viewset, basename=None):
    """Serve `viewset` under `/api/v1/{prefix}/`; its routes are named `api:{basename}-list` and so on.

    Without `basename` the last word of the prefix names them.
    """
    router.register(prefix, viewset, basename=basename or prefix.rsplit("/", 1)[-1])


files = []


def register_file(route, view, name):
    """Serve `view` under `/api/v1/{route}`, an address that ends as the file does, named `api:{name}`."""
    files.append(path(route, view, name=name))


def by_first_word(urls):
    """`urls` of the router under their first words, so that a request is compared with its own kind alone."""
    found = {}
    for url in urls:
        word, _slash, rest = url.pattern.regex.pattern.removeprefix("^").partition("/")
        found.setdefault(word, []).append(re_path(f"^{rest}", url.callback, name=url.name))
    return [path(f"{word}/", include(under)) for word, under in found.items()]
