"""Certificates: the holder's, the officers', and the check for everybody."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from portal.api.serializers import CleanModelSerializer, CleanSerializer, RelatedId, StrictBooleanField
from portal.api.views import Door, Steps, Visible, claim
from training import badges, credentials, exports, privacy
from training.filters import CredentialFilter
from training.lifecycle import CREDENTIAL
from training.models import Credential

SERIALS = r"credentials/(?P<serial>[A-Za-z]{3}-[A-Za-z0-9_-]{3,40})"


class CredentialSerializer(CleanModelSerializer):
    class Meta:
        model = Credential
        fields = ["id", "serial", "kind", "state", "version", "holder_th", "holder_en", "title_th", "title_en", "level"]
        fields += ["hours", "local_government", "issued_on", "valid_until", "replaces", "shares_name", "shares_office"]
        read_only_fields = fields


class SharingSerializer(CleanSerializer):
    shares_name = StrictBooleanField()
    shares_office = StrictBooleanField()


class CredentialViewSet(Visible, Steps, ReadOnlyModelViewSet):
    """Certificates that the person may see: one's own, one's office's, all for those who issue them."""

    queryset = Credential.objects.select_related("local_government", "replaces", "learner__user", "enrolment")
    serializer_class = CredentialSerializer
    filterset_class = CredentialFilter
    lifecycle = CREDENTIAL
    columns = exports.CREDENTIALS
    tagged_actions = Door.tagged_actions | {"share"}
    lookup_value_regex = "[0-9]+"
    ordering = ["-issued_on"]
    ordering_fields = ["issued_on", "valid_until"]

    def is_holder(self, credential):
        return credential.learner is not None and credential.learner.user_id == self.request.user.pk

    def paginate_queryset(self, queryset):
        """A list names its holders: looking at others' names is on record."""
        page = super().paginate_queryset(queryset)
        privacy.note_list(page, by=self.request.user, what="certificates list")
        return page

    def retrieve(self, request, *args, **kwargs):
        """One certificate; looking at that of somebody else is on record."""
        response = super().retrieve(request, *args, **kwargs)
        if not self.is_holder(self.object):
            privacy.note_reading(self.object, by=request.user, what="certificate")
        return response

    def ask(self, obj):
        super().ask(obj)
        if obj is not None and self.action == "share" and not self.is_holder(obj):
            raise PermissionDenied(_("The holder decides what is shown."))

    @extend_schema(request=SharingSerializer, responses=CredentialSerializer)
    @action(detail=True, methods=["put"], pagination_class=None)
    def share(self, request, **kwargs):
        """What the public page shows besides the status: the holder decides."""
        credential = self.get_object()
        given = self.given(SharingSerializer)
        claim(request, credential)
        credentials.share(credential, by=request.user, **given)
        self.object = self.queryset.all().get(pk=credential.pk)
        return Response(self.get_serializer(self.object).data)


class VerifiedSerializer(serializers.Serializer):
    """What anyone may know of a certificate."""

    serial = serializers.CharField()
    status = serializers.ChoiceField(choices=["valid", "expired", "revoked", "replaced"])
    kind = serializers.CharField()
    title_th = serializers.CharField()
    title_en = serializers.CharField()
    level = serializers.CharField()
    hours = serializers.DecimalField(max_digits=6, decimal_places=1, allow_null=True)
    issued_on = serializers.DateField()
    valid_until = serializers.DateField(allow_null=True)
    ended_on = serializers.DateField(allow_null=True)
    holder = serializers.CharField()
    office = RelatedId(read_only=True, allow_null=True)
    replaced_by = serializers.CharField(allow_null=True)


class OfSerial(Door, GenericViewSet):
    """One certificate by its serial number, for everybody."""

    is_public = True
    queryset = Credential.objects.select_related("local_government", "learner")
    pagination_class = None

    def credential(self):
        found = self.queryset.all().filter(serial=self.kwargs["serial"].upper()).first()
        if found is None:
            raise Http404
        return found


class VerifyViewSet(OfSerial):
    serializer_class = VerifiedSerializer

    @extend_schema(responses=VerifiedSerializer, filters=False)
    def list(self, request, **kwargs):
        """What a certificate is worth today, and what its holder shares."""
        return Response(VerifiedSerializer(credentials.public_view(self.credential())).data)


class BadgeViewSet(OfSerial):
    serializer_class = serializers.Serializer

    @extend_schema(responses=OpenApiTypes.OBJECT, filters=False)
    def list(self, request, **kwargs):
        """The signed Open Badges 3.0 credential in W3C's envelope: for its holder, for all once the name is shared."""
        credential = self.credential()
        is_holder = credential.learner is not None and credential.learner.user_id == (request.user.pk or 0)
        if not credential.badge or (not is_holder and not credential.shares_name):
            raise Http404
        return Response(badges.envelope(credential))
