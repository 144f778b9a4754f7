"""What a programme manager fills in to set up a round."""

from django import forms
from django.core.exceptions import ValidationError
from django.forms import formset_factory
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from budgets.models import ExpenseCategory, PriceEdition, Round
from budgets.setup import window_of
from budgets.states import Channel, DocumentWhen
from portal.fields import BahtFormField, ThaiDateField, ThaiDateTimeField, ThaiDecimalField, ThaiIntegerField
from portal.forms import (
    CheckboxGroup,
    MoneyInput,
    NumberInput,
    PortalForm,
    Radios,
    ThaiDateInput,
    ThaiDateTimeInput,
)
from portal.states import LocalGovernmentKind, SmartDimension

SHORT = {"class": "w-short"}


def text_area(rows=4):
    return forms.Textarea(attrs={"rows": rows})


def add_errors(form, error):
    """Put a ValidationError of the domain on `form`: at the fields that it has, the rest above it."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error.messages)
        return
    for name, messages in error.message_dict.items():
        form.add_error(name if name in form.fields else None, messages)


class YearField(ThaiIntegerField):
    """A Buddhist-era fiscal year."""

    def __init__(self, **kwargs):
        super().__init__(
            **{
                "label": _("Fiscal year"),
                "help_text": _("In the Buddhist era, October to September: 2571 for example."),
                "min_value": 2500,
                "max_value": 2700,
                "widget": NumberInput({**SHORT, "inputmode": "numeric"}),
                **kwargs,
            }
        )

    def show(self, value):
        return str(value)


class NewRoundForm(PortalForm):
    """A new round, empty or after the model of another."""

    fiscal_year = YearField()
    name_th = forms.CharField(label=_("Name in Thai"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    source = forms.ModelChoiceField(
        label=_("Begin with"),
        queryset=None,
        required=False,
        empty_label=_("The portal's defaults"),
        help_text=_("Themes, rubric, checklist and rules are copied; dates are left open."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = Round.objects.order_by("-fiscal_year", "-pk")
        self.fields["source"].label_from_instance = lambda round: f"{round.fiscal_year} · {round.name}"


class BasicsForm(PortalForm):
    """Name, dates and money of a round."""

    fiscal_year = YearField()
    name_th = forms.CharField(label=_("Name in Thai"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    ceiling_baht = BahtFormField(
        label=_("Ceiling of the round"),
        required=False,
        widget=MoneyInput,
        help_text=_("What is announced now. The enacted ceilings are recorded later, from the Act."),
    )
    opens_at = ThaiDateTimeField(label=_("Opens"), required=False, widget=ThaiDateTimeInput)
    closes_at = ThaiDateTimeField(
        label=_("Closes"),
        required=False,
        widget=ThaiDateTimeInput,
        help_text=_("To the minute, by the portal's clock: 16.30 means that 16.29 is the last minute."),
    )
    screening_due_on = ThaiDateField(label=_("Screening due"), required=False, widget=ThaiDateInput)
    review_due_on = ThaiDateField(label=_("Review due"), required=False, widget=ThaiDateInput)
    announces_on = ThaiDateField(label=_("Results expected"), required=False, widget=ThaiDateInput)


class EligibilityForm(PortalForm):
    """Who may apply, and which money the round is about."""

    kinds = forms.MultipleChoiceField(
        label=_("Kinds of local government that may apply"),
        choices=LocalGovernmentKind.choices,
        required=False,
        widget=CheckboxGroup,
    )
    channels = forms.MultipleChoiceField(
        label=_("Channels that this round pays from"),
        choices=Channel.choices,
        required=False,
        widget=CheckboxGroup,
        help_text=_("Only money from these channels, in the round's fiscal year, counts as requested."),
    )


class RulesForm(PortalForm):
    """The plan, the days to revise and to appeal, and the reviewers."""

    plan_window = forms.ChoiceField(
        label=_("Window of the local development plan"),
        required=False,
        widget=Radios,
        help_text=_("A project must stand in the plan of these five years."),
    )
    accepts_expected_plan = forms.BooleanField(
        label=_("A plan that is under way is accepted, with the date on which its approval is expected"), required=False
    )
    return_working_days = ThaiIntegerField(
        label=_("Working days to revise after a return"), min_value=1, max_value=90, widget=NumberInput(SHORT)
    )
    appeal_working_days = ThaiIntegerField(
        label=_("Working days to appeal after the announcement"), min_value=1, max_value=90, widget=NumberInput(SHORT)
    )
    reviewers_per_proposal = ThaiIntegerField(
        label=_("Reviewers for each proposal"), min_value=1, max_value=9, widget=NumberInput(SHORT)
    )
    needs_trained_person = forms.BooleanField(
        label=_("The office has an ambassador in service, or an officer trained within 24 months"),
        required=False,
        help_text=_("Without one a proposal cannot be signed. The office is told 60 days before it lapses."),
    )

    def __init__(self, *args, round, **kwargs):
        super().__init__(*args, **kwargs)
        own = window_of(round.fiscal_year)
        first = int(own[:4])
        windows = [f"{year}-{year + 4}" for year in (first - 5, first, first + 5)]
        if round.plan_window and round.plan_window not in windows:
            windows.append(round.plan_window)
        self.fields["plan_window"].choices = [(window, window.replace("-", "–")) for window in windows]


class PricesForm(PortalForm):
    """Expense categories, and the editions of the price standards."""

    categories = forms.ModelMultipleChoiceField(
        label=_("Expense categories"), queryset=None, required=False, widget=CheckboxGroup
    )
    editions = forms.ModelMultipleChoiceField(
        label=_("Editions of the price standards"),
        queryset=None,
        required=False,
        widget=CheckboxGroup,
        help_text=_("An item is judged by the edition in force when its proposal was first submitted."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        heads = ExpenseCategory.objects.filter(children=None).select_related("parent")
        self.fields["categories"].queryset = heads.order_by("parent__position", "position", "pk")
        self.fields["editions"].queryset = PriceEdition.objects.order_by("standard", "-issued_on", "pk")

    def clean_categories(self):
        return list(self.cleaned_data["categories"])

    def clean_editions(self):
        return list(self.cleaned_data["editions"])


class ThemeForm(PortalForm):
    """A focus theme in both languages, with its amounts and demands."""

    name_th = forms.CharField(label=_("Name in Thai"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    description_th = forms.CharField(
        label=_("What this theme is for, in Thai"),
        max_length=4000,
        required=False,
        widget=text_area(),
        help_text=_("Which problems, which kinds of projects, and what does not belong here."),
    )
    description_en = forms.CharField(
        label=_("What this theme is for, in English"), max_length=4000, required=False, widget=text_area()
    )
    dimensions = forms.MultipleChoiceField(
        label=_("Smart-city dimensions"), choices=SmartDimension.choices, required=False, widget=CheckboxGroup
    )
    ceiling_baht = BahtFormField(
        label=_("Ceiling of the theme"),
        required=False,
        widget=MoneyInput,
        help_text=_("Left empty, only the round's ceiling counts."),
    )
    min_baht = BahtFormField(label=_("Least amount a proposal may ask"), required=False, widget=MoneyInput)
    max_baht = BahtFormField(label=_("Largest amount a proposal may ask"), required=False, widget=MoneyInput)
    required_kpis = forms.CharField(
        label=_("Indicators that every proposal must have"),
        required=False,
        widget=text_area(3),
        help_text=_("One a line, in Thai, word for word as proposals must write them."),
    )

    def clean_required_kpis(self):
        return [line.strip() for line in self.cleaned_data["required_kpis"].splitlines() if line.strip()]


class ReviseThemeForm(ThemeForm):
    """A new edition of a theme, with what makes it necessary."""

    reason = forms.CharField(
        label=_("Reason for the new edition"),
        max_length=300,
        widget=text_area(2),
        help_text=_("It is shown beside the theme. Proposals already submitted keep the edition they answered."),
    )


class DocumentForm(PortalForm):
    """A line of the document checklist."""

    name_th = forms.CharField(label=_("Name in Thai"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    when = forms.ChoiceField(label=_("Required"), choices=DocumentWhen.choices, widget=Radios)
    theme = forms.ModelChoiceField(
        label=_("Only for the theme"), queryset=None, required=False, empty_label=_("All themes of the round")
    )
    kind = forms.SlugField(
        label=_("Code"),
        max_length=40,
        required=False,
        help_text=_("Latin letters, digits and dashes; programs know the document by it. Left empty, it is made."),
        widget=forms.TextInput(SHORT),
    )

    def __init__(self, *args, round, **kwargs):
        super().__init__(*args, **kwargs)
        self.round = round
        self.fields["theme"].queryset = round.themes.order_by("position", "pk")

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("kind") and "kind" not in self.errors:
            cleaned["kind"] = self.initial.get("kind") or self._free_code(cleaned.get("name_en") or "")
        return cleaned

    def _free_code(self, name):
        taken = set(self.round.documents.values_list("kind", flat=True))
        stem = slugify(name)[:32].strip("-") or "document"
        codes = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(taken) + 2))
        return next(code for code in codes if code not in taken)


class RubricForm(PortalForm):
    """The limits of a rubric; its criteria are `CriteriaFormSet`."""

    pass_mark = ThaiDecimalField(
        label=_("Pass mark"), decimal_places=2, min_value=0, max_value=999, widget=NumberInput(SHORT)
    )
    spread_limit = ThaiDecimalField(
        label=_("Largest spread between two reviewers"),
        decimal_places=2,
        min_value=0,
        max_value=999,
        widget=NumberInput(SHORT),
        help_text=_("Points of the total. Above it a third reviewer is asked."),
    )
    justify_below_pct = ThaiIntegerField(
        label=_("A reason is asked below (%)"), min_value=0, max_value=100, widget=NumberInput(SHORT)
    )
    justify_above_pct = ThaiIntegerField(
        label=_("A reason is asked above (%)"), min_value=0, max_value=100, widget=NumberInput(SHORT)
    )

    def __init__(self, *args, is_open=False, **kwargs):
        super().__init__(*args, **kwargs)
        if is_open:
            self.fields["reason"] = forms.CharField(
                label=_("Reason for the new edition"), max_length=300, widget=text_area(2)
            )


LEAST_ANCHORS = 3


class CriterionForm(PortalForm):
    """A criterion with what its scores mean: one row for each written score, and an empty one more."""

    name_th = forms.CharField(label=_("Name in Thai"), max_length=200)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    max_score = ThaiIntegerField(
        label=_("Largest score"), min_value=1, max_value=1000, widget=NumberInput({**SHORT, "inputmode": "numeric"})
    )

    def __init__(self, *args, anchor_rows=LEAST_ANCHORS, **kwargs):
        super().__init__(*args, **kwargs)
        given = self.initial.get("anchors") or []
        self.anchor_rows = max(anchor_rows, len(given) + 1)
        for row in range(self.anchor_rows):
            anchor = given[row] if row < len(given) else {}
            self._add_anchor(row, anchor)

    def _add_anchor(self, row, anchor):
        score = ThaiIntegerField(label=_("Score"), required=False, min_value=0, widget=NumberInput(SHORT))
        thai = forms.CharField(label=_("Means, in Thai"), required=False, max_length=500)
        english = forms.CharField(label=_("In English"), required=False, max_length=500)
        for name, field in (("score", score), ("text_th", thai), ("text_en", english)):
            self.fields[f"anchor-{row}-{name}"] = field
            self.initial.setdefault(f"anchor-{row}-{name}", anchor.get(name))

    @property
    def anchor_fields(self):
        """For the page: (score, Thai, English) boxes by row."""
        return [
            [self[f"anchor-{row}-{name}"] for name in ("score", "text_th", "text_en")]
            for row in range(self.anchor_rows)
        ]

    def clean(self):
        cleaned = super().clean()
        anchors = []
        for row in range(self.anchor_rows):
            score, thai, english = (cleaned.pop(f"anchor-{row}-{n}", None) for n in ("score", "text_th", "text_en"))
            if score is None and not thai and not english:
                continue
            if score is None:
                self.add_error(f"anchor-{row}-score", _("Give the score that these words belong to."))
            elif not thai:
                self.add_error(f"anchor-{row}-text_th", _("Say what this score means."))
            else:
                anchors.append({"score": score, "text_th": thai, "text_en": english or ""})
        cleaned["anchors"] = sorted(anchors, key=lambda anchor: anchor["score"])
        return cleaned


class BaseCriteria(forms.BaseFormSet):
    """The criteria in order, with two empty ones to fill."""

    deletion_widget = forms.CheckboxInput

    def get_form_kwargs(self, index):
        kwargs = super().get_form_kwargs(index)
        if self.is_bound:
            prefix = f"{self.add_prefix(index)}-anchor-"
            rows = {name.removeprefix(prefix).split("-")[0] for name in self.data if name.startswith(prefix)}
            numbers = [int(row) for row in rows if row.isascii() and row.isdigit() and len(row) < 3]
            kwargs["anchor_rows"] = min(max(numbers, default=0) + 1, 20)
        return kwargs

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Take this criterion out")
        form.fields["ORDER"].label = _("Place in the order")
        form.fields["ORDER"].widget = NumberInput({**SHORT, "inputmode": "numeric"})

    def clean(self):
        if not any(self.errors) and not self.rows():
            raise ValidationError(_("Write at least one criterion."))

    def rows(self):
        """The criteria to keep, in order, as `budgets.setup.save_rubric` takes them."""
        kept = [form for form in self.forms if form.has_changed() or form.initial]
        kept = [form for form in kept if form.cleaned_data.get("name_th") and not form.cleaned_data.get("DELETE")]
        kept.sort(key=lambda form: (form.cleaned_data.get("ORDER") is None, form.cleaned_data.get("ORDER") or 0))
        names = ("name_th", "name_en", "max_score", "anchors")
        return [{name: form.cleaned_data[name] for name in names} for form in kept]


CriteriaFormSet = formset_factory(
    CriterionForm, formset=BaseCriteria, extra=1, can_delete=True, can_order=True, max_num=30, absolute_max=40
)
