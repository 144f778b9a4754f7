"""The budget's endpoints: rounds, proposals and everything beneath them (docs/api.md)."""

from budgets.api import urls  # noqa: F401
