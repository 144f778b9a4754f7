"""`rounds/{id}/summary/`: a round in figures, the same as on its dashboard."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from budgets.money.summary import summary
from portal.api.problems import BadParameter
from portal.api.serializers import IDENTIFIER, BahtField
from portal.states import LocalGovernmentKind

NARROWING = ("theme", "province", "kind")


class FiguresSerializer(serializers.Serializer):
    """How many proposals, and their six amounts; an amount that is not told is null."""

    proposals = serializers.IntegerField()
    requested_baht = BahtField(allow_null=True)
    recommended_baht = BahtField(allow_null=True)
    allocated_baht = BahtField(allow_null=True)
    committed_baht = BahtField(allow_null=True)
    disbursed_baht = BahtField(allow_null=True)
    returned_baht = BahtField(allow_null=True)


class ThemeFiguresSerializer(FiguresSerializer):
    theme = serializers.CharField(allow_null=True)
    name_th = serializers.CharField()
    name_en = serializers.CharField()


class ProvinceFiguresSerializer(FiguresSerializer):
    province = serializers.CharField(help_text="The two-digit code.")
    name_th = serializers.CharField()
    name_en = serializers.CharField()


class KindFiguresSerializer(FiguresSerializer):
    kind = serializers.CharField()


class StateFiguresSerializer(FiguresSerializer):
    state = serializers.CharField()


class SummarySerializer(FiguresSerializer):
    """What stands before the programme; `by_state` also counts what does not yet, or no longer."""

    round = serializers.CharField()
    by_theme = ThemeFiguresSerializer(many=True)
    by_province = ProvinceFiguresSerializer(many=True)
    by_kind = KindFiguresSerializer(many=True)
    by_state = StateFiguresSerializer(many=True)


class Summaries:
    """The endpoint, for the view of rounds."""

    @extend_schema(
        responses=SummarySerializer, filters=False, parameters=[OpenApiParameter(name, str) for name in NARROWING]
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def summary(self, request, **kwargs):
        """The round in figures: requested, recommended, allocated, committed, disbursed and returned.

        Until the round is announced, outsiders see confidential states as `in_review` and no amount recommended.
        """
        round = self.get_object()
        found = summary(round, request.user, **narrowing_in(request.query_params))
        return Response(SummarySerializer(told(round, found)).data)


def narrowing_in(parameters):
    """What a summary is narrowed to: the id of a theme, the code of a province, a kind."""
    asked = {name: parameters[name] for name in NARROWING if name in parameters}
    if "theme" in asked:
        if not IDENTIFIER.fullmatch(asked["theme"]) or int(asked["theme"]) >= 2**63:
            raise BadParameter({"theme": _("This theme is not in the round.")}, code="invalid_choice")
        asked["theme"] = int(asked["theme"])
    if asked.get("kind") not in {None, *LocalGovernmentKind.values}:
        raise BadParameter({"kind": _("There is no such choice.")}, code="invalid_choice")
    return asked


def told(round, found):
    """A `budgets.money.summary.Summary` in the words of the API."""
    return {
        "round": str(round.pk),
        **figures(found.total),
        "by_theme": [
            {"theme": line.key and str(line.key.pk), **names(line), **figures(line.figures)} for line in found.by_theme
        ],
        "by_province": [
            {"province": line.key.code, **names(line), **figures(line.figures)} for line in found.by_province
        ],
        "by_kind": [{"kind": line.key, **figures(line.figures)} for line in found.by_kind],
        "by_state": [{"state": line.key, **figures(line.figures)} for line in found.by_state],
    }


def figures(found):
    return {"proposals": found.proposals, **found.amounts}


def names(line):
    return {"name_th": line.key.name_th if line.key else "", "name_en": line.key.name_en if line.key else ""}
