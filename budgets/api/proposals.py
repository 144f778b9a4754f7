"""Proposals: the case itself. What it consists of stands in `sections.py`, what is done to it in the other rooms."""

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from budgets import timeline
from budgets.api.casefile import CaseFile
from budgets.api.fields import Choices, RelatedIds, Texts, WholeRow
from budgets.api.keying import ExternalNumberSerializer, Keying
from budgets.api.nested import OfProposal, case_tag, forget_typed, race_as_412
from budgets.exports import PROPOSAL as COLUMNS
from budgets.filters import ProposalFilter
from budgets.judging import findings, reviewing
from budgets.lifecycle import PROPOSAL
from budgets.models import FocusTheme, Proposal, ProposalVersion, Round
from budgets.money import ledger, retargeting
from budgets.rules import knows_outcome
from budgets.states import PlanEdition, Section, TargetsState
from budgets.turns import turn_of
from budgets.writing import canonical, completeness, copying, drafting, people
from budgets.writing.completeness import SECTION_FIELDS
from portal import access
from portal.api.serializers import (
    BahtField,
    CleanModelSerializer,
    CleanSerializer,
    RelatedId,
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictDateField,
    StrictDecimalField,
)
from portal.api.views import Steps, Visible, match
from portal.models import Event, Subdistrict
from portal.states import SmartDimension
from training import seams

SECTION_OF = {field: section for section, fields in SECTION_FIELDS.items() for field in fields}
READS_SCREENING = ("budgets.screen_proposal", "budgets.review_proposal")
OPTIONAL_TEXT = {"required": False, "allow_blank": True}
OPTIONAL = {"required": False, "allow_null": True}


# What a client writes


class PlanSerializer(CleanSerializer):
    """Where the project stands in the local development plan: approved, or expected to be."""

    window = StrictCharField(source="plan_window", max_length=20, **OPTIONAL_TEXT)
    edition = StrictChoiceField(source="plan_edition", choices=PlanEdition.choices, **OPTIONAL_TEXT)
    page = StrictCharField(source="plan_page", max_length=20, **OPTIONAL_TEXT)
    item_no = StrictCharField(source="plan_item_no", max_length=20, **OPTIONAL_TEXT)
    approved_on = StrictDateField(source="plan_approved_on", **OPTIONAL)
    expected_on = StrictDateField(source="plan_expected_on", **OPTIONAL)


class PersonalDataSerializer(CleanSerializer):
    processed = StrictBooleanField(source="personal_data_processed", **OPTIONAL)
    note = StrictCharField(source="personal_data_note", max_length=10_000, **OPTIONAL_TEXT)


class TargetSerializer(WholeRow, CleanSerializer):
    description = StrictCharField(max_length=500)
    quantity = StrictDecimalField(max_digits=16, decimal_places=4, min_value=0, **OPTIONAL)
    unit = StrictCharField(max_length=60, **OPTIONAL_TEXT)

    def to_internal_value(self, data):
        found = super().to_internal_value(data)
        quantity = found.get("quantity")
        text = "" if quantity is None else format(quantity.normalize(), "f")
        return {"description": found["description"], "quantity": text, "unit": found.get("unit", "")}

    def to_representation(self, target):
        return {name: target.get(name) or None if name == "quantity" else target.get(name, "") for name in self.fields}


class ReceiptSerializer(serializers.Serializer):
    """That a version was signed and received; anyone can download the canonical file and hash it."""

    at = serializers.DateTimeField(source="submitted_at")
    version = serializers.IntegerField()
    sha256 = serializers.CharField()
    canonical_url = serializers.SerializerMethodField()
    verify_url = serializers.SerializerMethodField()

    def get_canonical_url(self, version) -> str:
        return self.context["request"].build_absolute_uri(canonical.canonical_url(version))

    def get_verify_url(self, version) -> str:
        return self.context["request"].build_absolute_uri(canonical.verify_url(version))


class ReturnSerializer(serializers.Serializer):
    sections = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))
    due_on = serializers.DateField()
    letter_no = serializers.CharField()
    returned_at = serializers.DateTimeField()


