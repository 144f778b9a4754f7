"""What the views under a pilot share: the case as those may read it who work on it."""

from django.http import Http404
from django.utils.functional import cached_property
from rest_framework import mixins
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from portal.api.serializers import CleanSerializer, StrictCharField
from portal.api.views import Nested
from sandboxes.models import Pilot

CASES = r"sandboxes/(?P<pilot_id>[0-9]+)"
OPTIONAL = {"required": False, "allow_null": True}


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


class Adds(OfPilot, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Rows that are read and added; `add(given)` is the domain's function."""

    def perform_create(self, serializer):
        self.wrote(serializer, self.add(dict(serializer.validated_data)))


class Deeds(OfPilot):
    """Rows to which something is done that is no step of a lifecycle."""

    def deed(self, kind, act):
        """The row as it is after `act(row, **details)`, the details being the body as `kind` reads it."""
        row = self.get_object()
        act(row, **self.given(kind))
        self.__dict__.pop("parent", None)
        return Response(self.get_serializer(self.queryset.all().get(pk=row.pk)).data)

    def given(self, kind):
        """The request's body, checked by the serializer `kind`."""
        serializer = kind(data=self.request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class NoteSerializer(CleanSerializer):
    note = StrictCharField(max_length=4000)


class ReasonSerializer(CleanSerializer):
    reason = StrictCharField(max_length=4000)
