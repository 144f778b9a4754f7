"""Who called the register's endpoints, where a key says so."""

from portal.models import ApiToken
from providers.public import clients


def note_call(request, position=None):
    """Remember a call that came with a key; `position` is how far its program says that it has read."""
    if isinstance(request.auth, ApiToken):
        clients.note(request.auth, position)
