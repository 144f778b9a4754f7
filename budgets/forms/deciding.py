"""What the pages of screening, review, committee and allocation ask."""

from itertools import groupby

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from budgets.deciding import keying
from budgets.judging.reviewing import needs_justification
from budgets.models import ExternalNumber, Proposal
from budgets.states import ProposalState
from budgets.step_forms import ResolutionForm
from portal.fields import BahtFormField, ThaiDecimalField
from portal.forms import PortalForm, Radios
from portal.models import LocalGovernment, Province
from portal.states import LocalGovernmentKind
from portal.step_forms import StepForm

ALL = _("All")


class CaseFilter(django_filters.FilterSet):
    """How every list of cases narrows: by words, theme, province and kind. `show` is the tab."""

    q = django_filters.CharFilter(label=_("Number, project or local government"), method="named")
    theme = django_filters.ChoiceFilter(label=_("Focus theme"), choices=[], empty_label=ALL)
    province = django_filters.ModelChoiceFilter(
        label=_("Province"),
        field_name="local_government__province",
        queryset=Province.objects.in_thai_order(),
        to_field_name="code",
        empty_label=ALL,
    )
    kind = django_filters.ChoiceFilter(
        label=_("Kind of local government"),
        field_name="local_government__kind",
        choices=LocalGovernmentKind.choices,
        empty_label=ALL,
    )
    show = django_filters.CharFilter(label="", method="as_it_is", widget=forms.HiddenInput, required=False)

    class Meta:
        model = Proposal
        fields = ["q", "theme", "province", "kind"]

    def __init__(self, *args, themes=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.themes = list(themes)
        self.filters["theme"].extra["choices"] = self.theme_choices()

    def theme_choices(self):
        return [(theme.pk, theme.name) for theme in self.themes]

    def named(self, queryset, _name, value):
        places = LocalGovernment.objects.search(value)
        keyed = Q(pk__in=ExternalNumber.objects.filter(number=keying.tidy(value)).values("proposal"))
        named = Q(number__icontains=value) | Q(title_th__icontains=value) | Q(local_government__in=places)
        return queryset.filter(named | keyed)

    def as_it_is(self, queryset, _name, _value):
        return queryset


class RoundCaseFilter(CaseFilter):
    """The same for lists that span rounds."""

    round = django_filters.ChoiceFilter(label=_("Round"), choices=[], empty_label=ALL)

    class Meta(CaseFilter.Meta):
        fields = ["q", "round", "theme", "province", "kind"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["round"].extra["choices"] = [(pk, name) for (pk, name), _themes in self.by_round()]

    def theme_choices(self):
        return [(name, [(theme.pk, theme.name) for theme in themes]) for (_pk, name), themes in self.by_round()]

    def by_round(self):
        return [
            (key, list(found)) for key, found in groupby(self.themes, lambda theme: (theme.round_id, theme.round.name))
        ]


class AllocationFilter(CaseFilter):
    """The same where the themes are tabs."""

    def __init__(self, *args, **kwargs):
        django_filters.FilterSet.__init__(self, *args, **kwargs)

    theme = django_filters.NumberFilter(label="", field_name="theme", widget=forms.HiddenInput, required=False)


class RankedFilter(django_filters.FilterSet):
    """How a ranked theme narrows on the page; the line and its sums keep counting all of it."""

    province = CaseFilter.base_filters["province"]
    state = django_filters.ChoiceFilter(
        label=_("Decision"),
        choices=[
            (ProposalState.SCORED, _("Not yet decided")),
            (ProposalState.RECOMMENDED, ProposalState.RECOMMENDED.label),
            (ProposalState.NOT_RECOMMENDED, ProposalState.NOT_RECOMMENDED.label),
        ],
        empty_label=ALL,
    )
    theme = django_filters.CharFilter(label="", method="as_it_is", widget=forms.HiddenInput, required=False)
    cut = django_filters.CharFilter(label="", method="as_it_is", widget=forms.HiddenInput, required=False)

    class Meta:
        model = Proposal
        fields = ["province", "state"]

    def as_it_is(self, queryset, _name, _value):
        return queryset


class DeclarationForm(PortalForm):
    """Whether the person has a conflict of interest in a case."""

    conflict = forms.TypedChoiceField(
        label=_("Do you have a conflict of interest in this case?"),
        choices=[
            ("no", _("No, I have none")),
            ("yes", _("Yes, there is or may be one")),
        ],
        coerce=lambda value: value == "yes",
        widget=Radios(
            descriptions={
                "no": _("The statement is recorded with your name and the time, and you go on to the score form."),
                "yes": _("The case leaves all your pages at once, and the secretary is told to assign another person."),
            }
        ),
        error_messages={"required": _("Choose one of the two.")},
    )
    note = forms.CharField(
        label=_("What kind of conflict"),
        help_text=_("Family, work in the last five years, shares, consulting. Only the secretary reads it."),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class EndingForm(PortalForm):
    """Why an assignment ends."""

    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class ReviewForm(PortalForm):
    """The scores of one review: for each criterion `score-ID` and `why-ID`, and a note.

    Rows that do not fit are left out of `scores`, so that the others can be kept.
    """

    note = forms.CharField(
        label=_("Note to the committee"),
        help_text=_("Not shown to the local government."),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args, review, **kwargs):
        super().__init__(*args, **kwargs)
        self.review = review
        self.criteria = list(review.rubric.criteria.all())
        given = {score.criterion_id: score for score in review.scores.all()}
        self.fields["note"].initial = review.note
        for criterion in self.criteria:
            row = given.get(criterion.pk)
            self.fields[f"score-{criterion.pk}"] = ThaiDecimalField(
                label=criterion.name,
                required=False,
                min_value=0,
                max_value=criterion.max_score,
                decimal_places=2,
                initial=None if row is None or row.score is None else f"{row.score.normalize():f}",
            )
            self.fields[f"why-{criterion.pk}"] = forms.CharField(
                label=_("Justification"),
                required=False,
                max_length=4000,
                initial=row.justification if row else "",
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    @property
    def rows(self):
        """For the page: each criterion with its two fields, and whether its reason is wanted now."""
        for criterion in self.criteria:
            score, why = self[f"score-{criterion.pk}"], self[f"why-{criterion.pk}"]
            value = score.initial if not self.is_bound else self.cleaned_data.get(score.name)
            yield {
                "criterion": criterion,
                "score": score,
                "why": why,
                "wants_reason": value is not None and needs_justification(self.review.rubric, criterion, value),
            }

    @property
    def scores(self):
        """What fits, as `{criterion_id: (score or None, justification)}`. Call after `is_valid`."""
        return {
            criterion.pk: (self.cleaned_data[f"score-{criterion.pk}"], self.cleaned_data[f"why-{criterion.pk}"])
            for criterion in self.criteria
            if {f"score-{criterion.pk}", f"why-{criterion.pk}"} <= self.cleaned_data.keys()
        }


# One step for many cases


class RecommendTogetherForm(ResolutionForm):
    """The resolution under which the committee recommends."""


class NotRecommendTogetherForm(ResolutionForm):
    """The resolution under which the committee does not recommend."""

    reason = forms.CharField(
        label=_("Reason for the local governments"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )


class ReasonTogetherForm(StepForm):
    """A reason that all the cases share."""

    reason = forms.CharField(
        label=_("Reason for the local governments"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )


class AmountsForm(StepForm):
    """An amount for each of several cases: `amount-ID`. What is left empty is left alone."""

    def __init__(self, *args, cases, initial_amount, required=False, **kwargs):
        super().__init__(*args, **kwargs)
        for case in cases:
            self.fields[f"amount-{case.pk}"] = BahtFormField(
                label=_("Amount (baht)"), required=required, initial=initial_amount(case)
            )
            self.fields[f"amount-{case.pk}"].widget.attrs.update(
                {"class": "number", "aria-label": f"{_('Amount (baht)')} {case.number}"}
            )

    def of(self, case):
        """The field of `case`, for the page."""
        return self[f"amount-{case.pk}"]

    def amount(self, case):
        """The amount given for `case`, or None. Call after `is_valid`."""
        return self.cleaned_data.get(f"amount-{case.pk}")
