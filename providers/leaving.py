"""What the register says when somebody closes their account."""

from django.utils.translation import gettext as _

from providers.models import Representative


def ties(user):
    """The companies for which somebody speaks or asks to speak."""
    found = Representative.objects.filter(user=user).standing().select_related("provider")
    return [_("You speak for %(company)s.") % {"company": one.provider.name_th} for one in found]


def erase(user):
    """The telephone and the position of `user` at companies; who spoke for a company stays with its applications."""
    Representative.objects.filter(user=user).update(phone="", position="")


def spoke(user):
    """Whether `user` was a company's representative: its applications say who signed them."""
    return Representative.objects.filter(user=user).exclude(decided_by=None).exists()
