"""Applications for listing, written and followed by programs: the case, its rows, its documents, its steps."""

import django_filters
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ModelViewSet, ReadOnlyModelViewSet

from portal.api.fields import Files, Upload
from portal.api.parsers import SafeJSONParser, SafeMultiPartParser
from portal.api.routes import register
from portal.api.serializers import (
    CleanModelSerializer,
    CleanSerializer,
    RelatedId,
    SafeJSONField,
    StrictChoiceField,
)
from portal.api.views import Nested, Steps, Visible, match, race_as_412
from providers.api.answers import Answers, taken, told
from providers.applying import drafting, renewing
from providers.applying.answers import FORMS
from providers.applying.completeness import missing
from providers.lifecycle import APPLICATION
from providers.models import Application, ApplicationDocument, DocumentKind, Entry, Provider
from providers.states import ApplicationKind, ApplicationState, Section

CASES = r"listing-applications/(?P<application_id>[0-9]+)"
WRITES = ("create", "update", "partial_update", "destroy")
ROWS = [(one.value, one.label) for one in (Section.PRODUCTS, Section.PRICES, Section.CERTIFICATIONS)]
ANSWERED = (Section.COMPANY, Section.ATTESTATIONS)
TELLS_COMMENT = {ApplicationState.RETURNED, ApplicationState.APPROVED, ApplicationState.REJECTED}


class ListingLackSerializer(serializers.Serializer):
    section = serializers.ChoiceField(choices=Section.choices)
    code = serializers.CharField()
    detail = serializers.CharField()
    entry = serializers.CharField(allow_null=True)


class ListingCheckSerializer(serializers.Serializer):
    complete = serializers.BooleanField()
    missing = ListingLackSerializer(many=True)


class ListingApplicationSerializer(CleanModelSerializer):
    """An application: what the company writes, and where it stands."""

    provider = RelatedId(queryset=Provider.objects.all())
    kind = StrictChoiceField(choices=ApplicationKind.choices, required=False)
    company = Answers(Section.COMPANY)
    attestations = Answers(Section.ATTESTATIONS)
    open_sections = serializers.ListField(source="open_now", child=serializers.CharField(), read_only=True)
    to_confirm = serializers.ListField(child=serializers.CharField(), read_only=True)
    return_reasons = serializers.ListField(child=serializers.DictField(), read_only=True)
    comment = serializers.SerializerMethodField(help_text="What the assessor says to the applicant.")

    class Meta:
        model = Application
        fields = ["id", "number", "provider", "kind", "state", "version", "company", "attestations", "open_sections"]
        fields += ["to_confirm", "return_reasons", "return_due_on", "started_at", "changed_at", "submitted_at"]
        fields += ["due_on", "decided_at", "decision_reason", "comment"]
        read_only_fields = [one for one in fields if one not in {"provider", "kind", "company", "attestations"}]

    def get_comment(self, application) -> str:
        told_now = application.state in TELLS_COMMENT and hasattr(application, "assessment")
        return application.assessment.comment if told_now else ""

    def validate_provider(self, provider):
        user = self.context["request"].user
        if self.instance is not None:
            if provider.pk != self.instance.provider_id:
                raise serializers.ValidationError(_("This is chosen once, when the draft is started."))
        elif not user.has_perm("providers.add_application", provider):
            if not Provider.objects.visible_to(user).filter(pk=provider.pk).exists():
                field = self.fields["provider"]
                field.fail("does_not_exist", pk_value=provider.pk)
            raise PermissionDenied
        return provider

    def validate_kind(self, kind):
        if self.instance is not None and kind != self.instance.kind:
            raise serializers.ValidationError(_("This is chosen once, when the draft is started."))
        return kind

    def validate(self, attrs):
        return attrs


class ApplicationFilter(django_filters.FilterSet):
    """Which applications."""

    state = django_filters.ChoiceFilter(choices=ApplicationState.choices)
    kind = django_filters.ChoiceFilter(choices=ApplicationKind.choices)
    provider = django_filters.ModelChoiceFilter(
        queryset=lambda request: (
            Provider.objects.filter(applications__in=Application.objects.visible_to(request.user)).distinct()
            if request
            else Provider.objects.none()
        )
    )

    class Meta:
        model = Application
        fields = ("state", "kind", "provider")


