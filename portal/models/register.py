"""The register of local governments as it lives: changes by the Gazette, national lists, reports of mistakes."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models.files import StoredFile
from portal.models.people import User
from portal.models.places import District, LocalGovernment, LocalGovernmentCode, Subdistrict
from portal.states import ChangeKind, CodeScheme, LocalGovernmentKind

ASKS = {
    ChangeKind.ADD: ("name_th", "new_kind", "code", "district"),
    ChangeKind.RENAME: ("place", "name_th"),
    ChangeKind.UPGRADE: ("place", "name_th", "new_kind"),
    ChangeKind.MERGE: ("place", "into"),
    ChangeKind.SPLIT: ("place", "name_th", "new_kind", "code", "district"),
    ChangeKind.CLOSE: ("place",),
}
MAY_GIVE = {
    ChangeKind.ADD: ("name_en", "subdistrict"),
    ChangeKind.RENAME: ("name_en", "code"),
    ChangeKind.UPGRADE: ("name_en", "code"),
    ChangeKind.SPLIT: ("name_en", "subdistrict", "cases"),
}


class NationalList(models.Model):
    """A list of all local governments as DLA published it (บัญชีรายชื่อ อปท.): read again each time it is compared."""

    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("national list")

    def __str__(self):
        return self.file.name

    def get_absolute_url(self):
        return reverse("national-list", args=[self.pk])


class PlaceChangeQuerySet(models.QuerySet):
    def waiting(self):
        """Recorded, and neither in effect nor withdrawn."""
        return self.filter(taken_at=None, withdrawn_at=None)

    def due(self, day):
        """Waiting although their day has come."""
        return self.waiting().filter(on__lte=day)

    def visible_to(self, user):
        """What is in effect, for everybody; the rest for those who change the register."""
        if user.is_authenticated and user.has_perm("portal.change_place"):
            return self.exclude(withdrawn_at__isnull=False)
        return self.filter(taken_at__isnull=False)


class PlaceChange(models.Model):
    """A change of the register by the Royal Gazette (การเปลี่ยนแปลงทะเบียน อปท.): it takes effect on its day.

    `place` is the local government that changes, for an addition the new one once there is one; `into` the one that
    stands in its place afterwards, or beside it after a split; `cases` names the open cases that go there with a split
    (`portal.registry.key_of`). `problem` says why it could not take effect although its day has come.
    """

    kind = models.CharField(_("change"), max_length=10, choices=ChangeKind)
    place = models.ForeignKey(
        LocalGovernment, models.PROTECT, null=True, blank=True, related_name="changes",
        verbose_name=_("local government"),
    )  # fmt: skip
    into = models.ForeignKey(
        LocalGovernment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("merged into")
    )
    name_th = models.CharField(_("new name in Thai"), max_length=160, blank=True)
    name_en = models.CharField(_("new name in English"), max_length=160, blank=True)
    new_kind = models.CharField(_("new kind"), max_length=30, choices=LocalGovernmentKind, blank=True)
    code = models.CharField(
        _("new DLA code"), max_length=8, blank=True,
        validators=[RegexValidator(r"\A[0-9]{8}\Z", _("A DLA code has eight digits."))],
    )  # fmt: skip
    district = models.ForeignKey(
        District, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("district")
    )
    subdistrict = models.ForeignKey(
        Subdistrict, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("subdistrict")
    )
    cases = models.JSONField(_("open cases that go to the new one"), default=list, blank=True)
    on = models.DateField(_("in effect from"))
    gazette_ref = models.CharField(_("Royal Gazette reference"), max_length=160)
    source = models.ForeignKey(NationalList, models.PROTECT, null=True, blank=True, related_name="changes")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)
    taken_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    problem = models.CharField(max_length=300, blank=True)

    objects = PlaceChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of the register")
        constraints = [
            models.UniqueConstraint(
                name="one_waiting_change_a_place",
                fields=["place"],
                condition=Q(taken_at=None, withdrawn_at=None),
                violation_error_message=_("Another change of this local government is waiting for its day."),
            ),
            models.UniqueConstraint(
                name="one_waiting_change_a_code",
                fields=["code"],
                condition=Q(taken_at=None, withdrawn_at=None) & ~Q(code=""),
                violation_error_message=_("Another change that waits for its day gives this code."),
            ),
            models.CheckConstraint(name="place_change_ends_once", condition=Q(taken_at=None) | Q(withdrawn_at=None)),
            models.CheckConstraint(
                name="place_change_withdrawn_by_somebody",
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["on", "id"])]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.place or self.name_th}"

    def get_absolute_url(self):
        waiting = "?show=waiting" if self.is_waiting else ""
        return f"{reverse('place-changes')}{waiting}#change-{self.pk}"

    @property
    def local_government(self):
        return self.place

    @property
    def is_waiting(self):
        return self.taken_at is None and self.withdrawn_at is None

    def clean(self):
        """Whether the change says what its kind asks, and says it of what is there. Looks at other rows, too."""
        if self.kind not in ASKS or not self.on:
            return
        problems = {name: _("This is needed.") for name in ASKS[self.kind] if not getattr(self, name)}
        allowed = {*ASKS[self.kind], *MAY_GIVE.get(self.kind, ())}
        for name in ("place", "into", "name_th", "name_en", "new_kind", "code", "district", "subdistrict", "cases"):
            if name not in allowed and getattr(self, name):
                problems[name] = _("Leave this out.")
        if not problems:
            problems = self._misfits()
        if problems:
            raise ValidationError(problems)

    def _misfits(self):
        problems, place = {}, self.place
        if self.code:
            held = LocalGovernmentCode.objects.filter(scheme=CodeScheme.DLA, code=self.code)
            if held.exclude(local_government=place).exists():
                problems["code"] = _("This code belongs to another local government.")
        if self.kind == ChangeKind.UPGRADE and self.new_kind == place.kind:
            problems["new_kind"] = _("It is of this kind already. Record a new name instead.")
        if self.kind == ChangeKind.RENAME and self.name_th == place.name_th and self.code in {"", place.code}:
            problems["name_th"] = _("It has this name already.")
        if self.into and (self.into == place or not self.into.is_active(self.on)):
            problems["into"] = _("Choose another local government that exists on that day.")
        if self.kind == ChangeKind.SPLIT and self.district.province_id != place.province_id:
            problems["district"] = _("This district lies in another province.")
        if self.subdistrict and self.subdistrict.district_id != self.district_id:
            problems["subdistrict"] = _("This subdistrict lies in another district.")
        if place and place.active_from and self.on <= place.active_from:
            problems["on"] = _("On that day it did not exist yet.")
        return problems


class PlaceReport(models.Model):
    """Somebody's word that what the register says of their office is wrong (หน่วยงานของฉันไม่ถูกต้อง), and DLA's answer."""

    local_government = models.ForeignKey(LocalGovernment, models.PROTECT, related_name="reports")
    text = models.TextField(_("what is wrong, and what would be right"), max_length=2000)
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(default=clock.now)
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    is_corrected = models.BooleanField(_("corrected"), null=True, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("report about the register")
        constraints = [
            models.CheckConstraint(
                name="place_report_answered_whole",
                condition=Q(answered_at=None, answered_by=None, is_corrected=None, answer="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False, is_corrected__isnull=False) & ~Q(answer="")),
            )
        ]
        indexes = [models.Index(fields=["local_government", "id"])]

    def __str__(self):
        return f"{self.local_government} · {self.sent_at:%Y-%m-%d}"

    def get_absolute_url(self):
        return reverse("place-report", args=[self.pk])