class MissingSerializer(serializers.Serializer):
    section = serializers.ChoiceField(choices=Section.choices)
    code = serializers.CharField()
    detail = serializers.CharField()


class TrainedSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=[seams.AMBASSADOR, seams.OFFICER])
    name = serializers.CharField()
    since = serializers.DateField()
    until = serializers.DateField()


class CheckSerializer(serializers.Serializer):
    """`findings` refuse nothing: the same asked elsewhere (`overlap`), `newer_edition`, `quotation_ended`.

    `trained_people` names who of the office counts where the round demands an ambassador or a trained officer.
    """

    complete = serializers.BooleanField()
    missing = MissingSerializer(many=True)
    findings = MissingSerializer(many=True)
    trained_people = TrainedSerializer(many=True)


class PersonToCallSerializer(serializers.Serializer):
    name = serializers.CharField(source="get_full_name")
    title = serializers.CharField()
    phone = serializers.CharField()


class TurnSerializer(serializers.Serializer):
    """Whose turn it is, since when, until when, and whom to call."""

    role = serializers.CharField(source="who")
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    contact = PersonToCallSerializer(source="people", many=True)


class CarriedScoreSerializer(serializers.Serializer):
    """What the case before scored, for one year."""

    number = serializers.CharField()
    fiscal_year = serializers.IntegerField(source="round.fiscal_year")
    mean_score = serializers.DecimalField(max_digits=6, decimal_places=2)
    resolution_no = serializers.CharField()


class CopyCaseSerializer(CleanSerializer):
    round = RelatedId(queryset=Round.objects.opened())


class AllocationSerializer(serializers.Serializer):
    basis = serializers.ChoiceField(choices=["act", "allocation"])
    reference = serializers.CharField()


class ProposalListSerializer(serializers.ModelSerializer):
    """A proposal in a list."""

    id = serializers.CharField()
    round = RelatedId(read_only=True)
    theme = RelatedId(read_only=True)
    local_government = RelatedId(read_only=True)
    fiscal_year = serializers.IntegerField(source="round.fiscal_year", read_only=True)
    province = serializers.CharField(source="local_government.province.code", read_only=True)
    kind = serializers.CharField(source="local_government.kind", read_only=True)
    local_government_name_th = serializers.CharField(source="local_government.name_th", read_only=True)
    state = serializers.CharField(source="shown_state", read_only=True)
    total_cost_baht = BahtField(read_only=True)
    requested_baht = BahtField(read_only=True)
    recommended_baht = BahtField(read_only=True, allow_null=True)
    allocated_baht = BahtField(read_only=True, allow_null=True)
    committed_baht = BahtField(read_only=True)
    disbursed_baht = BahtField(read_only=True)
    returned_baht = BahtField(read_only=True)

    class Meta:
        model = Proposal
        fields = ["id", "number", "state", "version", "round", "fiscal_year", "theme", "local_government"]
        fields += ["local_government_name_th", "province", "kind", "route", "title_th", "title_en", "priority"]
        fields += ["total_cost_baht", "requested_baht", "recommended_baht", "allocated_baht", "committed_baht"]
        fields += ["disbursed_baht", "returned_baht", "submitted_at"]
        read_only_fields = fields

    def to_representation(self, proposal):
        answer = super().to_representation(proposal)
        if not proposal.shows_outcome:
            answer["recommended_baht"] = None
        return answer


