"""What a company's people and its buyers do over the API: claims, changes, complaints, a listing's steps."""

import django_filters
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from portal import clock
from portal.api.fields import Files, Upload
from portal.api.parsers import JSON_OR_FORM, SafeMultiPartParser
from portal.api.routes import register
from portal.api.serializers import (
    CleanModelSerializer,
    RelatedId,
    SafeJSONField,
    StrictCharField,
    StrictChoiceField,
    UserName,
)
from portal.api.views import Steps, Visible
from portal.models import LocalGovernment
from providers.api.answers import taken, told
from providers.api.applying import file_of
from providers.deciding import changes, companies, complaining, impact
from providers.identity import juristic_number
from providers.lifecycle import CHANGE, COMPLAINT, CORRECTION, LISTING, REPRESENTATIVE
from providers.models import (
    Certification,
    Change,
    Complaint,
    Correction,
    Listing,
    Price,
    Product,
    Provider,
    Representative,
    Succession,
)
from providers.states import (
    ChangeKind,
    ChangeState,
    ComplaintState,
    CorrectionState,
    RepresentativeState,
    SuccessionKind,
)

OPTIONAL = {"required": False, "allow_null": True}


class FileAddress:
    """For serializers of a row with one file: the answer says where it is."""

    file_field = "file"

    def to_representation(self, row):
        answer = super().to_representation(row)
        stored = getattr(row, self.file_field)
        answer[self.file_field] = file_of(stored, stored and self.context["view"].file_url(row))
        return answer

    def validate(self, attrs):
        return attrs


# Claims


class RepresentationSerializer(FileAddress, CleanModelSerializer):
    """Somebody's claim to speak for a company, and what became of it."""

    file_field = "letter"
    juristic_number = StrictCharField(source="provider.juristic_number", max_length=40)
    name_th = StrictCharField(source="provider.name_th", max_length=250)
    provider = RelatedId(read_only=True)
    user = UserName(read_only=True)
    letter = Upload(only={"pdf", "jpg", "jpeg", "png"})

    class Meta:
        model = Representative
        fields = ["id", "provider", "juristic_number", "name_th", "user", "state", "version", "position", "phone"]
        fields += ["letter", "valid_until", "claimed_at", "decided_at", "reason"]
        read_only_fields = ["state", "version", "valid_until", "claimed_at", "decided_at", "reason"]

    def validate_juristic_number(self, number):
        return juristic_number(number)


class RepresentationFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=RepresentativeState.choices)

    class Meta:
        model = Representative
        fields = ("state",)


