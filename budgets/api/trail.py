"""`proposals/{id}/money-trail/`: the trail of one baht, the same as on its page."""

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from budgets.api.nested import OfProposal
from budgets.models import LedgerEntry
from budgets.money import trail
from budgets.states import Entry
from budgets.writing import canonical
from portal.api.problems import BadParameter
from portal.api.serializers import IDENTIFIER, BahtField


class EvidenceSerializer(serializers.Serializer):
    """A file: what it is called, its SHA-256, and where to read it."""

    name = serializers.CharField()
    sha256 = serializers.CharField()
    url = serializers.URLField()


class TrailThemeSerializer(serializers.Serializer):
    id = serializers.CharField()
    code = serializers.CharField()
    edition = serializers.IntegerField()
    name_th = serializers.CharField()
    name_en = serializers.CharField()


class TrailRoundSerializer(serializers.Serializer):
    id = serializers.CharField(source="pk")
    fiscal_year = serializers.IntegerField()
    name_th = serializers.CharField()
    act_reference = serializers.CharField()


class SignedSerializer(serializers.Serializer):
    version = serializers.IntegerField()
    sha256 = serializers.CharField()
    canonical_url = serializers.SerializerMethodField()

    def get_canonical_url(self, version) -> str:
        return self.context["request"].build_absolute_uri(canonical.canonical_url(version))


class MoneyLineSerializer(serializers.Serializer):
    id = serializers.CharField(source="pk")
    kind = serializers.CharField()
    amount_baht = BahtField()
    on = serializers.DateField()
    reference = serializers.CharField()
    document = serializers.SerializerMethodField(allow_null=True)

    @extend_schema_field(EvidenceSerializer(allow_null=True))
    def get_document(self, entry):
        return document(entry.file, "ledger-file", self.context, proposal_id=entry.proposal_id, pk=entry.pk)


class TrailQuotationSerializer(serializers.Serializer):
    seller = serializers.CharField(source="seller_name")
    amount_baht = BahtField()
    quoted_on = serializers.DateField()
    document = serializers.SerializerMethodField(allow_null=True)

    @extend_schema_field(EvidenceSerializer(allow_null=True))
    def get_document(self, quotation):
        where = {"proposal_id": self.context["view"].parent.pk, "item_id": quotation.item_id, "pk": quotation.pk}
        return document(quotation.file, "quotations-file", self.context, **where)


class TrailItemSerializer(serializers.Serializer):
    id = serializers.CharField(source="pk")
    category = serializers.CharField(source="category.name_th", allow_null=True)
    description = serializers.CharField()
    total_baht = BahtField()
    price_basis = serializers.CharField()
    price_reference = serializers.CharField()
    listing = serializers.DictField(
        source="listing_snapshot", help_text="What was true of the listing on the day of the choice (`as_of`)."
    )
    quotations = TrailQuotationSerializer(many=True)


class TrailItemChangeSerializer(serializers.Serializer):
    id = serializers.CharField(source="pk")
    authority = serializers.CharField()
    letter_no = serializers.CharField()
    letter_on = serializers.DateField()
    decided_at = serializers.DateTimeField()
    before = serializers.JSONField()
    after = serializers.JSONField()


class TrailContractSerializer(serializers.Serializer):
    id = serializers.CharField(source="entry.pk")
    contractor = serializers.CharField(source="entry.contractor")
    contract_no = serializers.CharField(source="entry.contract_no")
    egp_no = serializers.CharField(source="entry.egp_no")
    on = serializers.DateField(source="entry.on")
    amount_baht = BahtField(source="entry.amount_baht")
    paid_baht = BahtField()
    items = serializers.SerializerMethodField()
    document = serializers.SerializerMethodField(allow_null=True)
    payments = MoneyLineSerializer(many=True)

    def get_items(self, contract) -> list[str]:
        return [str(item.pk) for item in contract.items]

    @extend_schema_field(EvidenceSerializer(allow_null=True))
    def get_document(self, contract):
        entry = contract.entry
        return document(entry.file, "ledger-file", self.context, proposal_id=entry.proposal_id, pk=entry.pk)


class TrailReportSerializer(serializers.Serializer):
    id = serializers.CharField(source="pk")
    fiscal_year = serializers.IntegerField()
    quarter = serializers.IntegerField()
    state = serializers.CharField()
    physical_pct = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    photos = serializers.SerializerMethodField()

    @extend_schema_field(EvidenceSerializer(many=True))
    def get_photos(self, report):
        where = {"proposal_id": report.proposal_id, "report_id": report.pk}
        return [
            {**document(one.file, "photos-file", self.context, **where, pk=one.pk), "name": str(one)}
            for one in report.shown_photos
        ]


class TrailIndicatorSerializer(serializers.Serializer):
    name_th = serializers.CharField()
    unit = serializers.CharField()
    baseline = serializers.DecimalField(max_digits=16, decimal_places=4, allow_null=True)
    target = serializers.DecimalField(max_digits=16, decimal_places=4, allow_null=True)
    measured = serializers.DecimalField(source="final", max_digits=16, decimal_places=4, allow_null=True)
    is_reached = serializers.BooleanField(allow_null=True)


class TrailSerializer(serializers.Serializer):
    """What the money of a project has gone through, in the order in which it went."""

    round = TrailRoundSerializer(source="proposal.round")
    theme = TrailThemeSerializer(allow_null=True)
    signed = SignedSerializer(source="version", allow_null=True)
    allocated_baht = BahtField(source="proposal.allocated_baht", allow_null=True)
    given = MoneyLineSerializer(many=True)
    items = TrailItemSerializer(many=True)
    item_changes = TrailItemChangeSerializer(many=True, help_text="Those that the province accepted, oldest first.")
    contracts = TrailContractSerializer(many=True)
    carried = MoneyLineSerializer(many=True)
    reports = TrailReportSerializer(many=True)
    indicators = TrailIndicatorSerializer(many=True)
    returned = MoneyLineSerializer(many=True)
    rest_baht = BahtField()


def document(stored, route, context, **where):
    """A stored file as `EvidenceSerializer` tells it, or None."""
    if stored is None:
        return None
    url = context["request"].build_absolute_uri(reverse(f"api:{route}", kwargs=where))
    return {"name": stored.name, "sha256": stored.sha256, "url": url}


class MoneyTrailViewSet(OfProposal, GenericViewSet):
    """Follow one baht: theme, item, listing on the day, contract, payment, photograph, indicator, what came back."""

    queryset = LedgerEntry.objects.all()
    serializer_class = TrailSerializer
    pagination_class = None
    extra_parameters = frozenset({"item", "payment"})

    @extend_schema(
        responses=TrailSerializer,
        filters=False,
        parameters=[OpenApiParameter("item", str), OpenApiParameter("payment", str)],
    )
    def list(self, request, **kwargs):
        """The whole trail, or the part that begins at one item or one payment (a disbursement)."""
        items = self.parent.items.all()
        payments = LedgerEntry.objects.filter(proposal=self.parent, kind=Entry.DISBURSEMENT, reverses=None)
        found = trail.follow(
            self.parent, request.user, item=self.named("item", items), payment=self.named("payment", payments)
        )
        return Response(self.get_serializer(found).data)

    def named(self, name, rows):
        """The row that the parameter `name` asks for, or None without it."""
        asked = self.request.query_params.get(name)
        if asked is None:
            return None
        row = rows.filter(pk=asked).first() if IDENTIFIER.fullmatch(asked) and int(asked) < 2**63 else None
        if row is None:
            raise BadParameter({name: _("This project has nothing of that id.")}, code="does_not_exist")
        return row
