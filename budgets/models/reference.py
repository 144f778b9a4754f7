"""Reference data that rounds choose from, each with the years in which it holds."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from budgets.states import PriceBasis, Route
from portal.states import LocalGovernmentKind


class ExpenseCategory(models.Model):
    """A head of expenditure (งบรายจ่าย), such as equipment under investment."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    name_th = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("expense category")

    def __str__(self):
        return f"{self.parent.name_th} · {self.name_th}" if self.parent else self.name_th


class PriceEdition(models.Model):
    """An edition of a price standard (ฉบับเกณฑ์ราคา): an item points at the one in force when first submitted."""

    standard = models.CharField(max_length=20, choices=PriceBasis)
    name_th = models.CharField(max_length=160)
    name_en = models.CharField(max_length=160, blank=True)
    issued_on = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("edition of a price standard")
        constraints = [models.UniqueConstraint(name="price_edition_once", fields=["standard", "issued_on"])]

    def __str__(self):
        return self.name_th


class BudgetRouteQuerySet(models.QuerySet):
    def route_for(self, local_government, fiscal_year):
        """The `Route` of a local government in a fiscal year (Buddhist era): its own row first, then its kind's."""
        row = (
            self.filter(
                Q(local_government=local_government) | Q(local_government=None, kind=local_government.kind),
                Q(fiscal_year_to=None) | Q(fiscal_year_to__gte=fiscal_year),
                fiscal_year_from__lte=fiscal_year,
            )
            .order_by(models.F("local_government").asc(nulls_last=True), "-fiscal_year_from", "pk")
            .first()
        )
        return row.route if row else Route.VIA_DLA


class BudgetRoute(models.Model):
    """Through whom requests of a kind, or of one local government, reach the Budget Bureau (เส้นทางคำขอ)."""

    kind = models.CharField(max_length=30, choices=LocalGovernmentKind, blank=True)
    local_government = models.ForeignKey(
        "portal.LocalGovernment", models.PROTECT, null=True, blank=True, related_name="+"
    )
    fiscal_year_from = models.PositiveSmallIntegerField()
    fiscal_year_to = models.PositiveSmallIntegerField(null=True, blank=True)
    route = models.CharField(max_length=20, choices=Route)

    objects = BudgetRouteQuerySet.as_manager()

    class Meta:
        verbose_name = _("budget route")
        constraints = [
            models.CheckConstraint(
                name="budget_route_is_for_a_kind_or_one",
                condition=Q(kind="", local_government__isnull=False) | (~Q(kind="") & Q(local_government__isnull=True)),
            )
        ]

    def __str__(self):
        return f"{self.get_kind_display() or self.local_government}: {self.get_route_display()}"
