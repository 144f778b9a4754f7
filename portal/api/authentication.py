"""Bearer tokens and browser sessions, and what a token may do."""

from datetime import timedelta

from django.db import connection
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from rest_framework import authentication
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission

from portal import clock
from portal.models import ApiToken, User
from portal.statements import Statement

USE_NOTED_EVERY = timedelta(minutes=1)
TOKEN = [field.attname for field in ApiToken._meta.concrete_fields]
USER = [field.attname for field in User._meta.concrete_fields]
FOUND = Statement(
    lambda digest: ApiToken.objects.filter(digest=digest).values_list(*TOKEN, *(f"user__{name}" for name in USER)),
    "digest",
)


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer scp_…`; `request.auth` is then the token's row."""

    def authenticate(self, request):
        scheme, _space, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        row = self.find(self.digest(token))
        now = clock.now()
        if row is None or not row.is_valid(now) or not row.user.is_active:
            raise AuthenticationFailed(_("This token is unknown, has expired or was revoked."), code="bad_token")
        self.note_use(row, now)
        return row.user, row

    @staticmethod
    def find(digest):
        """The ApiToken of that digest with its user, or None."""
        values = FOUND.first(digest)
        if values is None:
            return None
        row = ApiToken.from_db(connection.alias, TOKEN, values[: len(TOKEN)])
        row.user = User.from_db(connection.alias, USER, values[len(TOKEN) :])
        return row

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


class SessionAuthentication(authentication.SessionAuthentication):
    """The session of a browser. A write proves itself by `X-CSRFToken`: to look for a form's field eats the body."""

    def enforce_csrf(self, request):
        plain = request._request
        plain._post = QueryDict()
        try:
            super().enforce_csrf(plain)
        finally:
            del plain._post


class TokenMayWrite(BasePermission):
    """Refuses every unsafe method to a token that may only read."""

    def has_permission(self, request, view):
        token = request.auth
        if request.method in SAFE_METHODS or not isinstance(token, ApiToken) or token.can_write:
            return True
        raise PermissionDenied(_("This token may only read. Make one that may write."), code="read_only_token")
