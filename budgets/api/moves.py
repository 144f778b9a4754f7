"""Money after its allocation: ceilings, transfers between projects, carry-overs, and the whole ledger of a project."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from rest_framework import mixins, serializers
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from budgets.api.fields import Files, FiscalYear, Upload, WithFile
from budgets.api.nested import OfProposal
from budgets.api.rounds import OfRound
from budgets.exports import ENTRIES
from budgets.lifecycle import CARRY_OVER, ITEM_CHANGE, TRANSFER
from budgets.models import (
    CarryOver,
    Ceiling,
    CeilingChange,
    ExpenseCategory,
    ItemChange,
    LedgerEntry,
    Proposal,
    ProposalItem,
    Transfer,
)
from budgets.money import moving, rescoping
from budgets.states import PriceBasis
from portal import files
from portal.api.parsers import JSON_OR_FORM
from portal.api.serializers import (
    BahtField,
    CleanModelSerializer,
    CleanSerializer,
    RelatedId,
    StrictCharField,
    StrictChoiceField,
    StrictDateField,
    StrictIntegerField,
)
from portal.api.views import Steps
from portal.exports import Column

DECIDED = ["authority", "letter_no", "letter_on", "letter", "asked_at", "decided_at", "decision_reason"]
POSITIVE = {"min_baht": Decimal("0.01")}


class CeilingChangeSerializer(CleanModelSerializer):
    class Meta:
        model = CeilingChange
        fields = ["before_baht", "after_baht", "reference", "on", "reason", "recorded_at"]
        read_only_fields = fields


class CeilingSerializer(CleanModelSerializer):
    """What the Act gives to the round, to a theme or to a route, where the Act says so, and how much is allocated.

    `amount_baht` is what holds now; `changes` are the later enactments, oldest first.
    """

    theme = RelatedId(read_only=True)
    left_baht = BahtField(read_only=True)
    changes = CeilingChangeSerializer(many=True, read_only=True)

    class Meta:
        model = Ceiling
        fields = ["id", "theme", "route", "amount_baht", "allocated_baht", "left_baht", "reference", "changes"]
        read_only_fields = fields


class CeilingViewSet(OfRound, mixins.ListModelMixin, GenericViewSet):
    """The enacted ceilings of a round: its own has neither theme nor route."""

    queryset = Ceiling.objects.select_related("theme", "round").prefetch_related("changes")
    serializer_class = CeilingSerializer
    is_public = True
    ordering = ["key"]
    columns = [
        Column(_("Focus theme"), lambda one: one.theme.name_th if one.theme else ""),
        Column(_("Route"), "route"),
        Column(_("Amount (baht)"), "amount_baht", "money"),
        Column(_("Allocated (baht)"), "allocated_baht", "money"),
        Column(_("Reference"), "reference"),
    ]


class LedgerEntrySerializer(WithFile, CleanModelSerializer):
    class Meta:
        model = LedgerEntry
        fields = ["id", "kind", "amount_baht", "on", "reference", "contractor", "contract_no", "egp_no"]
        fields += ["commitment", "reverses", "reason", "file", "recorded_at"]
        read_only_fields = fields

    file = Upload(read_only=True)


class LedgerViewSet(Files, OfProposal, ReadOnlyModelViewSet):
    """Every line of a project's money: allocations, transfers, contracts, payments, carry-overs, returns."""

    queryset = LedgerEntry.objects.select_related("file", "proposal")
    serializer_class = LedgerEntrySerializer
    lookup_value_regex = "[0-9]+"
    columns = ENTRIES
    ordering_fields = {"on": "on", "id": "pk"}


class CarryOverSerializer(WithFile, CleanModelSerializer):
    file_field = "letter"
    letter = Upload(read_only=True)
    amount_baht = BahtField(required=False, **POSITIVE)

    class Meta:
        model = CarryOver
        fields = ["id", "state", "version", "amount_baht", "until", "is_extension", "reason", *DECIDED]
        read_only_fields = ["state", "version", *DECIDED]

    def validate(self, attrs):
        if not attrs.get("is_extension") and "amount_baht" not in attrs:
            raise serializers.ValidationError(
                {"amount_baht": [self.fields["amount_baht"].error_messages["required"]]}, code="required"
            )
        return attrs


