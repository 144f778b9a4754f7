"""What the views under a pilot share: the case as those may read it who work on it."""

from django.http import Http404
from django.utils.functional import cached_property

from portal.api.parsers import SafeJSONParser, SafeMultiPartParser
from portal.api.views import Nested, race_as_412
from sandboxes.models import Pilot

__all__ = ["CASES", "JSON_OR_FORM", "OfPilot", "race_as_412"]

CASES = r"sandboxes/(?P<pilot_id>[0-9]+)"
JSON_OR_FORM = [SafeJSONParser, SafeMultiPartParser]


class OfPilot(Nested):
    """Anything beneath a pilot, for those who may read the whole case; the domain's functions write."""

    parent_queryset = Pilot.objects.select_related("local_government__province")
    parent_field, parent_kwarg = "pilot", "pilot_id"
    ordering = ["pk"]
    lookup_value_regex = "[0-9]+"

    @cached_property
    def parent(self):
        try:
            return self.parent_queryset.seen_whole_by(self.request.user).get(pk=self.kwargs[self.parent_kwarg])
        except (Pilot.DoesNotExist, ValueError, OverflowError):
            raise Http404 from None

    def check_permissions(self, request):
        super().check_permissions(request)
        if not getattr(self, "swagger_fake_view", False):
            _there = self.parent

    def etag_of(self, obj):
        pilot = self.parent
        return f'"{pilot.version}-{pilot.state_now.value}"'

    def wrote(self, serializer, row):
        """Answer with the row as it is now, under the pilot as it is now."""
        self.__dict__.pop("parent", None)
        self.object = serializer.instance = self.queryset.all().get(pk=row.pk)
