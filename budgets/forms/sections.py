"""The sections of a proposal as forms: what each asks, how it reads the proposal, how it writes back.

Nothing is required of a draft. What fits a field is written to the proposal; what does not is given back by
`typed` to be kept word for word. A form is divided into units (a field, a list of rows, one item): two people who
change different units of a section do not get into each other's way.
"""

import hashlib
import json
import re
from datetime import date
from decimal import Decimal

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from budgets.models import FundingLine, Kpi, ProposalItem
from budgets.states import Channel, Direction, PlanEdition, PriceBasis, Section
from portal.fields import BahtFormField, ThaiDateField, ThaiDecimalField, ThaiIntegerField
from portal.forms import CheckboxGroup, MoneyInput, NumberInput, PortalForm, RadioCards, Radios, ThaiDateInput
from portal.models import Subdistrict
from portal.states import LocalGovernmentKind, SmartDimension
from portal.thai.dates import thaidate
from portal.thai.digits import to_arabic
from portal.thai.money import figures

YEARS_AHEAD = 5
MOST_ROWS = 100
LARGEST = Decimal("999999999999.9999")
LARGEST_WHOLE = 2_147_483_647
SMALL_LIST = 40


def text_area(rows=6):
    return forms.Textarea(attrs={"rows": rows})


def year_choices(round):
    """The round's fiscal year and those after it, that a project may run through."""
    years = range(round.fiscal_year, round.fiscal_year + YEARS_AHEAD)
    return [("", _("Choose")), *((year, str(year)) for year in years)]


def whole_or_none(value):
    return int(value) if value not in (None, "") else None


def plain(value):
    """A cleaned value in JSON's own types, the same for the same meaning."""
    match value:
        case None:
            return ""
        case Decimal():
            return format(value.normalize(), "f")
        case date():
            return value.isoformat()
        case str() | int():
            return str(value)
    if hasattr(value, "pk"):
        return str(value.pk)
    return sorted(plain(one) for one in value)


def empty_of(field):
    """What a field holds when it is left empty."""
    return field.clean([] if isinstance(field, forms.MultipleChoiceField | forms.ModelMultipleChoiceField) else "")


def digest(value):
    """A short name for what a unit says."""
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:12]


class KnownChoice(forms.ChoiceField):
    """A choice among a few rows that were read once; it cleans to the row itself."""

    def offer(self, rows):
        self.known = {str(row.pk): row for row in rows}
        self.choices = [("", _("Choose")), *((key, str(row)) for key, row in self.known.items())]

    def to_python(self, value):
        return self.known.get(str(value)) if value not in self.empty_values else None

    def validate(self, value):
        """Whatever is known is valid."""

    def clean(self, value):
        found = super().clean(value)
        if found is None and value not in self.empty_values:
            raise forms.ValidationError(_("Choose one of the list."), code="invalid_choice")
        return found


class DraftForm(PortalForm):
    """Fields that may all be left out; `proposal` gives the choices and limits."""

    marks_optional = False

    def __init__(self, proposal, data=None, **kwargs):
        self.proposal = proposal
        super().__init__(data, **kwargs)
        for field in self.fields.values():
            field.required = False
            field.widget.is_required = False
        self.prepare()

    def prepare(self):
        """Set choices that depend on the proposal."""

    def words(self):
        """What the boxes show, as `{html name: [texts]}`."""
        return {bound.html_name: as_words(bound.value()) for bound in self}

    def said(self):
        """What each field says, normalised where it fits and as typed where it does not."""
        wrong = self.errors
        return {
            name: ["typed", *self.typed_in(name)] if name in wrong else plain(self.cleaned_data[name])
            for name in self.fields
        }

    def typed_in(self, name):
        return as_words(self[name].data)

    def typed(self):
        """What does not fit, as `{html name: [texts]}`."""
        return {self[name].html_name: self.typed_in(name) for name in self.errors if name in self.fields}

    def value_of(self, name):
        """The cleaned value, or the field's empty one where what was typed does not fit."""
        return empty_of(self.fields[name]) if name in self.errors else self.cleaned_data[name]

    def spoken(self, name):
        """A field's content as a person reads it."""
        if name in self.errors:
            return " ".join(self.typed_in(name))
        return spoken(self.fields[name], self.cleaned_data[name])

    def problems(self):
        """(id of the control, field and message) of everything that does not fit."""
        return [
            (control_id(self[name]), f"{self[name].label}: {text}")
            for name, texts in self.errors.items()
            for text in texts
        ]