class CarryOverViewSet(Files, Steps, OfProposal, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Money of a project carried over into the next fiscal year: asked by its office, granted on a letter."""

    queryset = CarryOver.objects.select_related("proposal__local_government", "proposal__round", "letter")
    serializer_class = CarryOverSerializer
    lifecycle = CARRY_OVER
    file_field = "letter"
    permissions = {"create": "budgets.ask_carry_over"}
    lookup_value_regex = "[0-9]+"

    def etag_of(self, obj):
        return f'"{obj.version}"'

    def perform_create(self, serializer):
        given = {"amount_baht": None, **serializer.validated_data}
        self.object = serializer.instance = moving.ask_carry_over(self.parent, by=self.request.user, **given)
        self.reread()


class ChangedItemSerializer(CleanSerializer):
    """An item as it shall be: with the `id` of the one that it changes, or without for a new one."""

    id = RelatedId(queryset=ProposalItem.objects.all(), required=False, allow_null=True)
    category = RelatedId(queryset=ExpenseCategory.objects.all())
    description = StrictCharField(max_length=500)
    quantity = StrictIntegerField(min_value=1, max_value=2_000_000_000)
    unit = StrictCharField(max_length=40)
    unit_price_baht = BahtField(min_baht=Decimal(0))
    price_basis = StrictChoiceField(choices=PriceBasis.choices)
    price_reference = StrictCharField(max_length=200, required=False, allow_blank=True, default="")
    fiscal_year = FiscalYear()
    quarter = StrictIntegerField(min_value=1, max_value=4)


class ItemChangeSerializer(WithFile, CleanModelSerializer):
    """`items` are all items of the project as they shall be; `before` and `after` tell them as they are kept."""

    file_field = "letter"
    letter = Upload(read_only=True)
    letter_on = StrictDateField()
    items = ChangedItemSerializer(many=True, write_only=True, allow_empty=False, max_length=400)
    before = serializers.JSONField(read_only=True)
    after = serializers.JSONField(read_only=True)

    class Meta:
        model = ItemChange
        fields = ["id", "state", "version", "amount_baht", "items", "before", "after", "reason", *DECIDED]
        read_only_fields = ["state", "version", "amount_baht", "asked_at", "decided_at", "decision_reason"]
        extra_kwargs = {name: {"required": True, "allow_blank": False} for name in ("authority", "letter_no")}


class ItemChangeViewSet(Files, Steps, OfProposal, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Other items for the money of a project under way: asked by its office on a letter, accepted by the province."""

    queryset = ItemChange.objects.select_related("proposal__local_government", "proposal__round", "letter")
    serializer_class = ItemChangeSerializer
    lifecycle = ITEM_CHANGE
    file_field = "letter"
    permissions = {"create": "budgets.ask_item_change"}
    lookup_value_regex = "[0-9]+"

    def etag_of(self, obj):
        return f'"{obj.version}"'

    def perform_create(self, serializer):
        given = dict(serializer.validated_data)
        rows = [{**row, "id": row["id"].pk if row.get("id") else None} for row in given.pop("items")]
        self.object = serializer.instance = rescoping.ask(self.parent, by=self.request.user, items=rows, **given)
        self.reread()


class TransferSerializer(WithFile, CleanModelSerializer):
    file_field = "letter"
    letter = Upload(required=False, only={"pdf"})
    source = RelatedId(queryset=Proposal.objects.all())
    target = RelatedId(queryset=Proposal.objects.all())
    amount_baht = BahtField(**POSITIVE)
    letter_on = StrictDateField()

    class Meta:
        model = Transfer
        fields = ["id", "state", "version", "source", "target", "amount_baht", "reason", *DECIDED]
        read_only_fields = ["state", "version", "asked_at", "decided_at", "decision_reason"]
        extra_kwargs = {name: {"required": True, "allow_blank": False} for name in ("authority", "letter_no")}

    def get_fields(self):
        """Projects are named from among those of the round that this person may see."""
        found, view = super().get_fields(), self.context.get("view")
        if view is not None and not getattr(view, "swagger_fake_view", False):
            seen = Proposal.objects.visible_to(view.request.user).filter(round=view.parent)
            for name in ("source", "target"):
                if not found[name].read_only:
                    found[name].queryset = seen.select_related("round", "local_government")
        return found


class TransferViewSet(Files, Steps, OfRound, mixins.CreateModelMixin, ReadOnlyModelViewSet):
    """Money that goes from one project of a round to another: proposed by the secretary, approved by the chair."""

    queryset = Transfer.objects.select_related(
        "source__local_government", "target__local_government", "round", "letter"
    )
    serializer_class = TransferSerializer
    parser_classes = JSON_OR_FORM
    lifecycle = TRANSFER
    file_field = "letter"
    permissions = {"create": "budgets.propose_transfer"}
    ordering = ["-pk"]

    def get_queryset(self):
        return super().get_queryset().visible_to(self.request.user)

    def etag_of(self, obj):
        return f'"{obj.version}"'

    def perform_create(self, serializer):
        given, by = dict(serializer.validated_data), self.request.user
        if upload := given.pop("letter", None):
            given["letter"] = files.store(upload, by=by, only={"pdf"})
        self.object = serializer.instance = moving.propose_transfer(by=by, **given)
