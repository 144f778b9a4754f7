"""Endpoints for the kit's tests, over a real model and its real lifecycle: what an app's `api.py` looks like."""

from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import ModelViewSet

from budgets.lifecycle import ROUND
from budgets.models import FocusTheme, Round
from portal.api.serializers import CleanModelSerializer
from portal.api.views import Nested, Steps, Versioned, Visible
from portal.exports import Column


class RoundSerializer(CleanModelSerializer):
    class Meta:
        model = Round
        fields = ["id", "name_th", "name_en", "fiscal_year", "opens_at", "closes_at", "review_due_on"]
        fields += ["ceiling_baht", "kinds", "accepts_expected_plan", "state", "version", "created_by"]
        read_only_fields = ["state", "version", "created_by"]


class RoundViewSet(Versioned, Visible, Steps, ModelViewSet):
    queryset = Round.objects.all()
    serializer_class = RoundSerializer
    lifecycle = ROUND
    permissions = {
        "create": "budgets.change_round",
        "update": "budgets.change_round",
        "partial_update": "budgets.change_round",
    }
    http_method_names = ["get", "post", "put", "patch", "head", "options"]
    ordering = ["-fiscal_year"]
    ordering_fields = ["fiscal_year", "closes_at"]
    columns = [Column("name", "name_th"), Column("ceiling", "ceiling_baht", "money")]

    def fixed(self):
        return {} if self.detail else {"created_by": self.request.user}


class ThemeSerializer(CleanModelSerializer):
    class Meta:
        model = FocusTheme
        fields = ["id", "code", "name_th", "min_baht", "max_baht"]


class ThemeViewSet(Nested, ModelViewSet):
    queryset = FocusTheme.objects.all()
    parent_queryset = Round.objects.all()
    parent_field, parent_kwarg = "round", "round_id"
    serializer_class = ThemeSerializer
    permissions = dict.fromkeys(["create", "update", "partial_update", "destroy"], "budgets.change_round")
    ordering = ["position"]


router = SimpleRouter()
router.register("rounds", RoundViewSet, basename="try-rounds")
router.register(r"rounds/(?P<round_id>[0-9]+)/themes", ThemeViewSet, basename="try-themes")
