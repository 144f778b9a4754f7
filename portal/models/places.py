"""Places: provinces, districts, subdistricts, local governments with their codes, and smart-city areas."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.models.named import Named
from portal.querysets import LocalGovernmentQuerySet, NamedQuerySet
from portal.states import CodeScheme, LocalGovernmentKind, SmartCityStatus, SuccessionKind
from portal.thai.search import fold, squash


class Area(Named):
    """What the three levels of the land share: an official code, a position, a folded text to search in."""

    search_text = models.CharField(max_length=400, editable=False)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)

    derived_fields = ("name_sort_key", "search_text")
    objects = NamedQuerySet.as_manager()

    class Meta:
        abstract = True

    def derive(self):
        super().derive()
        self.search_text = " ".join([fold(self.name_th), fold(self.name_en)])


def _length_is(length):
    return Exact(Length("code"), length)


_only_digits = RegexValidator(r"\A[0-9]+\Z", _("A code has digits only."))


class Province(Area):
    """A province, or Bangkok (จังหวัด), by its two-digit DOPA code."""

    code = models.CharField(_("code"), max_length=2, unique=True, validators=[_only_digits])
    region = models.CharField(_("region"), max_length=40)
    policy_region = models.CharField(_("policy region"), max_length=40)

    class Meta:
        verbose_name = _("province")
        verbose_name_plural = _("provinces")
        ordering = ["name_sort_key", "pk"]
        constraints = [
            models.CheckConstraint(
                name="province_code_has_two_digits",
                condition=_length_is(2),
                violation_error_message=_("A province code has two digits."),
            )
        ]


class District(Area):
    """A district (อำเภอ), in Bangkok a เขต, by its four-digit DOPA code."""

    code = models.CharField(_("code"), max_length=4, unique=True, validators=[_only_digits])
    province = models.ForeignKey(Province, models.PROTECT, related_name="districts")

    class Meta:
        verbose_name = _("district")
        verbose_name_plural = _("districts")
        ordering = ["name_sort_key", "pk"]
        constraints = [
            models.CheckConstraint(
                name="district_code_has_four_digits",
                condition=_length_is(4),
                violation_error_message=_("A district code has four digits."),
            )
        ]


class Subdistrict(Area):
    """A subdistrict (ตำบล), in Bangkok a แขวง, by its six-digit DOPA code."""

    code = models.CharField(_("code"), max_length=6, unique=True, validators=[_only_digits])
    district = models.ForeignKey(District, models.PROTECT, related_name="subdistricts")
    postal_codes = models.CharField(_("postal codes"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("subdistrict")
        verbose_name_plural = _("subdistricts")
        ordering = ["name_sort_key", "pk"]
        constraints = [
            models.CheckConstraint(
                name="subdistrict_code_has_six_digits",
                condition=_length_is(6),
                violation_error_message=_("A subdistrict code has six digits."),
            )
        ]


class LocalGovernment(Named):
    """A local government (องค์กรปกครองส่วนท้องถิ่น, อปท.).

    Its key is ours: official codes change when it is upgraded, and live in `LocalGovernmentCode`. `active_to` is
    the first day on which it no longer exists. `lineage` holds the keys of all that came before it, by succession.
    """

    kind = models.CharField(_("kind"), max_length=30, choices=LocalGovernmentKind)
    short_name_th = models.CharField(_("short name in Thai"), max_length=120)
    base_name_th = models.CharField(_("name without its kind"), max_length=120)
    former_name_th = models.CharField(_("former name in Thai"), max_length=160, blank=True)
    province = models.ForeignKey(Province, models.PROTECT, related_name="local_governments", verbose_name=_("province"))
    district = models.ForeignKey(District, models.PROTECT, related_name="local_governments", verbose_name=_("district"))
    subdistrict = models.ForeignKey(
        Subdistrict,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="local_governments",
        verbose_name=_("subdistrict"),
    )
    is_name_shared = models.BooleanField(default=False, editable=False)
    search_text = models.CharField(max_length=1000, editable=False)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    website = models.URLField(_("website"), max_length=500, blank=True)
    active_from = models.DateField(_("exists from"), null=True, blank=True)
    active_to = models.DateField(_("exists until"), null=True, blank=True)
    lineage = models.JSONField(default=list, blank=True, editable=False)

    derived_fields = ("name_sort_key", "search_text")
    objects = LocalGovernmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("local government")
        verbose_name_plural = _("local governments")
        constraints = [
            models.CheckConstraint(
                name="local_government_kind_is_known",
                condition=Q(kind__in=LocalGovernmentKind.values),
            ),
            models.CheckConstraint(
                name="local_government_period_runs_forward",
                condition=Q(active_from=None) | Q(active_to=None) | Q(active_to__gt=F("active_from")),
                violation_error_message=_("The last day must come after the first."),
            ),
        ]
        indexes = [
            models.Index(fields=["name_sort_key", "id"]),
            models.Index(fields=["province", "kind", "name_sort_key", "id"]),
        ]

    def get_absolute_url(self):
        return reverse("local-government", args=[self.pk])

    def __str__(self):
        return self.display_name

    @property
    def display_name(self):
        """The name, with its district where another of the same name exists in the province."""
        if not self.is_name_shared:
            return self.name
        return gettext("%(name)s (%(district)s district)") % {"name": self.name, "district": self.district.name}

    @property
    def code(self):
        """The code in force, DLA's before others, or ""; from `codes` prefetched where it is shown in a list."""
        held = sorted((c.scheme != CodeScheme.DLA, c.code) for c in self.codes.all() if c.valid_to is None)
        return held[0][1] if held else ""

    def is_active(self, day):
        return (self.active_from is None or self.active_from <= day) and (
            self.active_to is None or day < self.active_to
        )

    def derive(self):
        super().derive()
        names = [self.name_th, self.short_name_th, self.former_name_th, self.name_en]
        self.search_text = " ".join(dict.fromkeys(form(name) for name in names if name for form in (squash, fold)))