class ApplicationViewSet(Visible, Steps, mixins.CreateModelMixin, mixins.UpdateModelMixin, ReadOnlyModelViewSet):
    """Applications for listing: one's own company's whole, others' for the registry once they are handed in."""

    queryset = Application.objects.select_related("provider", "assessment")
    serializer_class = ListingApplicationSerializer
    lifecycle = APPLICATION
    filterset_class = ApplicationFilter
    permissions = {
        "create": "providers.add_application",
        "update": "providers.change_application",
        "partial_update": "providers.change_application",
    }
    lookup_value_regex = "[0-9]+"
    ordering = ["-pk"]
    ordering_fields = {"id": "pk", "number": "number", "submitted_at": "submitted_at", "due_on": "due_on"}

    def update(self, request, *args, **kwargs):
        """Write what is given; PUT and PATCH do the same, because a draft may leave anything out."""
        return super().update(request, *args, **{**kwargs, "partial": True})

    def perform_create(self, serializer):
        given, by = dict(serializer.validated_data), self.request.user
        is_renewal = given.get("kind") == ApplicationKind.RENEWAL
        begin = renewing.start_renewal if is_renewal else drafting.start
        draft = begin(given["provider"], by=by)
        self.write(draft, given)
        self.answer(serializer, draft)

    def perform_update(self, serializer):
        application = serializer.instance
        version = match(self.request, application)
        with race_as_412(application):
            self.write(application, serializer.validated_data, version=version)
        self.answer(serializer, application)

    def write(self, application, given, *, version=None):
        """Keep the answers that are given, section by section."""
        for section in ANSWERED:
            if section in given:
                everything = {**getattr(application, section), **given[section]}
                fresh = drafting.answer(application, section, everything, by=self.request.user, version=version)
                version = version and fresh.version

    def answer(self, serializer, application):
        self.object = serializer.instance = self.queryset.all().get(pk=application.pk)

    @extend_schema(responses=ListingCheckSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def check(self, request, **kwargs):
        """What is still missing before the application can be handed in."""
        lacks = [one.as_dict() for one in missing(self.get_object())]
        for one in lacks:
            one["entry"] = one["entry"] and str(one["entry"])
        return Response({"complete": not lacks, "missing": lacks})


class OfApplication(Nested):
    """Anything beneath an application. The application's ETag stands for its rows."""

    parent_queryset = Application.objects.select_related("provider")
    parent_field, parent_kwarg = "application", "application_id"
    permissions = dict.fromkeys(WRITES, "providers.change_application")
    parser_classes = [SafeJSONParser, SafeMultiPartParser]
    lookup_value_regex = "[0-9]+"
    ordering = ["pk"]
    tagged_actions = Nested.tagged_actions | {"destroy"}

    def reread(self):
        """Read the case again after a write beneath it."""
        self.__dict__.pop("parent", None)
        return self.parent


def file_of(stored, url):
    """What is known of a file, and where it is."""
    if stored is None:
        return None
    return {"name": stored.name, "size": stored.size, "content_type": stored.content_type} | {
        "sha256": stored.sha256,
        "url": url,
    }


class ListingEntrySerializer(CleanSerializer):
    """One product, one price of a product, or one certification, as it is answered."""

    id = serializers.CharField(read_only=True)
    section = StrictChoiceField(choices=ROWS)
    parent = RelatedId(queryset=Entry.objects.filter(section=Section.PRODUCTS), required=False, allow_null=True)
    answers = SafeJSONField(required=False)
    product = RelatedId(read_only=True)
    price = RelatedId(read_only=True)
    certification = RelatedId(read_only=True)
    file = Upload(required=False)

    default_error_messages = {
        "not_an_object": _("Give one JSON object."),
        "chosen_once": _("This is chosen once, when the row is added."),
        "no_parent": _("A product stands by itself."),
        "no_file": _("Only certifications have a file here."),
    }

    def validate_answers(self, data):
        if not isinstance(data, dict):
            self.fail("not_an_object")
        section = self.instance.section if self.instance else self.initial_data.get("section")
        return taken(FORMS[section]().fields, data) if section in dict(ROWS) else {}

    def validate(self, attrs):
        section = self.instance.section if self.instance else attrs["section"]
        parent, view = attrs.get("parent"), self.context["view"]
        if self.instance is not None:
            for name in ("section", "parent"):
                if name in attrs and attrs[name] != getattr(self.instance, name):
                    raise self.refusal(name, "chosen_once")
        if parent is not None and section == Section.PRODUCTS:
            raise self.refusal("parent", "no_parent")
        if parent is not None and parent.application_id != view.parent.pk:
            self.fields["parent"].fail("does_not_exist", pk_value=parent.pk)
        if "file" in attrs and section != Section.CERTIFICATIONS:
            raise self.refusal("file", "no_file")
        return attrs

    def refusal(self, name, code):
        return serializers.ValidationError({name: [serializers.ErrorDetail(self.error_messages[code], code)]})

    def to_representation(self, entry):
        url = entry.file and self.context["view"].file_url(entry)
        return {
            "id": str(entry.pk),
            "section": entry.section,
            "parent": entry.parent_id and str(entry.parent_id),
            "answers": told(FORMS[entry.section]().fields, entry.answers),
            "product": entry.product_id and str(entry.product_id),
            "price": entry.price_id and str(entry.price_id),
            "certification": entry.certification_id and str(entry.certification_id),
            "file": file_of(entry.file, url),
        }


class EntryViewSet(Files, OfApplication, ModelViewSet):
    """The rows of an application: products, their prices, certifications."""

    queryset = Entry.objects.select_related("file")
    serializer_class = ListingEntrySerializer

    def perform_create(self, serializer):
        given = serializer.validated_data
        entry = drafting.add_entry(
            self.parent,
            given["section"],
            given.get("answers", {}),
            by=self.request.user,
            parent=given.get("parent"),
            upload=given.get("file"),
        )
        self.object = serializer.instance = entry
        self.reread()

    def perform_update(self, serializer):
        given, entry = serializer.validated_data, serializer.instance
        version = match(self.request, self.parent)
        answers = {**entry.answers, **given.get("answers", {})}
        with race_as_412(self.parent):
            drafting.change_entry(entry, answers, by=self.request.user, version=version, upload=given.get("file"))
        self.object = entry
        self.reread()

    def perform_destroy(self, instance):
        version = match(self.request, self.parent)
        with race_as_412(self.parent):
            drafting.remove_entry(instance, by=self.request.user, version=version)
        self.reread()

    def update(self, request, *args, **kwargs):
        """Write what is given; PUT and PATCH do the same, because a draft may leave anything out."""
        return super().update(request, *args, **{**kwargs, "partial": True})


class ListingDocumentSerializer(CleanModelSerializer):
    kind = serializers.SlugRelatedField(slug_field="code", queryset=DocumentKind.objects.filter(is_active=True))
    file = Upload()

    class Meta:
        model = ApplicationDocument
        fields = ["id", "kind", "file", "added_at"]
        read_only_fields = ["added_at"]

    def validate(self, attrs):
        return attrs

    def to_representation(self, document):
        answer = super().to_representation(document)
        answer["file"]["url"] = self.context["view"].file_url(document)
        return answer


class DocumentViewSet(
    Files,
    OfApplication,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    mixins.ListModelMixin,
    GenericViewSet,
):
    """The documents in force, one of a kind. One that gives way to another, or is taken off, stays on record."""

    queryset = ApplicationDocument.objects.filter(removed_at=None).select_related("file", "kind")
    serializer_class = ListingDocumentSerializer
    parser_classes = [SafeMultiPartParser]

    def perform_create(self, serializer):
        given = serializer.validated_data
        made = drafting.attach(self.parent, given["kind"], given["file"], by=self.request.user)
        self.object = serializer.instance = made
        self.reread()

    def perform_destroy(self, instance):
        version = match(self.request, self.parent)
        with race_as_412(self.parent):
            drafting.detach(instance, by=self.request.user, version=version)
        self.reread()


register("listing-applications", ApplicationViewSet)
register(f"{CASES}/entries", EntryViewSet, "listing-entries")
register(f"{CASES}/documents", DocumentViewSet, "listing-documents")
