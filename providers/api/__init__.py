"""The registry's endpoints (docs/api.md)."""

from providers.api import applying, company, feed, registry  # noqa: F401