def control_id(bound):
    several = isinstance(bound.field.widget, forms.MultiWidget | forms.RadioSelect | forms.CheckboxSelectMultiple)
    return f"{bound.auto_id}_0" if several else bound.auto_id


def as_words(value):
    if value is None:
        return []
    if isinstance(value, list | tuple | set) or hasattr(value, "__next__") or hasattr(value, "model"):
        return [str(getattr(one, "pk", one)) for one in value]
    return [str(getattr(value, "pk", value))]


def spoken(field, value):
    if value in (None, "", []):
        return "–"
    if hasattr(value, "_meta"):
        return str(value)
    if isinstance(value, date):
        return thaidate(value)
    if isinstance(field, forms.ModelMultipleChoiceField):
        return ", ".join(str(one) for one in value) or "–"
    if isinstance(field, forms.MultipleChoiceField):
        labels = dict(field.choices)
        return ", ".join(str(labels.get(one, one)) for one in value)
    if isinstance(field, forms.TypedChoiceField | forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        labels = {str(key): label for key, label in field.choices}
        return str(labels.get(str(value).lower(), labels.get(str(value), value)))
    if isinstance(field, BahtFormField):
        return figures(value)
    return str(value)


class SectionForm(DraftForm):
    """One section. `lists` are its lists of rows; `keyed` are those whose rows have a key of their own."""

    section = None
    lists = {}
    keyed = {}
    row_titles = {}

    def __init__(self, proposal, data=None, *, blank=0, **kwargs):
        data = None if data is None else self.compact(as_data(data))
        if data is None:
            kwargs["initial"] = self.read(proposal)
        super().__init__(proposal, data, **kwargs)
        self.rows = {name: self.rows_of(name, data, blank) for name in self.lists}
        self.rows |= {name: self.keyed_rows_of(name, data) for name in self.keyed}

    @classmethod
    def present(cls, proposal, typed=None, **kwargs):
        """The section as it is kept now, with what was kept as typed in its place."""
        return cls(proposal, {**cls(proposal).all_words(), **(typed or {})}, **kwargs)

    @classmethod
    def page(cls, proposal, typed=None, *, blank=1):
        """The section as its page shows it: as kept, with what can be suggested, and blank rows to go on in."""
        words = {**cls(proposal).all_words(), **(typed or {})}
        return cls(proposal, cls.suggested(proposal, words), blank=blank)

    @classmethod
    def suggested(cls, proposal, words):
        return words

    # Reading

    def read(self, proposal):
        """The initial values of the fields."""
        return {name: getattr(proposal, name) for name in self.base_fields}

    def stored_rows(self, name):
        """The initial values of each row of a list; for keyed lists as (key, values) pairs."""
        return []

    def rows_of(self, name, data, blank):
        made = self.lists[name]
        if data is None:
            stored = self.stored_rows(name)
            return [made(self.proposal, prefix=f"{name}-{i}", initial=row) for i, row in enumerate(stored)]
        count = len(indices(data, name))
        rows = [made(self.proposal, data, prefix=f"{name}-{i}") for i in range(count)]
        return rows + [made(self.proposal, prefix=f"{name}-{count + i}") for i in range(blank)]

    def keyed_rows_of(self, name, data):
        made = self.keyed[name]
        if data is None:
            return [
                made(self.proposal, prefix=f"{name}-{key}", initial=values) for key, values in self.stored_rows(name)
            ]
        return [made(self.proposal, data, prefix=f"{name}-{key}") for key in indices(data, name)]

    def compact(self, data):
        """`data` with the rows of each list numbered from 0, the empty ones left out."""
        kept = MultiValueDict({key: values for key, values in data.lists() if list_of(key) not in self.lists})
        for name, made in self.lists.items():
            position = 0
            for index in indices(data, name)[:MOST_ROWS]:
                begin = f"{name}-{index}-"
                row = {key[len(begin) :]: values for key, values in data.lists() if key.startswith(begin)}
                if any(text.strip() for key, texts in row.items() if key not in made.says_nothing for text in texts):
                    kept |= MultiValueDict({f"{name}-{position}-{key}": values for key, values in row.items()})
                    position += 1
        return kept

    def all_words(self):
        words = self.words()
        for row in self.filled_rows():
            words |= row.words()
        return words

    def filled_rows(self):
        return [row for rows in self.rows.values() for row in rows if row.is_bound or not self.is_bound]

    # What is said, unit by unit

    def units(self):
        """What each unit says, in JSON's own types."""
        units = self.said()
        units |= {name: [row.said() for row in self.rows[name] if row.is_bound] for name in self.lists}
        units |= {row.prefix: row.said() for name in self.keyed for row in self.rows[name]}
        return units

    def typed(self):
        found = super().typed()
        for row in self.filled_rows():
            found |= row.typed()
        return found

    def problems(self):
        return super().problems() + [one for row in self.filled_rows() for one in row.problems()]

    def label(self, unit):
        """What a unit is called."""
        if unit in self.fields:
            return self.fields[unit].label
        return self.row_titles.get(unit) or self.row_title(unit)

    def row_title(self, unit):
        return unit

    def speak(self, unit):
        """A unit's content as a person reads it, or "" when it is not there."""
        if unit in self.fields:
            return self.spoken(unit)
        if unit in self.lists:
            return "\n".join(row.line() for row in self.rows[unit] if row.is_bound) or "–"
        return next((row.line() for name in self.keyed for row in self.rows[name] if row.prefix == unit), "")

    # Writing

    def write(self, proposal, units):
        """Write the chosen units; the typed words to keep of them, by html name."""
        for name in self.fields:
            if name in units:
                self.write_field(proposal, name, self.value_of(name))
        for name in self.lists:
            if name in units:
                self.write_rows(proposal, name, [row for row in self.rows[name] if row.is_bound])
        return {name: texts for name, texts in self.typed().items() if unit_of(name) in units}

    def write_field(self, proposal, name, value):
        setattr(proposal, name, value)

    def write_rows(self, proposal, name, rows):
        """Write a list of rows."""


def as_data(data):
    """`data` with several values a name, from a request or from `{name: [texts]}`."""
    return data if isinstance(data, MultiValueDict) else MultiValueDict(data)


ROW = re.compile(r"([a-z_]+)-([0-9]{1,12})-.+")


def indices(data, name):
    """The numbers of the rows of list `name`, ascending."""
    found = {int(match[2]) for key in data if (match := ROW.fullmatch(key)) and match[1] == name}
    return sorted(found)


def list_of(html_name):
    match = ROW.fullmatch(html_name)
    return match[1] if match else ""


KEYED = frozenset({"items", "evidence"})


def unit_of(html_name):
    """The unit that a control belongs to."""
    match = ROW.fullmatch(html_name)
    if not match:
        return html_name
    return f"{match[1]}-{match[2]}" if match[1] in KEYED else match[1]


class Row(DraftForm):
    """A row of a list. `says_nothing` are controls that do not make a row count as filled."""

    says_nothing = frozenset()

    def line(self):
        """The row in one line."""
        return " · ".join(text for name in self.fields if (text := self.spoken(name)) != "–")


# Sections


class SummaryForm(SectionForm):
    section = Section.SUMMARY

    theme = forms.ModelChoiceField(label=_("Focus theme of this round"), queryset=None, widget=RadioCards)
    title_th = forms.CharField(
        label=_("Title of the project"),
        max_length=255,
        help_text=_("Say what will be there afterwards and where, for example: flood warning along the Krabi river."),
    )
    title_en = forms.CharField(label=_("Title in English (optional)"), max_length=255)
    primary_dimension = forms.ChoiceField(label=_("Main dimension"), choices=SmartDimension.choices, widget=Radios)
    dimensions = forms.MultipleChoiceField(
        label=_("All dimensions that the project serves"),
        choices=SmartDimension.choices,
        widget=CheckboxGroup,
        help_text=_("Tick the main one too."),
    )
    beneficiaries_count = ThaiIntegerField(
        label=_("People who benefit"),
        min_value=0,
        max_value=LARGEST_WHOLE,
        widget=NumberInput(attrs={"class": "w-number w-short"}),
        help_text=_("Residents and regular users of the place; say in the rationale how you counted."),
    )
    subdistricts = forms.ModelMultipleChoiceField(label=_("Subdistricts served (optional)"), queryset=None)
    priority = ThaiIntegerField(
        label=_("Priority among your office's proposals of this round"),
        min_value=1,
        max_value=999,
        widget=NumberInput(attrs={"class": "w-number w-short"}),
        help_text=_("1 is the most important."),
    )

    def prepare(self):
        themes = list(self.proposal.round.themes.order_by("position", "pk"))
        self.fields["theme"].queryset = self.proposal.round.themes.order_by("position", "pk")
        self.fields["theme"].widget.descriptions = {str(theme.pk): theme_line(theme) for theme in themes}
        self.offer_subdistricts()

    def offer_subdistricts(self):
        place, field = self.proposal.local_government, self.fields["subdistricts"]
        if place.kind in {LocalGovernmentKind.PAO, LocalGovernmentKind.BMA}:
            offered = Subdistrict.objects.filter(district__province=place.province_id).select_related("district")
            field.queryset = offered.order_by("district__name_sort_key", "name_sort_key", "pk")
            field.label_from_instance = lambda one: f"{one.district.name} · {one.name}"
            field.help_text = _("Several may be chosen.")
            field.widget.attrs["size"] = 8
        else:
            offered = Subdistrict.objects.filter(district=place.district_id).order_by("name_sort_key", "pk")
            field.queryset = offered
            field.widget = CheckboxGroup()
            field.widget.choices = field.choices
            field.widget.is_required = False

    def read(self, proposal):
        return super().read(proposal) | {"subdistricts": [one.pk for one in proposal.subdistricts.all()]}

    def write_field(self, proposal, name, value):
        if name == "subdistricts":
            proposal.subdistricts.set(value)
        else:
            super().write_field(proposal, name, value)


def theme_line(theme):
    """The limits of a theme and what it is about."""
    if theme.min_baht is not None and theme.max_baht is not None:
        limits = gettext("%(least)s to %(most)s baht a project") % {
            "least": f"{theme.min_baht:,.0f}",
            "most": f"{theme.max_baht:,.0f}",
        }
    elif theme.max_baht is not None:
        limits = gettext("Up to %(most)s baht a project") % {"most": f"{theme.max_baht:,.0f}"}
    else:
        limits = ""
    return " · ".join(part for part in (limits, theme.description) if part)


class RationaleForm(SectionForm):
    section = Section.RATIONALE

    rationale = forms.CharField(
        label=_("Rationale"),
        max_length=20_000,
        widget=text_area(14),
        help_text=_(
            "What is the problem, how large is it in figures, what was tried before, and why is this the right answer?"
        ),
    )


class ObjectiveRow(Row):
    text = forms.CharField(label=_("Objective"), max_length=1000, widget=text_area(2))


class TargetRow(Row):
    description = forms.CharField(label=_("What will be there"), max_length=500)
    quantity = ThaiDecimalField(
        label=_("Quantity"), min_value=0, max_value=LARGEST, decimal_places=4, widget=NumberInput
    )
    unit = forms.CharField(label=_("Unit"), max_length=60)


class ObjectivesForm(SectionForm):
    section = Section.OBJECTIVES
    lists = {"objectives": ObjectiveRow, "targets": TargetRow}
    row_titles = {"objectives": _("Objectives"), "targets": _("Targets")}

    def stored_rows(self, name):
        if name == "objectives":
            return [{"text": text} for text in self.proposal.objectives]
        return [dict(row) for row in self.proposal.targets]

    def write_rows(self, proposal, name, rows):
        if name == "objectives":
            proposal.objectives = [row.value_of("text") for row in rows]
        else:
            proposal.targets = [
                {
                    "description": row.value_of("description"),
                    "quantity": plain(row.value_of("quantity")),
                    "unit": row.value_of("unit"),
                }
                for row in rows
            ]


class PlanForm(SectionForm):
    section = Section.PLAN

    plan_window = forms.CharField(label=_("Window of the local development plan"), max_length=20)
    plan_edition = forms.ChoiceField(label=_("Edition of the plan"), choices=PlanEdition.choices, widget=Radios)
    plan_page = forms.CharField(label=_("Page"), max_length=20, widget=forms.TextInput(attrs={"class": "w-short"}))
    plan_item_no = forms.CharField(
        label=_("Item number in the plan"), max_length=20, widget=forms.TextInput(attrs={"class": "w-short"})
    )
    plan_approved_on = ThaiDateField(label=_("Plan approved on"), widget=ThaiDateInput)
    plan_expected_on = ThaiDateField(
        label=_("If it is not approved yet: expected on"),
        widget=ThaiDateInput,
        help_text=_("This round accepts a plan that is still under way."),
    )

    def prepare(self):
        window = self.proposal.round.plan_window
        if window:
            text = _("This round is for projects in the plan of %(window)s.")
            self.fields["plan_window"].help_text = text % {"window": window}
        if not self.proposal.round.accepts_expected_plan:
            del self.fields["plan_expected_on"]

    @classmethod
    def suggested(cls, proposal, words):
        if not any(words.get("plan_window", ())) and proposal.round.plan_window:
            return {**words, "plan_window": [proposal.round.plan_window]}
        return words

    def clean_plan_window(self):
        return to_arabic(self.cleaned_data["plan_window"])


class FundingRow(Row):
    channel = forms.ChoiceField(label=_("Channel"))
    fiscal_year = forms.TypedChoiceField(label=_("Fiscal year"), coerce=whole_or_none, empty_value=None)
    amount_baht = BahtFormField(label=_("Amount"), widget=MoneyInput)

    def prepare(self):
        round = self.proposal.round
        asked = [(value, label) for value, label in Channel.choices if value in round.channels]
        other = [(value, label) for value, label in Channel.choices if value not in round.channels]
        groups = [
            (_("Requested from this round"), asked),
            (_("From elsewhere; not part of the request"), other),
        ]
        self.fields["channel"].choices = [("", _("Choose")), *groups]
        self.fields["fiscal_year"].choices = year_choices(round)

    def spoken(self, name):
        if name == "channel" and name not in self.errors and (value := self.cleaned_data[name]):
            return str(Channel(value).label)
        return super().spoken(name)


class ModelRows:
    """Mix-in: a list kept as rows of a model, told apart by their position alone."""

    def write_rows(self, proposal, name, rows):
        related = getattr(proposal, name)
        kept = list(related.all())
        for surplus in kept[len(rows) :]:
            surplus.delete()
        for position, row in enumerate(rows):
            one = kept[position] if position < len(kept) else related.model(proposal=proposal)
            one.position = position
            for field in row.fields:
                setattr(one, field, row.value_of(field))
            one.full_clean(validate_constraints=True)
            one.save()
        proposal._prefetched_objects_cache = {}

    def stored_rows(self, name):
        fields = list(self.lists[name].base_fields)
        rows = getattr(self.proposal, name).all()
        return [{field: tidy(getattr(row, field)) for field in fields} for row in rows]


def tidy(value):
    """A decimal without the places that the column pads it with; amounts keep theirs."""
    if isinstance(value, Decimal) and value.as_tuple().exponent < -2:
        return Decimal(format(value.normalize(), "f"))
    return value


class FundingForm(ModelRows, SectionForm):
    section = Section.FUNDING

    overlap_note = forms.CharField(
        label=_("If the same is asked for elsewhere: how this request differs"),
        max_length=4000,
        help_text=_("For example the same cameras from the provincial organisation, the province or another round."),
        widget=text_area(3),
    )

    lists = {"funding": FundingRow}
    row_titles = {"funding": _("Funding")}
    model = FundingLine


class KpiRow(Row):
    name_th = forms.CharField(label=_("Indicator"), max_length=255)
    unit = forms.CharField(label=_("Unit"), max_length=60)
    baseline = ThaiDecimalField(
        label=_("Baseline"), min_value=-LARGEST, max_value=LARGEST, decimal_places=4, widget=NumberInput
    )
    baseline_on = ThaiDateField(label=_("Baseline measured on"), widget=ThaiDateInput)
    target = ThaiDecimalField(
        label=_("Target"), min_value=-LARGEST, max_value=LARGEST, decimal_places=4, widget=NumberInput
    )
    direction = forms.ChoiceField(label=_("Direction"), choices=[("", _("Choose")), *Direction.choices])

    @property
    def is_demanded(self):
        """Whether the theme demands this indicator."""
        theme = self.proposal.theme
        return bool(theme) and self["name_th"].value() in theme.required_kpis


class KpisForm(ModelRows, SectionForm):
    section = Section.KPIS
    lists = {"kpis": KpiRow}
    row_titles = {"kpis": _("Indicators")}
    model = Kpi

    @classmethod
    def suggested(cls, proposal, words):
        if proposal.theme is None:
            return words
        count = len(indices(MultiValueDict(words), "kpis"))
        present = {texts[0] for key, texts in words.items() if key.endswith("-name_th") and texts}
        demanded = [name for name in proposal.theme.required_kpis if name not in present]
        return words | {f"kpis-{count + i}-name_th": [name] for i, name in enumerate(demanded)}


class UpkeepForm(SectionForm):
    section = Section.UPKEEP

    om_cost_yearly_baht = BahtFormField(
        label=_("Cost of upkeep a year"), widget=MoneyInput, help_text=_("Write 0 when there is none.")
    )
    om_source = forms.CharField(
        label=_("Who pays for the upkeep"),
        max_length=200,
        help_text=_("For example: the local ordinance on expenditure, from the year after delivery."),
    )


class PersonalDataForm(SectionForm):
    section = Section.PERSONAL_DATA

    personal_data_processed = forms.ChoiceField(
        label=_("Does the project collect or use personal data?"),
        choices=[
            ("true", _("Yes, for example cameras, faces, health, location or names of residents")),
            ("false", _("No, only data that point to no person")),
        ],
        widget=Radios,
    )
    personal_data_note = forms.CharField(
        label=_("If so: how are they protected?"),
        max_length=10_000,
        widget=text_area(7),
        help_text=_(
            "Which data, on what legal ground (PDPA), who sees them, how long they are kept, and who answers for them."
        ),
    )

    def read(self, proposal):
        said = {True: "true", False: "false"}.get(proposal.personal_data_processed, "")
        return super().read(proposal) | {"personal_data_processed": said}

    def write_field(self, proposal, name, value):
        if name == "personal_data_processed":
            value = {"true": True, "false": False}.get(value)
        super().write_field(proposal, name, value)


class RiskRow(Row):
    text = forms.CharField(label=_("Risk, and what you will do about it"), max_length=1000, widget=text_area(2))


class RisksForm(SectionForm):
    section = Section.RISKS
    lists = {"risks": RiskRow}
    row_titles = {"risks": _("Risks")}

    def stored_rows(self, name):
        return [{"text": row if isinstance(row, str) else row.get("description", "")} for row in self.proposal.risks]

    def write_rows(self, proposal, name, rows):
        proposal.risks = [row.value_of("text") for row in rows]


class ItemRow(Row):
    description = forms.CharField(label=_("Description"), max_length=500)
    category = KnownChoice(label=_("Category"))
    quantity = ThaiIntegerField(
        label=_("Quantity"),
        min_value=1,
        max_value=LARGEST_WHOLE,
        widget=NumberInput(attrs={"data-quantity": "", "inputmode": "numeric"}),
    )
    unit = forms.CharField(label=_("Unit"), max_length=40)
    unit_price_baht = BahtFormField(label=_("Unit price"), widget=NumberInput(attrs={"data-price": ""}))
    fiscal_year = forms.TypedChoiceField(label=_("Fiscal year"), coerce=whole_or_none, empty_value=None)
    quarter = forms.TypedChoiceField(
        label=_("Quarter"),
        coerce=whole_or_none,
        empty_value=None,
        choices=[("", _("Choose")), *((n, str(n)) for n in (1, 2, 3, 4))],
    )

    def prepare(self):
        self.fields["category"].offer(once(self.proposal, "categories", categories_of))
        self.fields["fiscal_year"].choices = year_choices(self.proposal.round)
        if self.proposal.prices_only and self.item:
            self.lock_all_but_the_price()

    def lock_all_but_the_price(self):
        """Show what was signed as it is, and let nothing else be chosen."""
        for name in ("description", "quantity", "unit"):
            self.fields[name].widget.attrs["readonly"] = True
        self.fields["category"].offer([one for one in [self.item.category] if one])
        for name in ("fiscal_year", "quarter"):
            value = getattr(self.item, name)
            self.fields[name].choices = [(key, label) for key, label in self.fields[name].choices if key == value]

    @property
    def item(self):
        """The item as it is kept."""
        return self.proposal.kept_items.get(int(self.prefix.rpartition("-")[2]))


def categories_of(round):
    """The expense categories that items of the round may have."""
    return round.categories.select_related("parent").order_by("position", "pk")


def editions_of(round):
    """The editions of price standards that items of the round may name."""
    return round.editions.order_by("standard", "-issued_on", "pk")


def once(proposal, name, query):
    """The rows of `query(round)`, read once for all the forms of a page."""
    held = proposal.__dict__.setdefault("_offered", {})
    if name not in held:
        held[name] = list(query(proposal.round))
    return held[name]


class EvidenceRow(Row):
    price_basis = forms.ChoiceField(
        label=_("Where the unit price comes from"), choices=PriceBasis.choices, widget=Radios
    )
    price_edition = KnownChoice(label=_("Edition of the price standard"))
    price_reference = forms.CharField(
        label=_("Page, item or certificate number"),
        max_length=200,
        help_text=_("So that others find the price again, for example: December 2568 edition, page 12, item 3."),
    )
    few_quotations_reason = forms.CharField(
        label=_("If there are fewer than three quotations: why"), max_length=2000, widget=text_area(3)
    )

    def prepare(self):
        editions = once(self.proposal, "editions", editions_of)
        if editions:
            self.fields["price_edition"].offer(editions)
        else:
            del self.fields["price_edition"]


class ItemsForm(SectionForm):
    """The items, each by its own key; a page may hold the rows of the grid, or the evidence of one item."""

    section = Section.ITEMS
    keyed = {"items": ItemRow, "evidence": EvidenceRow}

    def __init__(self, proposal, *args, **kwargs):
        if not hasattr(proposal, "kept_items"):
            proposal.kept_items = {item.pk: item for item in proposal.items.all()}
        super().__init__(proposal, *args, **kwargs)

    def stored_rows(self, name):
        keys = {
            field: f"{field}_id" if isinstance(made, KnownChoice) else field
            for field, made in self.keyed[name].base_fields.items()
        }
        return [
            (pk, {field: getattr(item, key) for field, key in keys.items()})
            for pk, item in self.proposal.kept_items.items()
        ]

    def row_title(self, unit):
        name, _dash, key = unit.rpartition("-")
        item = self.proposal.kept_items.get(int(key))
        number = list(self.proposal.kept_items).index(int(key)) + 1 if item else key
        text = gettext("Price evidence of item %(number)s") if name == "evidence" else gettext("Item %(number)s")
        return text % {"number": number}

    def write(self, proposal, units):
        kept, typed = {item.pk: item for item in proposal.items.all()}, self.typed()
        for name in self.keyed:
            for row in self.rows[name]:
                if row.prefix not in units:
                    continue
                key = int(row.prefix.rpartition("-")[2])
                item = kept.get(key) or ProposalItem(proposal=proposal, position=next_position(kept.values()))
                for field in row.fields:
                    setattr(item, field, row.value_of(field))
                item.save()
                if key != item.pk:
                    kept[item.pk] = item
                    typed = {rekeyed(text, row.prefix, f"{name}-{item.pk}"): words for text, words in typed.items()}
                    units = units | {f"{name}-{item.pk}"}
        proposal._prefetched_objects_cache = {}
        return {name: texts for name, texts in typed.items() if unit_of(name) in units}


def next_position(items):
    return max((item.position for item in items), default=-1) + 1


def rekeyed(html_name, old, new):
    return f"{new}{html_name[len(old) :]}" if html_name.startswith(f"{old}-") else html_name


FORMS = {
    form.section: form
    for form in (
        SummaryForm,
        RationaleForm,
        ObjectivesForm,
        PlanForm,
        ItemsForm,
        FundingForm,
        KpisForm,
        UpkeepForm,
        PersonalDataForm,
        RisksForm,
    )
}

PASTED = ("description", "quantity", "unit", "unit_price_baht")


class PasteForm(PortalForm):
    """Rows copied from a spreadsheet: description, quantity, unit, unit price."""

    marks_optional = False

    pasted = forms.CharField(
        label=_("Rows from Excel"),
        required=False,
        strip=False,
        widget=text_area(4),
        validators=[MaxLengthValidator(60_000)],
        help_text=_("Copy the columns description, quantity, unit and unit price, and paste them here."),
    )

    def clean_pasted(self):
        lines = [line for line in self.cleaned_data["pasted"].splitlines() if line.strip()]
        if len(lines) > MOST_ROWS:
            raise forms.ValidationError(_("Paste at most %(most)s rows at a time.") % {"most": MOST_ROWS})
        return [dict(zip(PASTED, (cell.strip() for cell in line.split("\t")), strict=False)) for line in lines]
