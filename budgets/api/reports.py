"""Quarterly reports: written by the office, signed by the executive, accepted by the province."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from budgets.api.fields import Files, FiscalYear, Upload, WholeRow, WithFile
from budgets.api.nested import CASES, OfProposal, race_as_412
from budgets.api.proposals import PaperSerializer
from budgets.exports import REPORTS
from budgets.lifecycle import REPORT
from budgets.lifecycle.report import what_the_report_lacks
from budgets.models import Kpi, KpiActual, QuarterlyReport, ReportPhoto
from budgets.money import report_signing, reporting
from portal.api.parsers import JSON_OR_FORM
from portal.api.serializers import CleanModelSerializer, RelatedId, StrictDecimalField, StrictIntegerField
from portal.api.views import Nested, Steps, match

WRITTEN = ("physical_pct", "problem")


class ActualSerializer(WholeRow, CleanModelSerializer):
    kpi = RelatedId(queryset=Kpi.objects.all())
    value = StrictDecimalField(max_digits=16, decimal_places=4)

    class Meta:
        model = KpiActual
        fields = ["kpi", "value"]


class ReportPaperSerializer(PaperSerializer):
    signer_name = serializers.CharField()
    signer_title = serializers.CharField()
    order_no = serializers.CharField(source="signer_order_no")


class ReportSerializer(CleanModelSerializer):
    fiscal_year = FiscalYear()
    quarter = StrictIntegerField(min_value=1, max_value=4)
    kpi_actuals = ActualSerializer(many=True, required=False, max_length=100)
    paper = serializers.SerializerMethodField(allow_null=True)

    class Meta:
        model = QuarterlyReport
        fields = ["id", "fiscal_year", "quarter", "due_on", "state", "version", "physical_pct", "problem"]
        fields += ["kpi_actuals", "committed_baht", "disbursed_baht", "return_reason", "submitted_at", "accepted_at"]
        fields += ["paper"]
        read_only_fields = ["due_on", "state", "version", "committed_baht", "disbursed_baht", "return_reason"]
        read_only_fields += ["submitted_at", "accepted_at"]

    @extend_schema_field(ReportPaperSerializer(allow_null=True))
    def get_paper(self, report):
        """That the report was signed on paper, and whose word stands for it; null where it was signed here."""
        paper = report_signing.newest(report.papers.all(), report)
        return paper and ReportPaperSerializer(paper).data

    def validate_kpi_actuals(self, rows):
        kpis = [row["kpi"] for row in rows]
        if any(kpi.proposal_id != self.context["view"].parent.pk for kpi in kpis):
            raise serializers.ValidationError(_("This indicator is not of this project."))
        if len(set(kpis)) != len(kpis):
            raise serializers.ValidationError(_("Name each indicator once."))
        return rows

    def validate(self, attrs):
        for name in ("fiscal_year", "quarter"):
            if self.instance is not None and attrs.get(name, getattr(self.instance, name)) != getattr(
                self.instance, name
            ):
                raise serializers.ValidationError({name: [_("This is chosen once, when the report is started.")]})
        self.clean_instance({name: attrs[name] for name in WRITTEN if name in attrs})
        return attrs


class LackSerializer(serializers.Serializer):
    section = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ReportCheckSerializer(serializers.Serializer):
    complete = serializers.BooleanField()
    missing = LackSerializer(many=True)


class ReportViewSet(Steps, OfProposal, mixins.CreateModelMixin, mixins.UpdateModelMixin, ReadOnlyModelViewSet):
    """The reports of a project. Each has its own version; none is refused for being early or late."""

    queryset = QuarterlyReport.objects.select_related("proposal__local_government").prefetch_related(
        "kpi_actuals", "papers__scan"
    )
    serializer_class = ReportSerializer
    lifecycle = REPORT
    permissions = dict.fromkeys(["create", "update", "partial_update"], "budgets.change_report")
    lookup_value_regex = "[0-9]+"
    columns = REPORTS
    ordering = ["fiscal_year", "quarter"]

    def get_queryset(self):
        return super().get_queryset().visible_to(self.request.user)

    def etag_of(self, obj):
        return f'"{obj.version}"'

    def update(self, request, *args, **kwargs):
        """Write what is given; PUT and PATCH do the same. `kpi_actuals` replaces those that are there."""
        return super().update(request, *args, **{**kwargs, "partial": True})

    def perform_create(self, serializer):
        fields, by = dict(serializer.validated_data), self.request.user
        quarter = {name: fields.pop(name) for name in ("fiscal_year", "quarter")}
        report = reporting.start_report(self.parent, by=by, **quarter)
        if fields:
            self.write(report, fields)
        self.answer(serializer, report)

    def perform_update(self, serializer):
        report, fields = serializer.instance, serializer.validated_data
        version = match(self.request, report)
        with race_as_412(report):
            self.write(report, fields, version=version)
        self.answer(serializer, report)

    def write(self, report, fields, *, version=None):
        with reporting.editing_report(report, by=self.request.user, version=version) as draft:
            for name in WRITTEN:
                if name in fields:
                    setattr(draft, name, fields[name])
            if "kpi_actuals" in fields:
                reporting.set_actuals(draft, {row["kpi"]: row["value"] for row in fields["kpi_actuals"]})
            reporting.forget_typed(draft, written=fields)

    def answer(self, serializer, report):
        self.object = serializer.instance = self.queryset.all().get(pk=report.pk)

    @extend_schema(responses=ReportCheckSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def check(self, request, **kwargs):
        """What is still missing before the report can be signed."""
        lacks = what_the_report_lacks(self.get_object())
        return Response({"complete": not lacks, "missing": lacks})


class PhotoSerializer(WithFile, CleanModelSerializer):
    file = Upload(only=reporting.PICTURES)

    class Meta:
        model = ReportPhoto
        fields = ["id", "file", "caption", "uploaded_at"]
        read_only_fields = ["uploaded_at"]


class PhotoViewSet(
    Files,
    Nested,
    mixins.CreateModelMixin,
    mixins.DestroyModelMixin,
    mixins.RetrieveModelMixin,
    mixins.ListModelMixin,
    GenericViewSet,
):
    """Photographs of a report. The report's ETag stands for them."""

    queryset = ReportPhoto.objects.filter(removed_at=None).select_related("file", "report")
    serializer_class = PhotoSerializer
    parser_classes = JSON_OR_FORM[1:]
    parent_field, parent_kwarg = "report", "report_id"
    permissions = dict.fromkeys(["create", "destroy"], "budgets.change_report")
    tagged_actions = Nested.tagged_actions | {"destroy"}
    lookup_value_regex = "[0-9]+"
    ordering = ["pk"]

    @property
    def parent_queryset(self):
        return QuarterlyReport.objects.filter(proposal=self.kwargs["proposal_id"]).select_related(
            "proposal__local_government", "proposal__round"
        )

    def perform_create(self, serializer):
        given = serializer.validated_data
        photo = reporting.add_photo(self.parent, given["file"], by=self.request.user, caption=given.get("caption", ""))
        self.object = serializer.instance = photo
        self.__dict__.pop("parent", None)

    def perform_destroy(self, instance):
        version = match(self.request, self.parent)
        with race_as_412(self.parent):
            reporting.remove_photo(instance, by=self.request.user, version=version)
        self.__dict__.pop("parent", None)


REPORTS_OF = rf"{CASES}/reports/(?P<report_id>[0-9]+)"
