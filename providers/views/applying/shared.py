"""What the pages of a company's own people have in common."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.views import Door, VisibleDetail
from providers.models import Provider
from providers.rules import speaks_for
from providers.views.cases import CasePage

AREA, DESK = "providers-mine", "providers-desk"


class CompanyDoor(Door):
    """A page of the area of the company's own people."""

    area = AREA

    def get_context_data(self, **context):
        return super().get_context_data(current_area=self.area, **context)


class OwnCase(CompanyDoor, VisibleDetail):
    """A page for the company's own people, at an address where everybody else has another page.

    Where only the plain page of a case stands behind it, those who keep the register read this one too.
    """

    kind = ""

    def dispatch(self, request, *args, **kwargs):
        self.request, self.kwargs = request, kwargs
        if request.user.is_authenticated and self.is_mine():
            return super().dispatch(request, *args, **kwargs)
        behind = page_behind(request)
        if is_plain(behind) and request.user.has_perm("providers.view_registry"):
            self.area = DESK
            return super().dispatch(request, *args, **kwargs)
        return behind.func(request, *behind.args, **behind.kwargs)

    def is_mine(self):
        found = self.get_queryset().filter(pk=self.kwargs["pk"]).first()
        return found is not None and self.is_own(found)

    def is_own(self, obj):
        return speaks_for(self.request.user, obj.provider)

    def get_context_data(self, **context):
        step_url = reverse("providers:step", args=[self.kind, self.object.pk, "STEP"])
        provider = self.object.provider
        more = {"step_url": step_url, "provider": provider, "is_company": speaks_for(self.request.user, provider)}
        return super().get_context_data(**{**more, **context})


def page_behind(request):
    """What those see at this address who are not the company's own people, as a `ResolverMatch`."""
    from providers.urls import urlpatterns

    address = request.path_info.partition("/providers/")[2]
    for pattern in urlpatterns:
        found = pattern.resolve(address)
        if found and not issubclass(getattr(found.func, "view_class", object), OwnCase):
            return found
    raise Http404


def is_plain(found):
    return getattr(found.func, "view_class", None) is CasePage


def own_provider(user, pk):
    """The company `pk` that `user` speaks for, or claims to; 404 for all others."""
    return get_object_or_404(Provider, pk=pk, representatives__in=user.representations.standing())


def confirmed_only(user, provider):
    """Raise PermissionDenied while the registrar has not confirmed that `user` speaks for `provider`."""
    if not speaks_for(user, provider):
        raise PermissionDenied(_("This is possible once the registrar has confirmed that you speak for the company."))


def put_errors(form, error, field=None):
    """Show what the domain said of the input at its fields, or at `field`, or above them all."""
    if not hasattr(error, "error_dict"):
        form.add_error(field, error.messages)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else field, ValidationError(errors))