class ProposalSerializer(CleanModelSerializer):
    """A proposal: what its local government writes, and what has become of it."""

    round = RelatedId(queryset=Round.objects.opened())
    theme = RelatedId(queryset=FocusTheme.objects.all(), **OPTIONAL)
    dimensions = Choices(choices=SmartDimension.choices, required=False)
    objectives = Texts(required=False)
    targets = TargetSerializer(many=True, required=False, max_length=100)
    risks = Texts(required=False)
    rationale = StrictCharField(max_length=20_000, **OPTIONAL_TEXT)
    overlap_note = StrictCharField(max_length=4000, **OPTIONAL_TEXT)
    subdistricts = RelatedIds(queryset=Subdistrict.objects.all(), required=False)
    dev_plan = PlanSerializer(source="*", required=False)
    personal_data = PersonalDataSerializer(source="*", required=False)

    state = serializers.CharField(source="shown_state", read_only=True)
    fiscal_year = serializers.IntegerField(source="round.fiscal_year", read_only=True)
    recommended_baht = BahtField(read_only=True, allow_null=True)
    carried_baht = BahtField(read_only=True, allow_null=True)
    carried_paid_baht = BahtField(read_only=True, allow_null=True)
    allocation = serializers.SerializerMethodField(allow_null=True)
    targets_state = serializers.SerializerMethodField(allow_null=True)
    copied_from = RelatedId(read_only=True)
    carried_score = serializers.SerializerMethodField(allow_null=True)
    external_numbers = ExternalNumberSerializer(many=True, read_only=True)
    rank = serializers.SerializerMethodField(allow_null=True)
    receipt = serializers.SerializerMethodField(allow_null=True)
    open_sections = serializers.SerializerMethodField()
    last_return = serializers.SerializerMethodField(allow_null=True)
    proposed = serializers.SerializerMethodField(allow_null=True)
    turn = serializers.SerializerMethodField()

    OUTCOME = ("recommended_baht", "mean_score", "score_spread", "resolution_no", "resolution_on", "decision_reason")

    class Meta:
        model = Proposal
        fields = ["id", "number", "state", "version", "round", "fiscal_year", "theme", "theme_edition"]
        fields += ["local_government", "route", "title_th", "title_en", "primary_dimension", "dimensions"]
        fields += ["rationale", "objectives", "targets", "beneficiaries_count", "subdistricts", "dev_plan", "priority"]
        fields += ["om_cost_yearly_baht", "om_source", "personal_data", "risks", "overlap_note"]
        fields += ["total_cost_baht", "requested_baht"]
        fields += ["recommended_baht", "allocated_baht", "committed_baht", "disbursed_baht", "returned_baht"]
        fields += ["carried_baht", "carried_paid_baht", "carried_until", "allocation", "targets_state"]
        fields += ["external_numbers"]
        fields += ["mean_score", "score_spread", "rank", "resolution_no", "resolution_on", "decision_reason"]
        fields += ["created_at", "changed_at", "submitted_at", "receipt", "open_sections", "return_due_on"]
        fields += ["prices_only", "copied_from", "carried_score"]
        fields += ["last_return", "screening_note", "proposed", "plan_note", "ended_reason", "turn"]
        read_only_fields = [name for name in fields if name not in SECTION_OF and name != "local_government"]

    # What is written

    def validate_local_government(self, place):
        """403 before anything else is judged: for whom one may not write at all."""
        if self.instance is None and not self.context["request"].user.has_perm("budgets.add_proposal", place):
            raise PermissionDenied
        return place

    def validate(self, attrs):
        for name in ("round", "local_government"):
            if self.instance is not None and attrs.get(name, getattr(self.instance, name)) != getattr(
                self.instance, name
            ):
                raise serializers.ValidationError({name: [_("This is chosen once, when the draft is started.")]})
        round = attrs.get("round") or self.instance.round
        if (theme := attrs.get("theme")) and theme.round_id != round.pk:
            raise serializers.ValidationError({"theme": [_("This theme is not in the round.")]})
        return attrs

    # What is answered

    def to_representation(self, proposal):
        answer = super().to_representation(proposal)
        user = self.context["request"].user
        if not proposal.shows_outcome:
            told = {"decision_reason"} if proposal.state == "screened_out" else set()
            answer.update({name: None for name in self.OUTCOME if name not in told})
        if not access.holding(user, "budgets.view_outcome"):
            answer["proposed"] = None
            if not any(user.has_perm(permission, proposal) for permission in READS_SCREENING):
                answer["screening_note"] = None
        return answer

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_rank(self, proposal):
        return reviewing.rank_of(proposal) if proposal.shows_outcome else None

    @extend_schema_field(CarriedScoreSerializer(allow_null=True))
    def get_carried_score(self, proposal):
        """What the case of last year that this was copied from scored, where it was recommended and got nothing."""
        before = copying.carried(proposal)
        return before and CarriedScoreSerializer(before).data

    @extend_schema_field(ReceiptSerializer(allow_null=True))
    def get_receipt(self, proposal):
        version = proposal.latest_version()
        return version and ReceiptSerializer(version, context=self.context).data

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=Section.choices)))
    def get_open_sections(self, proposal):
        return [section.value for section in drafting.open_sections(proposal)]

    @extend_schema_field(ReturnSerializer(allow_null=True))
    def get_last_return(self, proposal):
        """The newest return, with the reasons for each section."""
        found = proposal.returns.order_by("-pk").first()
        return found and ReturnSerializer(found).data

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": True})
    def get_proposed(self, proposal):
        """What one person proposed and another is to decide; for those who may know outcomes."""
        if proposal.proposed_by is None:
            return None
        return {
            "amount_baht": proposal.proposed_baht and f"{proposal.proposed_baht:.2f}",
            "reference": proposal.proposed_reference,
            "reason": proposal.proposed_reason,
            "by": proposal.proposed_by.username,
        }

    @extend_schema_field(AllocationSerializer(allow_null=True))
    def get_allocation(self, proposal):
        """Whether the figure is the Act's or the programme's own, and under what it stands."""
        if proposal.allocated_baht is None:
            return None
        basis = "act" if proposal.is_statutory else "allocation"
        return {"basis": basis, "reference": ledger.allocation_reference(proposal)}

    @extend_schema_field(serializers.ChoiceField(choices=TargetsState.choices, allow_null=True))
    def get_targets_state(self, proposal):
        """How the province stands to targets changed after the allocation; null while they are as signed."""
        found = retargeting.standing(proposal)
        return found and found.state

    @extend_schema_field(TurnSerializer)
    def get_turn(self, proposal):
        return TurnSerializer(turn_of(proposal, self.context["request"].user)).data


