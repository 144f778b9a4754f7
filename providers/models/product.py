"""Products with their prices and certifications: rows that are followed, not edited."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.fields import BahtField
from portal.models import Province, User
from portal.models.files import StoredFile
from portal.models.named import Named
from providers.models.company import Provider
from providers.models.published import Published, PublishedManager, Stands
from providers.models.reference import Category, CertificationKind
from providers.public.search import folded
from providers.querysets import CertificationQuerySet, PriceQuerySet, ProductQuerySet
from providers.states import Hosting, ListingState, PdpaRole, ProductKind, SellerRole


class Product(Stands, Published, Named):
    """A digital product or service of one provider (สินค้า/บริการดิจิทัล): what a listing is about.

    `dimensions` holds codes of `SmartDimension`; without provinces a nationwide product serves all. `standing` and
    `listed_until` come from its latest listing, kept by `providers.public.publishing`.
    """

    provider = models.ForeignKey(Provider, models.PROTECT, related_name="products")
    kind = models.CharField(_("kind"), max_length=20, choices=ProductKind)
    edition = models.CharField(_("version"), max_length=40, blank=True)
    categories = models.ManyToManyField(Category, related_name="products", verbose_name=_("categories"))
    dimensions = models.JSONField(_("dimensions"), default=list)
    is_nationwide = models.BooleanField(_("serves the whole country"), default=True)
    provinces = models.ManyToManyField(Province, blank=True, related_name="+", verbose_name=_("provinces served"))
    hosting = models.CharField(_("hosting"), max_length=12, choices=Hosting, default=Hosting.NONE)
    pdpa_role = models.CharField(_("role under the PDPA"), max_length=10, choices=PdpaRole, default=PdpaRole.NONE)
    seller_role = models.CharField(_("sold as"), max_length=10, choices=SellerRole, default=SellerRole.OWNER)
    owner_name = models.CharField(_("owner of the product"), max_length=250, blank=True)
    has_api = models.BooleanField(_("has an open API"), default=False)
    standards = models.CharField(_("data standards"), max_length=250, blank=True)
    warranty = models.TextField(_("warranty and support"), blank=True)
    description_th = models.TextField(_("description in Thai"), blank=True)
    description_en = models.TextField(_("description in English"), blank=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    search_text = models.CharField(max_length=1200, editable=False)
    standing = models.CharField(max_length=10, choices=ListingState, blank=True, editable=False)
    listed_until = models.DateField(null=True, editable=False)

    derived_fields = ("name_sort_key", "search_text")
    objects = PublishedManager.from_queryset(ProductQuerySet)()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.CheckConstraint(
                name="product_reseller_names_owner",
                condition=Q(seller_role=SellerRole.OWNER) | ~Q(owner_name=""),
                violation_error_message=_("Name the owner of the product that you resell."),
            )
        ]
        indexes = [
            models.Index(fields=["standing", "id"], name="product_by_standing", condition=Q(public_seq__isnull=False)),
            models.Index(fields=["kind", "id"], name="product_by_kind", condition=Q(public_seq__isnull=False)),
            models.Index(fields=["name_sort_key", "id"], name="product_by_name"),
        ]

    def get_absolute_url(self):
        return reverse("providers:product", args=[self.pk])

    def derive(self):
        super().derive()
        self.search_text = folded(self.name_th, self.name_en)[:1200]


class Price(models.Model):
    """A listed price (ราคาที่ขึ้นบัญชี) from its first day to its last; closed and followed, never edited.

    `price_baht` is for one `unit` without VAT.
    """

    product = models.ForeignKey(Product, models.CASCADE, related_name="prices")
    label_th = models.CharField(_("what is sold"), max_length=200)
    label_en = models.CharField(_("what is sold, in English"), max_length=200, blank=True)
    unit = models.CharField(_("unit"), max_length=60)
    price_baht = BahtField(_("price without VAT"))
    min_term_months = models.PositiveSmallIntegerField(_("shortest contract in months"), null=True, blank=True)
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(_("last day"), null=True, blank=True)
    follows = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="followed_by")
    recorded_at = models.DateTimeField(default=clock.now)

    objects = PriceQuerySet.as_manager()

    class Meta:
        verbose_name = _("price")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="price_above_zero", condition=Q(price_baht__gt=0),
                violation_error_message=_("A price is more than zero."),
            ),
            models.CheckConstraint(
                name="price_runs_forward", condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                violation_error_message=_("The last day is not before the first."),
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.label_th} {self.price_baht}/{self.unit}"


class Certification(models.Model):
    """A certification of a company or of one product (ใบรับรองมาตรฐาน), verified by the registrar.

    `expires_on` is its last day. A newer one follows it by `replaces`.
    """

    provider = models.ForeignKey(Provider, models.CASCADE, related_name="certifications")
    product = models.ForeignKey(Product, models.CASCADE, null=True, blank=True, related_name="certifications")
    kind = models.ForeignKey(CertificationKind, models.PROTECT, related_name="+", verbose_name=_("kind"))
    number = models.CharField(_("certificate number"), max_length=80)
    issuer = models.CharField(_("issuer"), max_length=200)
    scope = models.CharField(_("scope"), max_length=400, blank=True)
    level = models.CharField(_("level"), max_length=40, blank=True)
    issued_on = models.DateField(_("issued on"))
    expires_on = models.DateField(_("last day"), null=True, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    verified_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    verified_at = models.DateTimeField(null=True, blank=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)

    objects = CertificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("certification")
        ordering = ["kind__order", "pk"]
        constraints = [
            models.CheckConstraint(
                name="certification_runs_forward",
                condition=Q(expires_on=None) | Q(expires_on__gte=F("issued_on")),
                violation_error_message=_("The last day is not before the day of issue."),
            ),
            models.CheckConstraint(
                name="certification_verified_whole",
                condition=Q(verified_by=None, verified_at=None)
                | Q(verified_by__isnull=False, verified_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.number}"

    def is_valid_on(self, day):
        """Verified, and covering `day`."""
        ends = min(day for day in (self.expires_on, self.withdrawn_on) if day) if self._ends else None
        return self.verified_at is not None and self.issued_on <= day and (ends is None or day <= ends)

    @property
    def _ends(self):
        return self.expires_on or self.withdrawn_on