class RepresentationViewSet(Files, Visible, Steps, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Who speaks for which company: one's own claims, and those of one's company."""

    queryset = Representative.objects.select_related("provider", "user", "letter")
    serializer_class = RepresentationSerializer
    lifecycle = REPRESENTATIVE
    filterset_class = RepresentationFilter
    parser_classes = [SafeMultiPartParser]
    lookup_value_regex = "[0-9]+"
    file_field = "letter"
    ordering = ["-pk"]
    ordering_fields = {"id": "pk"}

    def perform_create(self, serializer):
        given = serializer.validated_data
        self.object = serializer.instance = companies.claim(
            given["provider"]["juristic_number"],
            name_th=given["provider"]["name_th"],
            position=given["position"],
            phone=given["phone"],
            letter=given["letter"],
            by=self.request.user,
        )


# Changes


class ListingChangeSerializer(FileAddress, CleanModelSerializer):
    """A change between renewals: `fields` says what is to be different, `old` and `new` hold the whole row."""

    provider = RelatedId(queryset=Provider.objects.all())
    product = RelatedId(queryset=Product.objects.all(), **OPTIONAL)
    price = RelatedId(queryset=Price.objects.all(), **OPTIONAL)
    certification = RelatedId(queryset=Certification.objects.all(), **OPTIONAL)
    kind = StrictChoiceField(choices=ChangeKind.choices)
    fields_wanted = SafeJSONField(write_only=True)
    note = StrictCharField(required=False, allow_blank=True, max_length=2000)
    file = Upload(required=False)
    old = serializers.SerializerMethodField()
    new = serializers.SerializerMethodField()
    asked_by = UserName(read_only=True)

    class Meta:
        model = Change
        fields = ["id", "provider", "product", "price", "certification", "kind", "state", "version", "old", "new"]
        fields += ["fields_wanted", "note", "file", "asked_by", "asked_at", "decided_at", "reason"]
        read_only_fields = ["state", "version", "asked_at", "decided_at", "reason"]

    default_error_messages = {"not_an_object": _("Give one JSON object.")}

    def get_fields(self):
        """`fields` is a word that serializers keep for themselves."""
        found = super().get_fields()
        found["fields"] = found.pop("fields_wanted")
        found["fields"].source = "wanted"
        return found

    def get_old(self, change) -> dict:
        return self.row(change, change.old)

    def get_new(self, change) -> dict:
        return self.row(change, change.new)

    def row(self, change, values):
        return told(changes.form_for(change.kind, product=change.product).fields, values)

    def validate_provider(self, provider):
        user = self.context["request"].user
        if not user.has_perm("providers.ask_change", provider):
            if not Provider.objects.visible_to(user).filter(pk=provider.pk).exists():
                self.fields["provider"].fail("does_not_exist", pk_value=provider.pk)
            raise PermissionDenied
        return provider

    def validate(self, attrs):
        for name in ("product", "price", "certification"):
            found = attrs.get(name)
            if found is not None and (found.product if name == "price" else found).provider_id != attrs["provider"].pk:
                detail = self.fields[name].error_messages["does_not_exist"].format(pk_value=found.pk)
                raise serializers.ValidationError({name: [serializers.ErrorDetail(detail, "does_not_exist")]})
        if not isinstance(attrs["wanted"], dict):
            detail = serializers.ErrorDetail(self.error_messages["not_an_object"], "not_an_object")
            raise serializers.ValidationError({"fields": [detail]})
        return attrs


class ChangeFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=ChangeState.choices)
    kind = django_filters.ChoiceFilter(choices=ChangeKind.choices)

    class Meta:
        model = Change
        fields = ("state", "kind")


class ChangeViewSet(Files, Visible, Steps, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Changes between renewals: contact and description at once, name, price and certification after a check."""

    queryset = Change.objects.select_related("provider", "product", "price", "certification", "file", "asked_by")
    serializer_class = ListingChangeSerializer
    lifecycle = CHANGE
    filterset_class = ChangeFilter
    permissions = {"create": "providers.ask_change"}
    parser_classes = JSON_OR_FORM
    lookup_value_regex = "[0-9]+"
    ordering = ["-pk"]
    ordering_fields = {"id": "pk"}

    def perform_create(self, serializer):
        given = dict(serializer.validated_data)
        kind, wanted, provider = given.pop("kind"), given.pop("wanted"), given.pop("provider")
        target = {name: given.get(name) for name in ("product", "price", "certification")}
        changes.refuse_misplaced(provider, kind, **target)
        held = changes.present(kind, provider, **target)
        try:
            fields = changes.form_for(kind, product=target["product"]).fields
            change = changes.ask(
                provider,
                kind,
                {**held, **taken(fields, wanted)},
                by=self.request.user,
                upload=given.get("file"),
                note=given.get("note", ""),
                **target,
            )
        except ValidationError as error:
            if hasattr(error, "error_dict"):
                raise serializers.ValidationError({"fields": serializers.as_serializer_error(error)}) from None
            raise
        self.object = serializer.instance = change


# Complaints


class ComplaintSerializer(FileAddress, CleanModelSerializer):
    """A local government's complaint about a listing."""

    listing = RelatedId(queryset=Listing.objects.all())
    local_government = RelatedId(queryset=LocalGovernment.objects.all())
    file = Upload(required=False)

    class Meta:
        model = Complaint
        fields = ["id", "listing", "local_government", "state", "version", "subject", "text", "file", "filed_at"]
        fields += ["due_on", "reply", "replied_at", "outcome", "closed_at"]
        read_only_fields = ["state", "version", "filed_at", "due_on", "reply", "replied_at", "outcome", "closed_at"]

    def validate_local_government(self, place):
        if not self.context["request"].user.has_perm("providers.file_complaint", place):
            raise PermissionDenied
        return place


class ComplaintFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=ComplaintState.choices)

    class Meta:
        model = Complaint
        fields = ("state",)


