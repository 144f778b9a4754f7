"""What the views under a pilot share: the case as those may read it who work on it."""

from contextlib import contextmanager

from django.http import Http404
from django.utils.functional import cached_property

from portal.api.parsers import SafeJSONParser, SafeMultiPartParser
from portal.api.views import Nested, stale
from portal.errors import Refused
from sandboxes.models import Pilot

CASES = r"sandboxes/(?P<pilot_id>[0-9]+)"
JSON_OR_FORM = [SafeJSONParser, SafeMultiPartParser]


@contextmanager
def race_as_412(obj):
    """Tell a race that is lost between `If-Match` and the write as a stale version."""
    try:
        yield
    except Refused as refusal:
        if refusal.code != "lost_race":
            raise
        obj.version = type(obj)._base_manager.values_list("version", flat=True).get(pk=obj.pk)
        raise stale(obj) from None


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
