"""What is filled in while a project is carried out: contracts, payments, corrections, quarterly reports."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from budgets.models import LedgerEntry, ProposalItem
from budgets.money import ledger
from budgets.states import Entry
from portal import clock
from portal.fields import BahtFormField, ThaiDateField, ThaiDecimalField
from portal.forms import CheckboxGroup, MoneyInput, NumberInput, PortalForm, ThaiDateInput, UploadInput
from portal.thai.dates import thaidate
from portal.thai.money import baht

EVIDENCE = ("pdf", "png", "jpg", "jpeg")
LARGEST = Decimal("999999999999.9999")


class EntryForm(PortalForm):
    """What a commitment and a disbursement have in common."""

    amount_baht = BahtFormField(label=_("Amount"), min_value=Decimal("0.01"), widget=MoneyInput)
    on = ThaiDateField(label=_("Date"), widget=ThaiDateInput)
    reference = forms.CharField(label=_("Reference"), max_length=200, required=False)
    file = forms.FileField(label=_("File"), required=False, widget=UploadInput(kinds=EVIDENCE))

    def __init__(self, *args, proposal, **kwargs):
        super().__init__(*args, **kwargs)
        self.proposal = proposal
        if not self.is_bound:
            self.initial.setdefault("on", clock.today())

    def clean_on(self):
        day = self.cleaned_data["on"]
        if day > clock.today():
            raise ValidationError(_("The date cannot lie in the future."))
        return day


class CommitmentForm(EntryForm):
    """A contract: with whom, for which items, for how much."""

    contractor = forms.CharField(label=_("Seller or contractor"), max_length=200)
    contract_no = forms.CharField(label=_("Contract number"), max_length=80, required=False)
    egp_no = forms.CharField(label=_("e-GP project number"), max_length=40, required=False)
    items = forms.ModelMultipleChoiceField(
        label=_("Items that it covers"), queryset=None, required=False, widget=CheckboxGroup
    )

    field_order = ["contractor", "amount_baht", "on", "contract_no", "egp_no", "items", "reference", "file"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["on"].label = _("Signed on")
        self.fields["file"].label = _("Contract")
        self.fields["items"].queryset = ProposalItem.objects.filter(proposal=self.proposal).order_by("position", "pk")
        self.offer_later_years()

    def offer_later_years(self):
        """A box for each later fiscal year of the plan, with what of it no contract binds yet."""
        planned, bound = ledger.planned_later(self.proposal), ledger.bound_later(self.proposal)
        self.years = sorted(year for year, amount in planned.items() if amount)
        if self.years:
            own = {"year": self.proposal.round.fiscal_year}
            self.fields["amount_baht"].label = gettext("Amount of fiscal year %(year)s") % own
        for year in self.years:
            left = planned[year] - bound.get(year, Decimal(0))
            self.fields[f"later_{year}"] = BahtFormField(
                label=gettext("Binds of fiscal year %(year)s") % {"year": year},
                required=False,
                help_text=gettext("The plan has %(left)s for it that no contract binds yet.") % {"left": baht(left)},
                widget=MoneyInput,
            )
        after = self.field_order.index("amount_baht") + 1
        self.order_fields([*self.field_order[:after], *(f"later_{y}" for y in self.years), *self.field_order[after:]])

    def clean(self):
        cleaned = super().clean()
        given = {year: cleaned.pop(f"later_{year}", None) for year in self.years}
        cleaned["later_years"] = {year: amount for year, amount in given.items() if amount}
        return cleaned

    def clean_items(self):
        return list(self.cleaned_data["items"])


class DisbursementForm(EntryForm):
    """A payment against a contract."""

    commitment = forms.ModelChoiceField(label=_("Against the contract"), queryset=None, empty_label=None)

    field_order = ["commitment", "amount_baht", "on", "reference", "file"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["on"].label = _("Paid on")
        self.fields["reference"].label = _("Number of the payment order")
        self.fields["file"].label = _("Evidence of payment")
        open_ones = LedgerEntry.objects.filter(
            proposal=self.proposal, kind=Entry.COMMITMENT, reverses=None, reversed_by=None
        )
        self.fields["commitment"].queryset = open_ones.order_by("pk")
        self.fields["commitment"].label_from_instance = contract_line

    def clean(self):
        cleaned = super().clean()
        commitment = cleaned.get("commitment")
        if commitment is not None:
            cleaned["contractor"], cleaned["contract_no"] = commitment.contractor, commitment.contract_no
        return cleaned


def contract_line(entry):
    """A contract as it stands in a list of choices: with whom, when, how much is left of it."""
    words = {
        "who": entry.contractor or entry.reference or gettext("Contract"),
        "day": thaidate(entry.on),
        "left": baht(entry.amount_baht - ledger.disbursed_against(entry)),
    }
    return gettext("%(who)s, %(day)s: %(left)s left") % words


class ExternalNumberForm(PortalForm):
    """The number that BBL or SOLA gave to a request."""

    marks_optional = False

    number = forms.CharField(
        label=_("Number in the system"), max_length=40, error_messages={"required": _("Give the number.")}
    )


class ReverseForm(PortalForm):
    """Why an entry is taken back."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Give the reason.")},
    )  # fmt: skip


class ReportForm(PortalForm):
    """A quarterly report; nothing is demanded before it is signed."""

    marks_optional = False

    physical_pct = ThaiDecimalField(
        label=_("Physical progress (%)"),
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
        widget=NumberInput({"class": "w-short w-number"}),
        help_text=_("Of the whole project, from 0 to 100."),
    )
    problem = forms.CharField(
        label=_("Problems and remedies"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What is behind the plan, why, and what you do about it. Leave it empty when all is well."),
    )

    def __init__(self, *args, kpis, **kwargs):
        super().__init__(*args, **kwargs)
        self.kpis = list(kpis)
        for kpi in self.kpis:
            self.fields[f"kpi-{kpi.pk}"] = ThaiDecimalField(
                label=kpi.name_th,
                required=False,
                min_value=-LARGEST,
                max_value=LARGEST,
                decimal_places=4,
                widget=NumberInput({"class": "w-short w-number"}),
            )

    @property
    def kpi_fields(self):
        """For the page: (indicator, box) pairs."""
        return [(kpi, self[f"kpi-{kpi.pk}"]) for kpi in self.kpis]

    def typed(self):
        """What does not fit, word for word: `{name of the box: text}`."""
        return {name: self.data.get(name, "") for name in self.fields if name in self.errors}

    def actuals(self):
        """What was measured, `{kpi: value}`, of the boxes that were filled in and fit."""
        given = {kpi: self.cleaned_data.get(f"kpi-{kpi.pk}") for kpi in self.kpis}
        return {kpi: value for kpi, value in given.items() if value is not None}


class PhotoForm(PortalForm):
    """A photograph with its caption."""

    marks_optional = False

    file = forms.FileField(label=_("Photograph"), widget=UploadInput(kinds=("jpg", "jpeg", "png", "webp")))
    caption = forms.CharField(
        label=_("What it shows"), max_length=200, help_text=_("Where and when, and what can be seen.")
    )
