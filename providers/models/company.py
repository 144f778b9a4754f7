"""Companies, and who may speak for them."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models import Province, User
from portal.models.files import StoredFile
from portal.models.named import Named
from providers.identity import SCHEME, grouped, validate_juristic_number
from providers.models.published import Published, PublishedManager, Stands
from providers.public.search import folded
from providers.querysets import ProviderQuerySet, RepresentativeQuerySet, SuccessionQuerySet
from providers.states import CEASED, CompanyStatus, ListingState, RepresentativeState, SuccessionKind


class Provider(Stands, Published, Named):
    """A company that offers digital products (ผู้ให้บริการดิจิทัล), known by its juristic number.

    `standing` and `listed_until` are what its listings come to, kept by `providers.public.publishing`: the weightiest
    state of them, and the last day of the longest that runs.
    """

    juristic_number = models.CharField(
        _("juristic number"),
        max_length=13,
        unique=True,
        validators=[validate_juristic_number],
        error_messages={"unique": _("A company with this juristic number is already in the registry.")},
    )
    branch_code = models.CharField(_("branch code"), max_length=5, default="00000")
    name_th = models.CharField(_("name in Thai"), max_length=250)
    name_en = models.CharField(_("name in English"), max_length=250, blank=True)
    address = models.TextField(_("address"), blank=True)
    province = models.ForeignKey(
        Province, models.PROTECT, null=True, blank=True, verbose_name=_("registered province"), related_name="providers"
    )
    founded_on = models.DateField(_("registered on"), null=True, blank=True)
    is_vat_registered = models.BooleanField(_("VAT registered"), default=False)
    website = models.URLField(_("website"), blank=True)
    phone = models.CharField(_("office telephone"), max_length=40, blank=True)
    email = models.EmailField(_("office e-mail"), blank=True)
    description_th = models.TextField(_("description in Thai"), blank=True)
    description_en = models.TextField(_("description in English"), blank=True)
    company_status = models.CharField(
        _("company status"), max_length=12, choices=CompanyStatus, default=CompanyStatus.UNKNOWN
    )
    company_checked_on = models.DateField(_("checked on"), null=True, blank=True)
    search_text = models.CharField(max_length=1200, editable=False)
    standing = models.CharField(max_length=10, choices=ListingState, blank=True, editable=False)
    listed_until = models.DateField(null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now)

    derived_fields = ("name_sort_key", "search_text")
    objects = PublishedManager.from_queryset(ProviderQuerySet)()

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        indexes = [
            models.Index(fields=["province", "id"], name="provider_by_province", condition=Q(public_seq__isnull=False)),
            models.Index(fields=["standing", "id"], name="provider_by_standing", condition=Q(public_seq__isnull=False)),
            models.Index(fields=["name_sort_key", "id"], name="provider_by_name"),
        ]

    def get_absolute_url(self):
        return reverse("providers:provider", args=[self.pk])

    def derive(self):
        super().derive()
        self.search_text = folded(self.name_th, self.name_en, self.juristic_number)[:1200]

    @property
    def identifier(self):
        return f"{SCHEME}:{self.juristic_number}"

    @property
    def grouped_number(self):
        return grouped(self.juristic_number)

    @property
    def has_ceased(self):
        return self.company_status in CEASED

    @property
    def provider(self):
        return self


class Representative(models.Model):
    """A person who speaks for a company (ผู้แทนผู้ให้บริการ), once the registrar has checked the authorisation."""

    provider = models.ForeignKey(Provider, models.CASCADE, related_name="representatives")
    user = models.ForeignKey(User, models.PROTECT, related_name="representations")
    state = models.CharField(max_length=10, choices=RepresentativeState, default=RepresentativeState.CLAIMED)
    version = models.PositiveIntegerField(default=1)
    position = models.CharField(_("position in the company"), max_length=120)
    phone = models.CharField(_("telephone"), max_length=40)
    letter = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("authorisation letter"))
    valid_until = models.DateField(_("authorised until"), null=True, blank=True)
    claimed_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    objects = RepresentativeQuerySet.as_manager()

    class Meta:
        verbose_name = _("representative")
        constraints = [
            models.UniqueConstraint(
                name="representative_once_at_a_time",
                fields=["provider", "user"],
                condition=~Q(state__in=[RepresentativeState.REFUSED, RepresentativeState.ENDED]),
                violation_error_message=_("You have already claimed this company."),
            ),
            models.CheckConstraint(
                name="representative_decided_by_somebody_else",
                condition=Q(decided_by=None) | Q(state=RepresentativeState.ENDED) | ~Q(decided_by=F("user")),
                violation_error_message=_("Nobody confirms their own claim."),
            ),
        ]
        indexes = [models.Index(fields=["user", "state"])]

    def __str__(self):
        return f"{self.user} · {self.provider}"

    def get_absolute_url(self):
        return reverse("providers:representative", args=[self.pk])

    @property
    def case(self):
        return self


class Succession(models.Model):
    """One company in another's place (การควบรวมหรือเปลี่ยนเลขทะเบียน): history keeps both."""

    predecessor = models.ForeignKey(Provider, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Provider, models.PROTECT, related_name="predecessions")
    kind = models.CharField(_("how"), max_length=12, choices=SuccessionKind)
    on = models.DateField(_("from"))
    document = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)

    objects = SuccessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("succession")
        constraints = [
            models.UniqueConstraint(name="company_succession_once", fields=["predecessor", "successor"]),
            models.CheckConstraint(
                name="company_succession_to_another", condition=~Q(predecessor=F("successor")),
                violation_error_message=_("A company does not succeed itself."),
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.predecessor} → {self.successor}"
