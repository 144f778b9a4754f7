"""Money of a project that is being carried out: commitments and disbursements, corrected by reversing entries."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from budgets.api.fields import Files, FiscalYear, ListingId, RelatedIds, Upload, WithFile, WithListing
from budgets.api.nested import OfProposal
from budgets.exports import ENTRIES
from budgets.models import LedgerEntry, ProposalItem
from budgets.money import ledger
from budgets.states import Entry
from portal import files
from portal.api.parsers import JSON_OR_FORM
from portal.api.serializers import BahtField, CleanModelSerializer, CleanSerializer, RelatedId, StrictCharField


class EntrySerializer(WithListing, WithFile, CleanModelSerializer):
    amount_baht = BahtField(min_baht=Decimal("0.01"))
    items = RelatedIds(queryset=ProposalItem.objects.all(), required=False)
    listing = ListingId()
    file = Upload(required=False)

    class Meta:
        model = LedgerEntry
        fields = ["id", "amount_baht", "on", "reference", "contractor", "contract_no", "egp_no", "items"]
        fields += ["listing", "file", "reverses", "reason", "recorded_at"]
        read_only_fields = ["reverses", "reason", "recorded_at"]

    def validate_items(self, items):
        if any(item.proposal_id != self.context["view"].parent.pk for item in items):
            raise serializers.ValidationError(_("This item is not of this project."))
        return items


class LaterYearSerializer(CleanSerializer):
    fiscal_year = FiscalYear()
    amount_baht = BahtField(min_baht=Decimal("0.01"))


class CommitmentSerializer(EntrySerializer):
    """`later_years` is what the contract binds of years whose money no round has given yet: no amount counts it."""

    later_years = LaterYearSerializer(many=True, required=False, max_length=10)

    class Meta(EntrySerializer.Meta):
        fields = [*EntrySerializer.Meta.fields, "later_years"]

    def validate_later_years(self, rows):
        years = {row["fiscal_year"]: row["amount_baht"] for row in rows}
        if len(years) != len(rows):
            raise serializers.ValidationError(_("Name each fiscal year once."))
        return years


class DisbursementSerializer(EntrySerializer):
    commitment = RelatedId(queryset=LedgerEntry.objects.filter(kind=Entry.COMMITMENT), required=False, allow_null=True)

    class Meta(EntrySerializer.Meta):
        fields = [*EntrySerializer.Meta.fields, "commitment"]

    def validate_commitment(self, commitment):
        if commitment is not None and commitment.proposal_id != self.context["view"].parent.pk:
            raise serializers.ValidationError(_("This commitment is not of this project."))
        return commitment


class ReverseSerializer(CleanSerializer):
    reason = StrictCharField(max_length=300)


class EntryViewSet(Files, OfProposal, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Lines of the ledger of one kind: only ever added."""

    queryset = LedgerEntry.objects.select_related("file", "proposal").prefetch_related("items")
    parser_classes = JSON_OR_FORM
    permissions = dict.fromkeys(["create", "reverse"], "budgets.record_money")
    tagged_actions = OfProposal.tagged_actions | {"reverse"}
    columns = ENTRIES
    ordering_fields = {"on": "on", "id": "pk"}
    entry = None

    def get_queryset(self):
        return super().get_queryset().filter(kind=self.entry)

    def perform_create(self, serializer):
        fields, by = dict(serializer.validated_data), self.request.user
        if upload := fields.pop("file", None):
            fields["file"] = files.store(upload, by=by)
        self.object = serializer.instance = ledger.enter(self.parent, self.entry, by=by, **fields)
        self.reread()

    @extend_schema(request=ReverseSerializer)
    @action(detail=True, methods=["post"])
    def reverse(self, request, **kwargs):
        """Take the entry back by an entry of the opposite amount; each can be reversed once."""
        entry = self.get_object()
        given = ReverseSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        self.object = ledger.reverse_entry(entry, by=request.user, **given.validated_data)
        self.reread()
        return Response(self.get_serializer(self.object).data, status=201)


class CommitmentViewSet(EntryViewSet):
    """What is bound by contracts."""

    queryset = EntryViewSet.queryset.prefetch_related("later_years")
    serializer_class = CommitmentSerializer
    entry = Entry.COMMITMENT


class DisbursementViewSet(EntryViewSet):
    """What is paid out."""

    serializer_class = DisbursementSerializer
    entry = Entry.DISBURSEMENT
