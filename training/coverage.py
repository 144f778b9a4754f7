"""Which local governments have an ambassador or trained people, where certificates run out, and where nobody is."""

from datetime import timedelta

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from portal.models import LocalGovernment
from training.models import Credential, Placement
from training.states import OFFICIAL_LEVELS, PlacementState

SOON = timedelta(days=60)


def _per_place(rows):
    counted = rows.order_by().values("local_government").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def trained_on(day, levels=OFFICIAL_LEVELS):
    """Certificates of people of local governments that count on `day` and are no older than 24 months."""
    return Credential.objects.recent_on(day).filter(level__in=levels, local_government__isnull=False)


def with_coverage(places, day, levels=OFFICIAL_LEVELS):
    """`places` with `ambassadors`, `trained` and `expiring` (int) as of `day`."""
    here = OuterRef("pk")
    serving = Placement.objects.serving_on(day).filter(local_government=here)
    trained = trained_on(day, levels).filter(local_government=here)
    ending = trained.filter(valid_until__lte=day + SOON)
    return places.annotate(ambassadors=_per_place(serving), trained=_per_place(trained), expiring=_per_place(ending))


def by_province(day, levels=OFFICIAL_LEVELS):
    """`{province id: {"places", "with_ambassador", "with_trained", "covered"}}` of all places, in one query."""
    here = OuterRef("pk")
    serving = Exists(Placement.objects.serving_on(day).filter(local_government=here))
    trained = Exists(trained_on(day, levels).filter(local_government=here))
    counted = (
        LocalGovernment.objects.active(day)
        .annotate(has_ambassador=serving, has_trained=trained)
        .order_by()
        .values("province")
        .annotate(
            places=Count("pk"),
            with_ambassador=Count("pk", filter=Q(has_ambassador=True)),
            with_trained=Count("pk", filter=Q(has_trained=True)),
            covered=Count("pk", filter=Q(has_ambassador=True) | Q(has_trained=True)),
        )
    )
    return {found.pop("province"): found for found in counted}


def attrition():
    """How many services ended early of all that began, by generation: `[{"number", "begun", "left"}]`."""
    early = Q(state__in=[PlacementState.RESIGNED, PlacementState.TERMINATED])
    return list(
        Placement.objects.exclude(state=PlacementState.PLANNED)
        .order_by()
        .values(number=F("generation__number"))
        .annotate(begun=Count("pk"), left=Count("pk", filter=early))
        .order_by("-number")
    )
