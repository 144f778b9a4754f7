"""Which local governments have an ambassador or trained people, where certificates run out, and where nobody is."""

from datetime import timedelta

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from portal.models import LocalGovernment
from training.models import Credential, Placement
from training.querysets import RECENT
from training.states import OFFICIAL_LEVELS, Level, PlacementState

SOON = timedelta(days=60)
ONE_DAY = timedelta(days=1)


def _per_place(rows):
    counted = rows.order_by().values("local_government").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def trained_on(day, levels=OFFICIAL_LEVELS):
    """Certificates of people of local governments that count on `day` and are no older than 24 months."""
    return Credential.objects.recent_on(day).filter(level__in=levels, local_government__isnull=False)


def ending(certificates, day):
    """Those of `certificates` that count on `day` and, by their own end or by the 24 months, no more in sixty days."""
    return certificates.filter(Q(valid_until__lte=day + SOON) | Q(issued_on__lte=day + SOON - RECENT + ONE_DAY))


def with_coverage(places, day, levels=OFFICIAL_LEVELS):
    """`places` as of `day` with `ambassadors`, `trained`, `expiring` (services and certificates that end within sixty
    days), and for each official level `trained_LEVEL`; all int.
    """
    here = OuterRef("pk")
    serving = Placement.objects.serving_on(day).filter(local_government=here)
    trained = trained_on(day, levels).filter(local_government=here)
    levels_of = {
        f"trained_{level}": _per_place(trained_on(day, [level]).filter(local_government=here))
        for level in OFFICIAL_LEVELS
    }
    soon = _per_place(ending(trained, day)) + _per_place(serving.filter(ends_on__lte=day + SOON))
    return places.annotate(ambassadors=_per_place(serving), trained=_per_place(trained), expiring=soon, **levels_of)


def places_ending(day, levels=OFFICIAL_LEVELS):
    """In how many local governments a service or a certificate ends within sixty days of `day`."""
    certificates = ending(trained_on(day, levels), day).values("local_government")
    services = Placement.objects.serving_on(day).filter(ends_on__lte=day + SOON).values("local_government")
    return LocalGovernment.objects.filter(Q(pk__in=certificates) | Q(pk__in=services)).count()


def by_level(day):
    """`{(province id, level): n}`: in how many local governments somebody of a level was trained within 24 months."""
    counted = (
        trained_on(day, list(Level))
        .order_by()
        .values_list("local_government__province", "level")
        .annotate(n=Count("local_government", distinct=True))
    )
    return {(province, level): count for province, level, count in counted}


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
