"""Fields that the serializers of several apps share: lists, related rows, files."""

from django.core.exceptions import ValidationError as DjangoError
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail

from portal import files
from portal.api.serializers import IDENTIFIER, StrictCharField, StrictChoiceField, StrictIntegerField

MANY = 500
FIRST_YEAR, LAST_YEAR = 2500, 2700


class Texts(serializers.ListField):
    """A list of texts."""

    def __init__(self, *, longest=1000, **kwargs):
        super().__init__(child=StrictCharField(max_length=longest), **{"max_length": 100, **kwargs})


class Choices(serializers.ListField):
    """A list of different choices."""

    default_error_messages = {"twice": _("Name each choice once.")}

    def __init__(self, *, choices, **kwargs):
        super().__init__(child=StrictChoiceField(choices=choices), **{"max_length": 100, **kwargs})

    def to_internal_value(self, data):
        found = super().to_internal_value(data)
        if len(set(found)) != len(found):
            self.fail("twice")
        return found


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class RelatedIds(serializers.Field):
    """Related rows, written and answered as a list of their ids, and found in one query."""

    default_error_messages = {
        "not_a_list": _("Give a list of ids."),
        "twice": _("Name each one once."),
        "does_not_exist": _("There is no such row: %(id)s."),
    }

    def __init__(self, *, queryset, **kwargs):
        self.queryset = queryset
        super().__init__(**kwargs)

    def to_internal_value(self, data):
        if not isinstance(data, list) or len(data) > MANY:
            self.fail("not_a_list")
        for given in data:
            if not isinstance(given, str) or not IDENTIFIER.fullmatch(given):
                self.refuse(given)
        if len(set(data)) != len(data):
            self.fail("twice")
        found = {str(row.pk): row for row in self.queryset.filter(pk__in=data)} if data else {}
        for given in data:
            if given not in found:
                self.refuse(given)
        return [found[given] for given in data]

    def refuse(self, given):
        text = self.error_messages["does_not_exist"] % {"id": str(given)[:40]}
        raise serializers.ValidationError(text, code="does_not_exist")

    def to_representation(self, value):
        return [str(row.pk) for row in value.all()]


class WholeRow:
    """For serializers of the rows of a list: a row is given whole, also where the rest of the body is a change."""

    def to_internal_value(self, data):
        if isinstance(data, dict):
            wanted = {name: field for name, field in self.fields.items() if field.required and not field.read_only}
            absent = {
                name: [ErrorDetail(field.error_messages["required"], "required")]
                for name, field in wanted.items()
                if name not in data
            }
            if absent:
                raise serializers.ValidationError(absent)
        return super().to_internal_value(data)


class FiscalYear(StrictIntegerField):
    """A fiscal year of the Buddhist era."""

    def __init__(self, **kwargs):
        super().__init__(**{"min_value": FIRST_YEAR, "max_value": LAST_YEAR, **kwargs})


class Upload(serializers.FileField):
    """A file: an upload, judged before anything is written; in answers, what is known of it."""

    def __init__(self, *, only=None, **kwargs):
        self.only = only
        super().__init__(**kwargs)

    def to_internal_value(self, data):
        upload = super().to_internal_value(data)
        try:
            files.check(upload, files.clean_name(upload.name), only=self.only)
        except DjangoError as error:
            raise serializers.ValidationError(error.messages, code=getattr(error, "code", None)) from None
        return upload

    def to_representation(self, value):
        return {name: getattr(value, name) for name in ("name", "size", "content_type", "sha256")}


class UploadInSchema(OpenApiSerializerFieldExtension):
    target_class = Upload

    def map_serializer_field(self, auto_schema, direction):
        if direction == "request":
            return {"type": "string", "format": "binary"}
        text = {"type": "string"}
        members = {"name": text, "size": {"type": "integer"}, "content_type": text, "sha256": text, "url": text}
        return {"type": ["object", "null"], "properties": members}


class WithFile:
    """For serializers of a row with one file: the model judges the rest, the answer says where the file is."""

    file_field = "file"

    def clean_instance(self, values):
        super().clean_instance({name: value for name, value in values.items() if name != self.file_field})

    def to_representation(self, instance):
        answer = super().to_representation(instance)
        if answer.get(self.file_field):
            answer[self.file_field]["url"] = self.context["view"].file_url(instance)
        return answer


class Files:
    """`GET {id}/file/` for the views of those rows: the file itself."""

    file_field = "file"

    def file_url(self, row):
        arguments = {**self.kwargs, "pk": row.pk}
        arguments.pop("name", None)
        return self.request.build_absolute_uri(reverse(f"api:{self.basename}-file", kwargs=arguments))

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, methods=["get"], url_path="file", url_name="file", pagination_class=None)
    def download(self, request, **kwargs):
        """The file, as it came in."""
        stored = getattr(self.get_object(), self.file_field)
        if stored is None:
            raise Http404
        return files.serve(stored)
