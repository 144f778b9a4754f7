"""Bearer tokens, and what a token may do."""

from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission

from portal import clock
from portal.models import ApiToken

USE_NOTED_EVERY = timedelta(minutes=1)


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer scp_…`; `request.auth` is then the token's row."""

    def authenticate(self, request):
        scheme, _space, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        row = ApiToken.objects.select_related("user").filter(digest=self.digest(token)).first()
        now = clock.now()
        if row is None or not row.is_valid(now) or not row.user.is_active:
            raise AuthenticationFailed(_("This token is unknown, has expired or was revoked."), code="bad_token")
        self.note_use(row, now)
        return row.user, row

    def authenticate_header(self, request):
        return "Bearer"

    @staticmethod
    def digest(token):
        return ApiToken.hash(token.decode("latin-1").strip())

    @staticmethod
    def note_use(row, now):
        if row.last_used_at is None or now - row.last_used_at >= USE_NOTED_EVERY:
            stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USE_NOTED_EVERY)
            ApiToken.objects.filter(stale, pk=row.pk).update(last_used_at=now)


class TokenMayWrite(BasePermission):
    """Refuses every unsafe method to a token that may only read."""

    def has_permission(self, request, view):
        token = request.auth
        if request.method in SAFE_METHODS or not isinstance(token, ApiToken) or token.can_write:
            return True
        raise PermissionDenied(_("This token may only read. Make one that may write."), code="read_only_token")