class LocalGovernmentCode(models.Model):
    """A code that a local government has or had (รหัส อปท.): one holder at a time, and a successor may take it over."""

    local_government = models.ForeignKey(LocalGovernment, models.CASCADE, related_name="codes")
    scheme = models.CharField(_("scheme"), max_length=20, choices=CodeScheme)
    code = models.CharField(_("code"), max_length=20)
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_to = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("code of a local government")
        constraints = [
            models.UniqueConstraint(
                name="local_government_code_held_once", fields=["scheme", "code", "local_government"]
            ),
            models.UniqueConstraint(
                name="local_government_code_is_given_once",
                fields=["scheme", "code"],
                condition=Q(valid_to=None),
                violation_error_message=_("This code belongs to another local government."),
            ),
            models.CheckConstraint(
                name="dla_code_has_eight_digits",
                condition=~Q(scheme=CodeScheme.DLA) | Q(_length_is(8)),
                violation_error_message=_("A DLA code has eight digits."),
            ),
            models.CheckConstraint(
                name="local_government_code_period_runs_forward",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                violation_error_message=_("The last day must come after the first."),
            ),
        ]
        indexes = [models.Index(fields=["code"])]

    def __str__(self):
        return self.code


class SuccessionQuerySet(models.QuerySet):
    def that_ended_the_old(self):
        """Those after which the old one is no more: a split leaves it where it is."""
        return self.exclude(kind=SuccessionKind.SPLIT)


class Succession(models.Model):
    """One local government comes after another (การเปลี่ยนแปลงฐานะ), by the Royal Gazette; open cases follow it.

    After a split both stand, and the chosen cases follow.
    """

    from_local_government = models.ForeignKey(LocalGovernment, models.PROTECT, related_name="successions")
    to_local_government = models.ForeignKey(LocalGovernment, models.PROTECT, related_name="predecessions")
    kind = models.CharField(_("kind"), max_length=20, choices=SuccessionKind)
    on = models.DateField(_("day"))
    gazette_ref = models.CharField(_("Royal Gazette reference"), max_length=160)

    objects = SuccessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("succession")
        constraints = [
            models.UniqueConstraint(
                name="succession_is_recorded_once", fields=["from_local_government", "to_local_government"]
            ),
            models.CheckConstraint(
                name="succession_joins_two",
                condition=~Q(from_local_government=F("to_local_government")),
                violation_error_message=_("A local government cannot succeed itself."),
            ),
        ]

    def __str__(self):
        return f"{self.from_local_government} → {self.to_local_government}"


class SmartCityArea(Named):
    """An area of a smart city (พื้นที่เมืองอัจฉริยะ): not a local government, and it may span several, or none."""

    name_th = models.CharField(_("name in Thai"), max_length=200, blank=True)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    number = models.PositiveSmallIntegerField(_("number"), unique=True)
    status = models.CharField(_("status"), max_length=20, choices=SmartCityStatus)
    province = models.ForeignKey(Province, models.PROTECT, related_name="smart_city_areas", verbose_name=_("province"))
    local_governments = models.ManyToManyField(LocalGovernment, blank=True, related_name="smart_city_areas")
    dimensions = models.JSONField(_("dimensions"), default=list, blank=True)
    batch = models.PositiveSmallIntegerField(_("batch"), null=True, blank=True)
    year = models.PositiveSmallIntegerField(_("year (B.E.)"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_to = models.DateField(_("until"), null=True, blank=True)

    objects = NamedQuerySet.as_manager()

    class Meta:
        verbose_name = _("smart city area")
        verbose_name_plural = _("smart city areas")
        constraints = [
            models.CheckConstraint(
                name="smart_city_area_has_a_name",
                condition=~Q(name_th="") | ~Q(name_en=""),
                violation_error_message=_("Give a name in Thai or in English."),
            ),
            models.CheckConstraint(
                name="smart_city_area_period_runs_forward",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                violation_error_message=_("The last day must come after the first."),
            ),
        ]
