"""What training's endpoints share: limits that the pages' forms set, and rows under a case that functions write."""

import re
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.api.serializers import CleanSerializer
from portal.api.views import Nested
from portal.thai.citizens import has_citizen_number

OPTIONAL = {"required": False, "allow_null": True}
LONG = {"required": False, "allow_blank": True}


def limits(form):
    """The least and the largest number of each field of `form` that sets one, as a serializer's `extra_kwargs`."""
    found = {}
    for name, field in form.base_fields.items():
        for end in ("min_value", "max_value"):
            bound = getattr(field, end, None)
            if bound is not None:
                found.setdefault(name, {})[end] = Decimal(str(bound)) if isinstance(bound, float) else bound
    return found


def month_in(text):
    """The first day of a month written `2026-11`, or None for what is no month."""
    try:
        return date.fromisoformat(f"{text}-01") if re.fullmatch(r"[12][0-9]{3}-[0-9]{2}", text) else None
    except ValueError:
        return None


class Nothing(CleanSerializer):
    """The body of what asks for nothing: anything in it is refused."""


class WithoutCitizenNumbers:
    """A serializer none of whose texts may hold a citizen number: it is not collected, wherever it is written."""

    def to_internal_value(self, data):
        given = super().to_internal_value(data)
        flawed = [name for name, value in given.items() if isinstance(value, str) and has_citizen_number(value)]
        if flawed:
            text = _("Leave out the citizen number: we do not collect it.")
            raise serializers.ValidationError({name: [text] for name in flawed}, code="citizen_number")
        return given


class ToldSerializer(serializers.Serializer):
    """How many people a letter went to."""

    told = serializers.IntegerField()


class Beneath(Nested):
    """Rows under a case that the domain's functions write; the answer is the row, under the case as it is then."""

    ordering = ["pk"]
    lookup_value_regex = "[0-9]+"
    tagged_actions = Nested.tagged_actions | {"destroy"}

    def check_permissions(self, request):
        """404 for a case that is not theirs to see comes before anything that is asked of the person."""
        if request.user.is_authenticated and not getattr(self, "swagger_fake_view", False):
            _there = self.parent
        super().check_permissions(request)

    def wrote(self, serializer, row):
        """Answer with `row` as it is now."""
        self.__dict__.pop("parent", None)
        self.object = serializer.instance = self.queryset.all().get(pk=row.pk)
