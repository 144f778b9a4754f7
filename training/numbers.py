"""Numbers given once: of applications and certificates."""

from django.db.models import F

from portal.thai.dates import ERA
from training.models import Series


def next_in(key):
    """The next number of a series, from 1; inside the caller's transaction, so that none is lost."""
    series, _made = Series.objects.get_or_create(key=key)
    Series.objects.filter(pk=series.pk).update(last=F("last") + 1)
    return Series.objects.values_list("last", flat=True).get(pk=series.pk)


def application_number(generation):
    """`A2-00012`: the twelfth application to generation 2."""
    return f"A{generation.number}-{next_in(f'application:{generation.number}'):05d}"


def serial(code, day):
    """`SCT-2569-SCL6-00001`: year of the Buddhist era, course, and a running number within both."""
    year = day.year + ERA
    return f"SCT-{year}-{code.upper()}-{next_in(f'credential:{year}:{code.lower()}'):05d}"
