"""What the pages of carry-overs, transfers and the year's end ask."""

from decimal import Decimal

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from budgets.filters import PlaceFilters
from budgets.forms.sections import KnownChoice, categories_of
from budgets.models import Proposal
from budgets.money import ledger, moving, rescoping
from budgets.states import PriceBasis, TransferState
from portal import clock
from portal.fields import BahtFormField, ThaiDateField, ThaiIntegerField
from portal.filters import ChoicesFilter
from portal.forms import MoneyInput, NumberInput, PortalForm, ThaiDateInput, UploadInput
from portal.states import LocalGovernmentKind
from portal.thai.dates import thaidate
from portal.thai.money import baht


class AskCarryOverForm(PortalForm):
    """How much of what is bound and unpaid is carried over, until when, and why."""

    amount_baht = BahtFormField(label=_("Amount to carry over"), min_value=Decimal("0.01"), widget=MoneyInput)
    until = ThaiDateField(label=_("To be paid until"), widget=ThaiDateInput)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Why it cannot be paid within the fiscal year, and when it will be delivered."),
        error_messages={"required": _("Give the reason.")},
    )

    def __init__(self, *args, proposal, is_extension=False, **kwargs):
        super().__init__(*args, **kwargs)
        latest = moving.latest_until(proposal.round, is_extension=is_extension)
        self.fields["until"].help_text = _("Not after %(latest)s.") % {"latest": thaidate(latest)}
        if is_extension:
            del self.fields["amount_baht"]
        else:
            unpaid = moving.unpaid_baht(proposal)
            self.fields["amount_baht"].help_text = _("Committed and unpaid: %(sum)s.") % {"sum": baht(unpaid)}
            self.initial.setdefault("amount_baht", unpaid)
        self.initial.setdefault("until", latest)


class OnLetter(PortalForm):
    """What is asked on a letter, which was written by today."""

    def clean_letter_on(self):
        day = self.cleaned_data["letter_on"]
        if day > clock.today():
            raise forms.ValidationError(_("The letter cannot be dated in the future."))
        return day