class ComplaintViewSet(Files, Visible, Steps, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Complaints, for the office that filed them, the company concerned and the registry."""

    queryset = Complaint.objects.select_related("listing__provider", "local_government", "file")
    serializer_class = ComplaintSerializer
    lifecycle = COMPLAINT
    filterset_class = ComplaintFilter
    permissions = {"create": "providers.file_complaint"}
    parser_classes = JSON_OR_FORM
    lookup_value_regex = "[0-9]+"
    ordering = ["-pk"]
    ordering_fields = {"id": "pk", "due_on": "due_on"}

    def perform_create(self, serializer):
        given = dict(serializer.validated_data)
        self.object = serializer.instance = complaining.complain(
            given["listing"],
            given["local_government"],
            subject=given["subject"],
            text=given["text"],
            by=self.request.user,
            upload=given.get("file"),
        )


# What the registrar answers and records


class CorrectionSerializer(serializers.ModelSerializer):
    """A mistake that somebody reported, for the registry."""

    id = serializers.CharField(read_only=True)
    provider = RelatedId(read_only=True)

    class Meta:
        model = Correction
        fields = ["id", "provider", "code", "state", "version", "text", "sent_at", "answer", "decided_at"]
        read_only_fields = fields


class CorrectionFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=CorrectionState.choices)
    provider = django_filters.NumberFilter(min_value=1, max_value=2**63 - 1)

    class Meta:
        model = Correction
        fields = ("state", "provider")


class CorrectionViewSet(Visible, Steps, ReadOnlyModelViewSet):
    """Mistakes that anybody reported on the public pages, with their steps, for the registry."""

    queryset = Correction.objects.select_related("provider")
    serializer_class = CorrectionSerializer
    lifecycle = CORRECTION
    filterset_class = CorrectionFilter
    lookup_value_regex = "[0-9]+"
    ordering = ["-pk"]


class CompanySuccessionSerializer(CleanModelSerializer):
    """One company in another's place, from a day on."""

    predecessor = RelatedId(queryset=Provider.objects.all())
    successor = RelatedId(queryset=Provider.objects.all())
    kind = StrictChoiceField(choices=SuccessionKind.choices)

    class Meta:
        model = Succession
        fields = ["id", "predecessor", "successor", "kind", "on", "recorded_at"]
        read_only_fields = ["recorded_at"]

    def validate_on(self, day):
        if day > clock.today():
            raise serializers.ValidationError(_("Record it once it has happened: today or a day before."), "not_yet")
        return day


class CompanySuccessionFilter(django_filters.FilterSet):
    predecessor = django_filters.NumberFilter(min_value=1, max_value=2**63 - 1)
    successor = django_filters.NumberFilter(min_value=1, max_value=2**63 - 1)
    kind = django_filters.ChoiceFilter(choices=SuccessionKind.choices)

    class Meta:
        model = Succession
        fields = ("predecessor", "successor", "kind")


class CompanySuccessionViewSet(Visible, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Companies that stand in others' places: public where both are, recorded by the registrar."""

    is_public = True
    queryset = Succession.objects.all()
    serializer_class = CompanySuccessionSerializer
    filterset_class = CompanySuccessionFilter
    permissions = {"create": "providers.change_company"}
    lookup_value_regex = "[0-9]+"
    ordering = ["-on", "-pk"]

    def perform_create(self, serializer):
        made = companies.succeed(**serializer.validated_data, by=self.request.user)
        self.object = serializer.instance = made


# Listings


class ListingCaseSerializer(serializers.ModelSerializer):
    """A listing as those see it who may take its steps."""

    id = serializers.CharField(read_only=True)
    provider = RelatedId(read_only=True)
    product = RelatedId(read_only=True)

    class Meta:
        model = Listing
        fields = ["id", "certificate_no", "provider", "product", "state", "version", "valid_from", "valid_until"]
        fields += ["held_past", "reason_class", "reason", "legal_basis", "suspended_on", "reply_by", "review_by"]
        fields += ["reply", "replied_at", "barred_until", "ended_at"]
        read_only_fields = fields


class DependantSerializer(serializers.Serializer):
    kind = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()
    local_government = serializers.CharField(source="local_government.pk")
    url = serializers.SerializerMethodField()

    def get_url(self, case) -> str:
        return self.context["request"].build_absolute_uri(case.url)


class ImpactLetterSerializer(serializers.Serializer):
    subject = serializers.CharField()
    body = serializers.CharField()


class ImpactSerializer(serializers.Serializer):
    """Who depends on a listing, and what they would be told."""

    letter = ImpactLetterSerializer()
    results = DependantSerializer(many=True)


class ListingCaseViewSet(Visible, Steps, GenericViewSet):
    """The steps of a listing, and who depends on it."""

    queryset = Listing.objects.select_related("provider", "product")
    serializer_class = ListingCaseSerializer
    lifecycle = LISTING
    permissions = {"impact": "providers.view_registry"}
    lookup_value_regex = "[0-9]+"

    @extend_schema(responses=ImpactSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def impact(self, request, **kwargs):
        """Every case that chose the listing, with the letter that its people would get."""
        listing = self.get_object()
        subject, body = impact.letter(listing)
        facts = {"letter": {"subject": subject, "body": body}, "results": impact.of(listing)}
        return Response(ImpactSerializer(facts, context=self.get_serializer_context()).data)


register("representations", RepresentationViewSet)
register("changes", ChangeViewSet)
register("complaints", ComplaintViewSet)
register("corrections", CorrectionViewSet)
register("company-successions", CompanySuccessionViewSet)
register("listings", ListingCaseViewSet, "listing-cases")