# The case


class ProposalViewSet(
    CaseFile, Keying, Visible, Steps, mixins.CreateModelMixin, mixins.UpdateModelMixin, ReadOnlyModelViewSet
):
    """Requests for smart-city money: one's own office's whole, others' once they are submitted."""

    queryset = Proposal.objects.select_related(
        "round", "theme", "local_government__province", "proposed_by", "copied_from__round"
    )
    serializer_class = ProposalSerializer
    lifecycle = PROPOSAL
    filterset_class = ProposalFilter
    permissions = {
        "create": "budgets.add_proposal",
        "copy": "budgets.add_proposal",
        "update": "budgets.change_proposal",
        "partial_update": "budgets.change_proposal",
    }
    lookup_value_regex = "[0-9]+"
    columns = COLUMNS
    ordering = ["-pk"]
    ordering_fields = {
        "id": "pk",
        "number": "number",
        "priority": "priority",
        "submitted_at": "submitted_at",
        "requested_baht": "requested_baht",
        "allocated_baht": "allocated_baht",
        "province": "local_government__province__code",
        "local_government": "local_government__name_sort_key",
    }

    def get_queryset(self):
        return super().get_queryset().as_shown_to(self.request.user)

    def unnarrowed(self):
        return super().unnarrowed().as_shown_to(self.request.user)

    def get_serializer_class(self):
        return ProposalListSerializer if self.action == "list" else ProposalSerializer

    def etag_of(self, obj):
        return case_tag(obj)

    def update(self, request, *args, **kwargs):
        """Write what is given; PUT and PATCH do the same, because a draft may leave anything out."""
        return super().update(request, *args, **{**kwargs, "partial": True})

    def perform_create(self, serializer):
        fields, by = dict(serializer.validated_data), self.request.user
        draft = drafting.start(round=fields.pop("round"), local_government=fields.pop("local_government"), by=by)
        if fields:
            self.write(draft, fields)
        self.answer(serializer, draft)

    def perform_update(self, serializer):
        proposal = serializer.instance
        fields = {name: value for name, value in serializer.validated_data.items() if name in SECTION_OF}
        version = match(self.request, proposal)
        with race_as_412(proposal):
            self.write(proposal, fields, version=version)
        self.answer(serializer, proposal)

    def write(self, proposal, fields, *, version=None):
        """Write what is given, section by section, as one change."""
        sections = list(dict.fromkeys(SECTION_OF[name] for name in fields))
        with drafting.editing(proposal, *sections, by=self.request.user, version=version) as draft:
            for name, value in fields.items():
                if name == "subdistricts":
                    draft.subdistricts.set(value)
                else:
                    setattr(draft, name, value)
            for section in sections:
                forget_typed(draft, section, set(fields))

    def answer(self, serializer, proposal):
        self.object = serializer.instance = self.unnarrowed().get(pk=proposal.pk)

    def get_success_headers(self, data):
        path = reverse("api:proposals-detail", args=[data["id"]])
        return {"Location": self.request.build_absolute_uri(path)}

    @extend_schema(request=CopyCaseSerializer, responses={201: ProposalSerializer})
    @action(detail=True, methods=["post"])
    def copy(self, request, **kwargs):
        """A new draft in an open round, with what this ended case says."""
        source = self.get_object()
        given = CopyCaseSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        draft = copying.copy(source, given.validated_data["round"], by=request.user)
        self.object = self.unnarrowed().get(pk=draft.pk)
        return Response(self.get_serializer(self.object).data, status=201)

    @extend_schema(responses=CheckSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def check(self, request, **kwargs):
        """What is still missing before the proposal can be signed."""
        proposal = Proposal.objects.whole().get(pk=self.get_object().pk)
        lacks = [lack.as_dict() for lack in completeness.missing(proposal)]
        trained = people.standing(proposal).people if proposal.round.needs_trained_person else []
        found = [one.as_dict() for one in findings.findings(proposal, request.user)]
        answer = {"complete": not lacks, "missing": lacks, "findings": found, "trained_people": trained}
        return Response(CheckSerializer(answer).data)


# What became of it


class PaperSerializer(serializers.Serializer):
    """That a version was signed on paper: whose word stands for it, and the hashes of the text and of the scan."""

    signed_on = serializers.DateField()
    attested_by = serializers.CharField(source="attestor_name")
    attested_at = serializers.DateTimeField()
    attestor_title = serializers.CharField()
    text_sha256 = serializers.CharField()
    scan_sha256 = serializers.CharField(source="scan.sha256")


class VersionSerializer(ReceiptSerializer, serializers.ModelSerializer):
    at = serializers.DateTimeField(source="submitted_at", read_only=True)
    paper = PaperSerializer(source="on_paper", allow_null=True, read_only=True)

    class Meta:
        model = ProposalVersion
        fields = ["version", "at", "sha256", "canonical_url", "verify_url", "signer_name", "signer_title"]
        fields += ["signer_capacity", "order_no", "letter_no", "paper"]
        read_only_fields = fields


class VersionViewSet(OfProposal, mixins.ListModelMixin, GenericViewSet):
    """The versions that were signed and submitted."""

    queryset = ProposalVersion.objects.defer("canonical").select_related("proposal", "paper__scan")
    serializer_class = VersionSerializer
    ordering = ["version"]


class CaseEventSerializer(serializers.ModelSerializer):
    """Something that happened to the case: by which role, not by whom."""

    id = serializers.CharField(read_only=True)
    before = serializers.SerializerMethodField()
    after = serializers.SerializerMethodField()
    details = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = ["id", "at", "verb", "role", "before", "after", "details"]
        read_only_fields = fields

    def get_before(self, event) -> str:
        return timeline.shown_state(event, field="before", knows=self.context["knows"])

    def get_after(self, event) -> str:
        return timeline.shown_state(event, field="after", knows=self.context["knows"])

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_details(self, event):
        return timeline.told(event)


class CaseEventViewSet(OfProposal, mixins.ListModelMixin, GenericViewSet):
    """What happened to the case, as far as you may know it."""

    queryset = Event.objects.all()
    serializer_class = CaseEventSerializer
    ordering_fields = {"id": "pk"}

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return Event.objects.none()
        return timeline.events_of(self.parent, self.request.user)

    def get_serializer_context(self):
        fake = getattr(self, "swagger_fake_view", False)
        knows = False if fake else knows_outcome(self.request.user, self.parent.round)
        return {**super().get_serializer_context(), "knows": knows}
