"""Reviewers' profiles for a round: who has confirmed what; a reviewer confirms the own one."""

from rest_framework import mixins, serializers
from rest_framework.viewsets import GenericViewSet

from budgets.api.rounds import OfRound
from budgets.judging import profiles
from budgets.models import Employer, ReviewerProfile
from portal import access
from portal.api.serializers import CleanModelSerializer, CleanSerializer, RelatedId, StrictCharField
from portal.api.views import Door
from portal.models import LocalGovernment, Province


class EmployerSerializer(CleanModelSerializer):
    name = StrictCharField(max_length=200)
    local_government = RelatedId(queryset=LocalGovernment.objects.all(), required=False, allow_null=True, default=None)
    juristic_number = StrictCharField(max_length=13, required=False, allow_blank=True, default="")

    class Meta:
        model = Employer
        fields = ["name", "local_government", "juristic_number"]


class ProfileSerializer(CleanSerializer):
    """A profile, in place of an earlier one for the round. `home_province` is the province's code."""

    reviewer = serializers.CharField(source="reviewer.username", read_only=True)
    home_province = serializers.SlugRelatedField(slug_field="code", queryset=Province.objects.all())
    employers = EmployerSerializer(many=True, max_length=50)
    confirmed_at = serializers.DateTimeField(read_only=True)

    def create(self, given):
        context = self.context["view"]
        return profiles.confirm(context.parent, by=context.request.user, **given)


class ProfileViewSet(OfRound, mixins.ListModelMixin, mixins.CreateModelMixin, GenericViewSet):
    """The profiles of a round: all of them for the secretary, a reviewer's own for the reviewer."""

    queryset = ReviewerProfile.objects.select_related("reviewer", "home_province").prefetch_related("employers")
    serializer_class = ProfileSerializer

    def ask(self, obj):
        """404 for a round that one does not see; what one may is asked of the own profile."""
        _seen = self.parent
        Door.ask(self, None)

    def get_queryset(self):
        rows = super().get_queryset()
        return (
            rows
            if access.holding(self.request.user, "budgets.assign_reviewers")
            else rows.filter(reviewer=self.request.user.pk)
        )

    def perform_create(self, serializer):
        self.object = serializer.save()
