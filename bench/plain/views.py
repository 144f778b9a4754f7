"""A ModelViewSet with nested serializers, prefetched, in offset pages: what a competent team ships first."""

import csv

from django.http import HttpResponse, StreamingHttpResponse
from rest_framework import serializers
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from providers.models import Certification, Listing, Product, Provider


class CertificationSerializer(serializers.ModelSerializer):
    kind = serializers.CharField(source="kind.code")

    class Meta:
        model = Certification
        fields = (
            "id",
            "kind",
            "number",
            "issuer",
            "scope",
            "level",
            "issued_on",
            "expires_on",
            "withdrawn_on",
            "product",
        )


class ListingSerializer(serializers.ModelSerializer):
    flags = serializers.SerializerMethodField()

    class Meta:
        model = Listing
        fields = ("id", "certificate_no", "state", "valid_from", "valid_until", "reason_class", "suspended_on", "flags")

    def get_flags(self, listing):
        return sorted({one.code for one in listing.flags.all() if one.cleared_at is None})


class ProductSerializer(serializers.ModelSerializer):
    listings = ListingSerializer(many=True)

    class Meta:
        model = Product
        fields = ("id", "kind", "name_th", "name_en", "listings")


class ProviderSerializer(serializers.ModelSerializer):
    identifiers = serializers.SerializerMethodField()
    province = serializers.CharField(source="province.code", default=None)
    certifications = CertificationSerializer(many=True)
    products = ProductSerializer(many=True)
    successors = serializers.SerializerMethodField()

    class Meta:
        model = Provider
        fields = (
            "id", "juristic_number", "identifiers", "name_th", "name_en", "standing", "listed_until", "province",
            "address", "website", "phone", "email", "is_vat_registered", "company_status", "company_checked_on",
            "description_th", "description_en", "certifications", "products", "successors",
        )  # fmt: skip

    def get_identifiers(self, provider):
        return [{"scheme": "TH-DBD", "id": provider.juristic_number}]

    def get_successors(self, provider):
        return [one.successor_id for one in provider.successions.all()]


class Pages(LimitOffsetPagination):
    default_limit = 50


class ProviderViewSet(ReadOnlyModelViewSet):
    queryset = (
        Provider.objects.listed()
        .select_related("province")
        .prefetch_related("certifications__kind", "products__listings__flags", "successions")
        .order_by("pk")
    )
    serializer_class = ProviderSerializer
    pagination_class = Pages
    renderer_classes = (JSONRenderer,)
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    schema = None

    def get_queryset(self):
        province = self.request.query_params.get("province")
        rows = super().get_queryset()
        return rows.filter(province__code=province) if province else rows


def dump(request):
    """Everything in one JSON, by the same serializers."""
    rows = ProviderViewSet.queryset.all()
    response = Response(ProviderSerializer(rows, many=True).data)
    response.accepted_renderer, response.accepted_media_type = JSONRenderer(), "application/json"
    response.renderer_context = {}
    return response


class _Echo:
    def write(self, text):
        return text


def csv_by_orm(request):
    """The flat columns of the register's CSV, by the ORM's iterator."""
    writer = csv.writer(_Echo())
    rows = Provider.objects.listed().select_related("province").order_by("pk").iterator(2000)
    lines = (
        writer.writerow(
            [one.pk, one.juristic_number, one.name_th, one.name_en, one.standing, one.listed_until, one.province.code,
             one.address, one.phone, one.email, one.website, one.company_status]
        )
        for one in rows
    )  # fmt: skip
    return StreamingHttpResponse(lines, content_type="text/csv")


def hello(request):
    return HttpResponse("Hello world")
