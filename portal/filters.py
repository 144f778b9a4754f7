"""The filters that lists of every app share: the same for pages, exports and the API."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms import Several
from portal.models import Province


class WholeNumberFilter(django_filters.Filter):
    field_class = forms.IntegerField


class ChoicesFilter(django_filters.MultipleChoiceFilter):
    """Any of several values of the row itself or of the one thing that it belongs to.

    No row can come twice, so there is no DISTINCT: it would sort whole rows, all of them, for every page.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"distinct": False, "widget": Several} | kwargs)


class ProvinceFilter(django_filters.ModelChoiceFilter):
    """The province at `field_name`, by its code."""

    def __init__(self, field_name=None, **kwargs):
        super().__init__(
            field_name,
            **{
                "label": _("Province"),
                "queryset": lambda request: Province.objects.in_thai_order(),
                "to_field_name": "code",
                "empty_label": _("The whole country"),
            }
            | kwargs,
        )