class TransferForm(OnLetter):
    """From which project to which, how much, and on whose letter."""

    source = forms.ModelChoiceField(label=_("From the project"), queryset=None, empty_label=_("Choose"))
    target = forms.ModelChoiceField(label=_("To the project"), queryset=None, empty_label=_("Choose"))
    amount_baht = BahtFormField(label=_("Amount"), min_value=Decimal("0.01"), widget=MoneyInput)
    authority = forms.CharField(
        label=_("Authority"), help_text=_("Who decided, for example the Director of the Budget Bureau."), max_length=160
    )
    letter_no = forms.CharField(label=_("Letter number"), max_length=80)
    letter_on = ThaiDateField(label=_("Date of the letter"), widget=ThaiDateInput)
    reason = forms.CharField(label=_("Reason"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    letter = forms.FileField(label=_("The letter"), required=False, widget=UploadInput(kinds=("pdf",)))

    def __init__(self, *args, round, by, **kwargs):
        super().__init__(*args, **kwargs)
        cases = Proposal.objects.visible_to(by).filter(round=round, state__in=moving.WITH_ALLOCATION)
        cases = cases.select_related("local_government__district").order_by("number", "pk")
        self.fields["source"].queryset = self.fields["target"].queryset = cases
        self.fields["source"].label_from_instance = self.giving
        self.fields["target"].label_from_instance = self.taking

    @staticmethod
    def giving(case):
        return f"{case.number} {case.local_government}: " + _("%(left)s not committed") % {
            "left": baht(ledger.free_baht(case))
        }

    @staticmethod
    def taking(case):
        return f"{case.number} {case.local_government}: " + _("%(left)s less than asked") % {
            "left": baht(case.requested_baht - case.allocated_baht)
        }

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("source") and cleaned.get("source") == cleaned.get("target"):
            self.add_error("target", _("Choose two different projects."))
        for end, way in (("source", -1), ("target", 1)):
            if cleaned.get(end) and cleaned.get("amount_baht") and (refusal := self.refusal(end, way)):
                self.add_error("amount_baht", refusal)
        return cleaned

    def refusal(self, end, way):
        """What stands in the way of the amount today at one end; it is asked again when the transfer is approved."""
        answer = moving.in_the_way(self.cleaned_data[end], way * self.cleaned_data["amount_baht"])
        return answer and answer.message


class ItemChangeForm(OnLetter):
    """On whose letter the items change, and why."""

    authority = forms.CharField(
        label=_("Authority"), help_text=_("Who approved the change, for example the governor."), max_length=160
    )
    letter_no = forms.CharField(label=_("Letter number"), max_length=80)
    letter_on = ThaiDateField(label=_("Date of the letter"), widget=ThaiDateInput)
    reason = forms.CharField(label=_("Reason"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    letter = forms.FileField(label=_("The letter"), required=False, widget=UploadInput(kinds=("pdf",)))


class ChangedItemForm(PortalForm):
    """An item as it shall be; `item` is the one that it changes, or None for a new one."""

    marks_optional = False

    description = forms.CharField(label=_("Description"), max_length=500)
    category = KnownChoice(label=_("Category"))
    quantity = ThaiIntegerField(label=_("Quantity"), min_value=1, max_value=2_000_000_000, widget=NumberInput)
    unit = forms.CharField(label=_("Unit"), max_length=40)
    unit_price_baht = BahtFormField(label=_("Unit price"), widget=MoneyInput)
    fiscal_year = forms.TypedChoiceField(label=_("Fiscal year"), coerce=int)
    quarter = forms.TypedChoiceField(label=_("Quarter"), coerce=int, choices=[(n, str(n)) for n in (1, 2, 3, 4)])
    price_basis = forms.ChoiceField(label=_("Where the unit price comes from"), choices=PriceBasis.choices)
    price_reference = forms.CharField(label=_("Page, item or certificate number"), max_length=200, required=False)

    def __init__(self, *args, categories, years, item=None, is_bound_by_contract=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.item, self.is_bound_by_contract = item, is_bound_by_contract
        self.fields["category"].offer(categories)
        self.fields["fiscal_year"].choices = [(year, str(year)) for year in years]
        is_listed = item is not None and item.price_basis == PriceBasis.REGISTRY
        bases = [one for one in PriceBasis.choices if is_listed or one[0] != PriceBasis.REGISTRY]
        self.fields["price_basis"].choices = [("", _("Choose")), *bases]

    def has_changed(self):
        """Whether anything was written: for a new item, more than the choices that stand there by themselves."""
        if self.item is None:
            return any(self[name].value() for name in ("description", "quantity", "unit", "unit_price_baht"))
        return super().has_changed()

    def clean_category(self):
        if self.cleaned_data["category"] is None:
            raise forms.ValidationError(_("Choose one of the list."))
        return self.cleaned_data["category"]

    def row(self):
        """What was filled in, as `budgets.money.rescoping.ask` takes it."""
        given = {name: self.cleaned_data[name] for name in ("category", *rescoping.WRITTEN)}
        return {"id": self.item.pk if self.item else None, **given}


class BaseChangedItems(forms.BaseFormSet):
    """The items of a project, and empty ones to add; one that a contract names cannot be taken out."""

    deletion_widget = forms.CheckboxInput

    def __init__(self, *args, proposal, **kwargs):
        self.held = list(proposal.items.select_related("category").order_by("position", "pk"))
        self.bound = rescoping.under_contract(proposal)
        self.categories = list(categories_of(proposal.round))
        self.years = sorted({proposal.round.fiscal_year, *(item.fiscal_year for item in self.held)} - {None})
        first = [
            {"category": item.category_id, **{name: getattr(item, name) for name in rescoping.WRITTEN}}
            for item in self.held
        ]
        super().__init__(*args, initial=first, **kwargs)

    def get_form_kwargs(self, index):
        item = self.held[index] if index is not None and index < len(self.held) else None
        offered = {"categories": self.categories, "years": self.years}
        return {**offered, "item": item, "is_bound_by_contract": bool(item and item.pk in self.bound)}

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Take this item out")

    def rows(self):
        """All items as they shall be."""
        kept = [form for form in self.forms if form.item or form.has_changed()]
        return [form.row() for form in kept if not form.cleaned_data.get("DELETE")]


ChangedItems = forms.formset_factory(
    ChangedItemForm, formset=BaseChangedItems, extra=2, can_delete=True, max_num=400, absolute_max=500
)


class TransferFilter(django_filters.FilterSet):
    state = ChoicesFilter(label=_("State"), choices=TransferState.choices)


class YearEndFilter(PlaceFilters):
    """Of projects under way; `show` is the tab."""

    kind = django_filters.ChoiceFilter(
        label=_("Kind"),
        field_name="local_government__kind",
        choices=LocalGovernmentKind.choices,
        empty_label=_("All kinds"),
    )
    show = django_filters.CharFilter(label="", method="as_it_is", widget=forms.HiddenInput, required=False)

    class Meta:
        model = Proposal
        fields = []

    def as_it_is(self, queryset, _name, _value):
        return queryset
