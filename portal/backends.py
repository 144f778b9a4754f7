"""Signing in. What a person may do is answered by `portal.access` alone."""

from allauth.account.auth_backends import AuthenticationBackend


class SignIn(AuthenticationBackend):
    """Knows passwords and grants nothing, so that a permission refused costs no look into tables we do not use."""

    def has_perm(self, user_obj, perm, obj=None):
        return False

    def has_module_perms(self, user_obj, app_label):
        return False
