"""The registry's endpoints (docs/api.md)."""

from providers.api import feed, registry  # noqa: F401
