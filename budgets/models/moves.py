"""Money that moves after it was allocated: into the next fiscal year, or to another project."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from budgets.models.ledger import LedgerEntry
from budgets.models.proposal import Proposal
from budgets.models.round import Round
from budgets.querysets import CarryOverQuerySet, ItemChangeQuerySet, TransferQuerySet
from budgets.states import CarryOverState, ItemChangeState, TransferState
from portal import clock
from portal.fields import BahtField
from portal.models import StoredFile, User
from portal.thai.money import baht


class OnAuthority(models.Model):
    """Whose decision it rests on: authority, letter, and who asked and decided here."""

    version = models.PositiveIntegerField(default=1)
    amount_baht = BahtField(_("amount (baht)"))
    reason = models.TextField(_("reason"), max_length=4000)
    authority = models.CharField(_("authority"), max_length=160, blank=True)
    letter_no = models.CharField(_("letter number"), max_length=80, blank=True)
    letter_on = models.DateField(_("date of the letter"), null=True, blank=True)
    letter = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("the letter")
    )
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)

    class Meta:
        abstract = True


class CarryOver(OnAuthority):
    """Money bound by contract and not yet paid, kept for paying in the next fiscal year (การกันเงินไว้เบิกเหลื่อมปี).

    One that `is_extension` carries what is already carried, until a later day. Source: Budgetary Procedures Act,
    B.E. 2561 (2018), section 43: six months, and six more in agreement with the Ministry of Finance.
    """

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="carry_overs")
    state = models.CharField(_("state"), max_length=12, choices=CarryOverState, default=CarryOverState.REQUESTED)
    until = models.DateField(_("until"))
    is_extension = models.BooleanField(default=False)
    entry = models.OneToOneField(LedgerEntry, models.PROTECT, null=True, blank=True, related_name="carry_over")

    objects = CarryOverQuerySet.as_manager()

    class Meta:
        verbose_name = _("carry-over")
        constraints = [
            models.UniqueConstraint(
                name="carry_over_asked_once",
                fields=["proposal"],
                condition=Q(state="requested"),
                violation_error_message=_("A carry-over of this project already waits for its decision."),
            ),
            models.CheckConstraint(
                name="carry_over_not_zero",
                condition=Q(amount_baht__gt=0),
                violation_error_message=_("Give an amount above zero."),
            ),
            models.CheckConstraint(
                name="carry_over_granted_by_letter",
                condition=~Q(state="granted") | (~Q(authority="") & ~Q(letter_no="") & Q(letter_on__isnull=False)),
                violation_error_message=_("A carry-over is granted by an authority's letter: name both."),
            ),
        ]

    def __str__(self):
        return str(_("Carry-over of %(amount)s") % {"amount": baht(self.amount_baht)})

    def get_absolute_url(self):
        return reverse("budgets:carry-over", args=[self.proposal_id, self.pk])

    @property
    def local_government(self):
        return self.proposal.local_government

    @property
    def case(self):
        return self.proposal


class ItemChange(OnAuthority):
    """Other items for the money of a project that is carried out (การเปลี่ยนแปลงรายการ), on an authority's letter.

    `before` and `after` are the items as `budgets.money.rescoping` reads them, `amount_baht` what they come to then.
    """

    proposal = models.ForeignKey(Proposal, models.PROTECT, related_name="item_changes")
    state = models.CharField(_("state"), max_length=12, choices=ItemChangeState, default=ItemChangeState.REQUESTED)
    before = models.JSONField()
    after = models.JSONField()

    objects = ItemChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of items")
        constraints = [
            models.UniqueConstraint(
                name="item_change_asked_once",
                fields=["proposal"],
                condition=Q(state="requested"),
                violation_error_message=_("A change of items of this project already waits for its decision."),
            ),
            models.CheckConstraint(
                name="item_change_by_letter",
                condition=~Q(authority="") & ~Q(letter_no="") & Q(letter_on__isnull=False),
                violation_error_message=_("A change of items rests on an authority's letter: name both."),
            ),
        ]

    def __str__(self):
        return str(_("Change of items (%(letter)s)") % {"letter": self.letter_no})

    def get_absolute_url(self):
        return reverse("budgets:item-change", args=[self.proposal_id, self.pk])

    @property
    def local_government(self):
        return self.proposal.local_government

    @property
    def case(self):
        return self.proposal


class Transfer(OnAuthority):
    """Money of a round that goes from one project to another under an authority's letter (การโอนงบประมาณ)."""

    round = models.ForeignKey(Round, models.PROTECT, related_name="transfers")
    state = models.CharField(_("state"), max_length=12, choices=TransferState, default=TransferState.PROPOSED)
    source = models.ForeignKey(
        Proposal, models.PROTECT, related_name="transfers_out", verbose_name=_("from the project")
    )
    target = models.ForeignKey(Proposal, models.PROTECT, related_name="transfers_in", verbose_name=_("to the project"))

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = _("transfer")
        constraints = [
            models.CheckConstraint(
                name="transfer_not_zero",
                condition=Q(amount_baht__gt=0),
                violation_error_message=_("Give an amount above zero."),
            ),
            models.CheckConstraint(
                name="transfer_between_two_projects",
                condition=~Q(source=F("target")),
                violation_error_message=_("Choose two different projects."),
            ),
            models.CheckConstraint(
                name="transfer_by_letter",
                condition=~Q(authority="") & ~Q(letter_no="") & Q(letter_on__isnull=False),
                violation_error_message=_("A transfer rests on an authority's letter: name both."),
            ),
        ]

    def __str__(self):
        return str(_("Transfer of %(amount)s") % {"amount": baht(self.amount_baht)})

    def get_absolute_url(self):
        return reverse("budgets:transfer", args=[self.round_id, self.pk])

    @property
    def case(self):
        return self.round
