"""People, the roles they hold, the invitations that bring them in, and the tokens of their programs."""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.roles import AGENCY_ROLES, Role, Scope, scope_of

TIMER_USERNAME = "timer"


class People(UserManager):
    def timer(self):
        """The user in whose name timers take steps: nobody can sign in as it."""
        user, made = self.get_or_create(
            username=TIMER_USERNAME, defaults={"is_active": False, "first_name": "ระบบ", "password": "!"}
        )
        if made:
            user.memberships.create(role=Role.TIMER)
        return user


class User(AbstractUser):
    """A person with an account (ผู้ใช้). The user name is unique, e-mail is optional and is not."""

    title = models.CharField(_("position"), max_length=120, blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=[("th", "ไทย"), ("en", "English")], default="th")
    shortcuts = models.BooleanField(_("keyboard shortcuts"), default=True)

    objects = People()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(
                name="no_superusers",
                condition=Q(is_superuser=False),
                violation_error_message=_("There are no superusers: they would break separation of duties."),
            )
        ]

    def __str__(self):
        return self.get_full_name() or self.username

    @property
    def is_timer(self):
        return self.username == TIMER_USERNAME


class Agency(models.TextChoices):
    DEPA = "depa", "depa"
    DLA = "dla", _("DLA")


class OrderNumberField(models.CharField):
    """The number of an order without the word before it, which pages and papers write: “ที่ 512/2569” is 512/2569."""

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def pre_save(self, instance, add):
        said = number = getattr(instance, self.attname)
        for word in ("คำสั่ง", "ที่"):
            number = number.removeprefix(word).strip()
        setattr(instance, self.attname, number or said)
        return number or said


class MembershipQuerySet(models.QuerySet):
    def in_force(self, day):
        """Confirmed, not revoked, and covering `day` (a date in Bangkok; the last day is not included)."""
        return self.filter(
            Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day, revoked_at=None, is_confirmed=True
        )

    def holding(self, *roles):
        return self.filter(role__in=roles)


def bangkok_today():
    return clock.today()


class Membership(models.Model):
    """A role held by a person at a place, from a day until a day (การดำรงตำแหน่ง).

    `acting` with `order_no` marks a person acting in the post (รักษาราชการแทน). `valid_to` is the first
    day on which it no longer counts. A national deciding role waits for a second person's confirmation.
    `is_inherited` is set on the copies that `portal.access` makes for what came before, and never kept.
    """

    is_inherited = False

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=30, choices=Role)
    agency = models.CharField(_("agency"), max_length=10, choices=Agency, blank=True)
    local_government = models.ForeignKey(
        "portal.LocalGovernment", models.PROTECT, null=True, blank=True, related_name="memberships"
    )
    province = models.ForeignKey("portal.Province", models.PROTECT, null=True, blank=True, related_name="memberships")
    valid_from = models.DateField(_("from"), default=bangkok_today)
    valid_to = models.DateField(_("until"), null=True, blank=True)
    acting = models.BooleanField(_("acting"), default=False)
    order_no = OrderNumberField(_("order number"), max_length=60, blank=True)
    is_confirmed = models.BooleanField(default=True)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("role held")
        constraints = [
            models.CheckConstraint(
                name="membership_place_fits_role",
                condition=(
                    Q(
                        role__in=[r for r in Role if scope_of(r) == Scope.LOCAL],
                        local_government__isnull=False,
                        province__isnull=True,
                    )
                    | Q(
                        role__in=[r for r in Role if scope_of(r) == Scope.PROVINCE],
                        local_government__isnull=True,
                        province__isnull=False,
                    )
                    | Q(
                        role__in=[r for r in Role if scope_of(r) in {Scope.NATIONAL, Scope.CASE}],
                        local_government__isnull=True,
                    )
                ),
                violation_error_message=_("Choose the local government or the province that this role belongs to."),
            ),
            models.CheckConstraint(
                name="membership_agency_fits_role",
                condition=Q(role__in=sorted(AGENCY_ROLES), agency__in=["depa", "dla"])
                | ~Q(role__in=sorted(AGENCY_ROLES)),
                violation_error_message=_("Choose the agency that this member speaks for."),
            ),
            models.CheckConstraint(
                name="membership_acting_has_order",
                condition=Q(acting=False) | ~Q(order_no=""),
                violation_error_message=_("Give the number of the order to act in this post."),
            ),
            models.CheckConstraint(
                name="membership_period_runs_forward",
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                violation_error_message=_("The last day must come after the first."),
            ),
        ]
        indexes = [models.Index(fields=["role", "local_government"]), models.Index(fields=["role", "province"])]

    def __str__(self):
        place = self.local_government or self.province
        return f"{self.get_role_display()} · {place}" if place else str(self.get_role_display())

    def is_in_force(self, day):
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to) and not self.revoked_at


class ApiToken(models.Model):
    """A program's key to the API (โทเคน): shown once, kept as a hash, with scope and expiry."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=8)
    digest = models.CharField(max_length=64, unique=True)
    can_write = models.BooleanField(_("may write"), default=False)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self):
        return f"{self.name} ({self.prefix}…)"

    @staticmethod
    def hash(token):
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def make(cls, *, user, name, can_write=False, days=365):
        """A new row and its token in clear, which nobody can read again."""
        token = "scp_" + secrets.token_urlsafe(32)
        row = cls.objects.create(
            user=user,
            name=name,
            prefix=token[:8],
            digest=cls.hash(token),
            can_write=can_write,
            expires_at=clock.now() + timedelta(days=days),
        )
        return row, token

    def is_valid(self, moment):
        return self.revoked_at is None and moment < self.expires_at


class Invitation(models.Model):
    """An invitation to take up a role (คำเชิญ): a one-time code, by e-mail, or on a printed letter."""

    role = models.CharField(_("role"), max_length=30, choices=Role)
    agency = models.CharField(_("agency"), max_length=10, choices=Agency, blank=True)
    local_government = models.ForeignKey(
        "portal.LocalGovernment", models.PROTECT, null=True, blank=True, related_name="+"
    )
    province = models.ForeignKey("portal.Province", models.PROTECT, null=True, blank=True, related_name="+")
    full_name = models.CharField(_("name"), max_length=160)
    email = models.EmailField(_("e-mail"), blank=True)
    acting = models.BooleanField(_("acting"), default=False)
    order_no = OrderNumberField(_("order number"), max_length=60, blank=True)
    valid_to = models.DateField(_("until"), null=True, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="invitations_sent")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self):
        return f"{self.full_name} · {self.get_role_display()}"

    def is_open(self, moment):
        return not self.accepted_at and not self.revoked_at and moment < self.expires_at
