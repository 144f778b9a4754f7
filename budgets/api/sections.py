"""What a proposal consists of: items with their price evidence, funding, indicators, documents."""

import re

from django.http import Http404
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from rest_framework import mixins, serializers
from rest_framework.viewsets import GenericViewSet, ModelViewSet

from budgets.api.fields import Files, FiscalYear, ListingId, Upload, WithFile, WithListing
from budgets.api.nested import CASES, Rows, race_as_412
from budgets.models import FundingLine, Kpi, ProposalAttachment, ProposalItem, Quotation
from budgets.states import Section, SellerKind
from budgets.writing import attachments
from portal import files
from portal.api.parsers import JSON_OR_FORM
from portal.api.serializers import BahtField, CleanModelSerializer, StrictCharField
from portal.api.views import match

ITEMS = rf"{CASES}/items/(?P<item_id>[0-9]+)"
JURISTIC = re.compile(r"[0-9]{13}")


class ItemSerializer(WithListing, CleanModelSerializer):
    fiscal_year = FiscalYear(required=False, allow_null=True)
    total_baht = BahtField(read_only=True)
    listing = ListingId()

    class Meta:
        model = ProposalItem
        fields = ["id", "position", "category", "description", "quantity", "unit", "unit_price_baht", "total_baht"]
        fields += ["price_basis", "price_edition", "price_reference", "fiscal_year", "quarter", "listing"]
        fields += ["few_quotations_reason"]

    def validate(self, attrs):
        round = self.context["view"].parent.round
        for name, offered in (("category", round.categories), ("price_edition", round.editions)):
            chosen = attrs.get(name)
            if chosen is not None and not offered.filter(pk=chosen.pk).exists():
                raise serializers.ValidationError({name: [_("This round does not offer that choice.")]})
        return super().validate(attrs)


class ItemViewSet(Rows, ModelViewSet):
    """The budget items. An amount is quantity times unit price, counted by the portal."""

    queryset = ProposalItem.objects.all()
    serializer_class = ItemSerializer
    section = Section.ITEMS
    ordering = ["position"]

    def units(self):
        key = self.kwargs.get("pk")
        return {f"items-{key}", f"evidence-{key}"} if key else set()


class QuotationSerializer(WithFile, CleanModelSerializer):
    file = Upload(required=False, allow_null=True)

    default_error_messages = {
        "juristic_number": _("A company's juristic number has 13 digits."),
        "no_juristic_number": _("A shop has no juristic number."),
    }

    class Meta:
        model = Quotation
        fields = ["id", "seller_kind", "seller_name", "juristic_number", "amount_baht", "quoted_on"]
        fields += ["valid_until", "file"]

    def validate(self, attrs):
        kind = attrs.get("seller_kind", getattr(self.instance, "seller_kind", SellerKind.COMPANY))
        number = attrs.get("juristic_number", getattr(self.instance, "juristic_number", ""))
        if kind == SellerKind.COMPANY and not JURISTIC.fullmatch(number):
            raise self.error("juristic_number")
        if kind == SellerKind.SHOP and number:
            raise self.error("no_juristic_number")
        return super().validate(attrs)

    def error(self, code):
        return serializers.ValidationError({"juristic_number": [self.error_messages[code]]}, code=code)


class QuotationViewSet(Files, Rows, ModelViewSet):
    """Sellers' quotations for an item that stands on no price list."""

    queryset = Quotation.objects.select_related("file")
    serializer_class = QuotationSerializer
    parser_classes = JSON_OR_FORM
    section = Section.ITEMS

    @cached_property
    def item(self):
        found = ProposalItem.objects.filter(proposal=self.parent, pk=self.kwargs["item_id"]).first()
        if found is None:
            raise Http404
        return found

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.queryset.filter(item=self.item)

    def fixed(self):
        return {"item": self.item}

    def ask(self, obj):
        super().ask(obj)
        _found = self.item

    def units(self):
        return set()

    def perform_create(self, serializer):
        self.save(serializer, is_versioned=False)

    def perform_update(self, serializer):
        self.save(serializer, is_versioned=True)

    def save(self, serializer, *, is_versioned):
        with self.editing(is_versioned=is_versioned):
            kept = {}
            if upload := serializer.validated_data.pop("file", None):
                kept["file"] = files.store(upload, by=self.request.user)
            self.object = serializer.save(item=self.item, **kept)


class FundingSerializer(CleanModelSerializer):
    fiscal_year = FiscalYear(required=False, allow_null=True)

    class Meta:
        model = FundingLine
        fields = ["id", "position", "channel", "fiscal_year", "amount_baht"]


class FundingViewSet(Rows, ModelViewSet):
    """Where the money comes from. What the round's channels pay in its fiscal year is what is requested."""

    queryset = FundingLine.objects.all()
    serializer_class = FundingSerializer
    section = Section.FUNDING
    ordering = ["position"]


class KpiSerializer(CleanModelSerializer):
    class Meta:
        model = Kpi
        fields = ["id", "position", "name_th", "unit", "baseline", "baseline_on", "target", "direction"]


class KpiViewSet(Rows, ModelViewSet):
    """The indicators, with baseline and target."""

    queryset = Kpi.objects.all()
    serializer_class = KpiSerializer
    section = Section.KPIS
    ordering = ["position"]


class AttachmentSerializer(WithFile, CleanModelSerializer):
    kind = StrictCharField(max_length=40)
    file = Upload()
    replace = serializers.BooleanField(
        required=False, write_only=True, help_text=_("Whether it takes the place of those of its kind.")
    )

    default_error_messages = {"kind": _("Give the code of the document, such as one of the round's checklist.")}

    class Meta:
        model = ProposalAttachment
        fields = ["id", "kind", "file", "replace", "uploaded_at"]
        read_only_fields = ["uploaded_at"]

    def validate_kind(self, kind):
        if not re.fullmatch(r"[a-zA-Z0-9_-]+", kind):
            self.fail("kind")
        return kind


class AttachmentViewSet(
    Files,
    Rows,
    mixins.CreateModelMixin,
    mixins.DestroyModelMixin,
    mixins.RetrieveModelMixin,
    mixins.ListModelMixin,
    GenericViewSet,
):
    """The documents in force, several of a kind where need be. One that is replaced or taken off stays on record."""

    queryset = ProposalAttachment.objects.filter(removed_at=None).select_related("file")
    serializer_class = AttachmentSerializer
    parser_classes = JSON_OR_FORM[1:]
    section = Section.ATTACHMENTS
    ordering = ["kind"]

    def perform_create(self, serializer):
        given = serializer.validated_data
        self.object, *_none = attachments.attach(
            self.parent, given["kind"], [given["file"]], by=self.request.user, replacing=given.get("replace", False)
        )
        serializer.instance = self.object
        self.reread()

    def perform_destroy(self, instance):
        version = match(self.request, self.parent)
        with race_as_412(self.parent):
            attachments.remove(instance, by=self.request.user, version=version)
        self.reread()
