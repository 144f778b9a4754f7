"""What the registry shows on the first page."""

from django.utils.translation import gettext_lazy as _

from portal import access
from portal.registry import Panel


def company_door(request):
    """The way to claiming a company, for people who hold no post and speak for no company; or None."""
    user = request.user
    if not user.is_authenticated or access.memberships(user) or user.has_perm("providers.add_application"):
        return None
    return Panel(_("Does your company offer digital products?"), "providers/applying/_door.html")
