"""The sandbox's endpoints: pilots and everything beneath them (docs/api.md)."""

from sandboxes.api import urls  # noqa: F401
