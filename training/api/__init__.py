"""Training's endpoints: the catalogue, the checking of certificates, and the work of every role (docs/api.md)."""

from training.api import urls  # noqa: F401
