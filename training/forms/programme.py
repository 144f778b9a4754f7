"""What is filled in about generations: settings, quotas, criteria, interview times, hosts, scores."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.fields import BahtFormField, ThaiDateField, ThaiDateTimeField, ThaiDecimalField, ThaiIntegerField
from portal.forms import (
    MoneyInput,
    PortalForm,
    PortalModelForm,
    Radios,
    ThaiDateInput,
    ThaiDateTimeInput,
    WithoutCitizenNumbers,
)
from portal.models import LocalGovernment, Membership, Province, User
from portal.roles import LOCAL_ROLES
from portal.states import LocalGovernmentKind
from training.models import CityProject, Generation, HostPlace, PrivacyNotice
from training.states import QuotaKind, Stage

PARAGRAPH = forms.Textarea(attrs={"rows": 4})
CRITERIA = 5


class GenerationForm(PortalModelForm):
    opens_at = ThaiDateTimeField(label=_("Applications open"), required=False, widget=ThaiDateTimeInput)
    closes_at = ThaiDateTimeField(label=_("Applications close"), required=False, widget=ThaiDateTimeInput)
    starts_on = ThaiDateField(label=_("Service begins"), required=False, widget=ThaiDateInput)
    list_closes_on = ThaiDateField(label=_("Waiting list closes"), required=False, widget=ThaiDateInput)
    stipend_monthly_baht = BahtFormField(label=_("Stipend a month"), widget=MoneyInput)
    number = ThaiIntegerField(label=_("Generation"), min_value=1, max_value=999)
    seats = ThaiIntegerField(label=_("Places"), min_value=1, max_value=10000)
    min_age = ThaiIntegerField(label=_("Youngest age"), min_value=15, max_value=99)
    max_age = ThaiIntegerField(label=_("Oldest age"), min_value=15, max_value=99)
    months = ThaiIntegerField(label=_("Months of service"), min_value=1, max_value=60)
    answer_working_days = ThaiIntegerField(label=_("Working days to answer an offer"), min_value=1, max_value=60)
    scorers_needed = ThaiIntegerField(label=_("Members who score each applicant"), min_value=3, max_value=20)
    interview_weight_pct = ThaiIntegerField(label=_("Weight of the interview (%)"), min_value=0, max_value=100)
    reports_needed_pct = ThaiIntegerField(label=_("Accepted monthly reports needed (%)"), min_value=0, max_value=100)
    projects_needed = ThaiIntegerField(label=_("City projects needed"), min_value=0, max_value=20)
    credential_years = ThaiIntegerField(
        label=_("Years the certificate counts"), required=False, min_value=1, max_value=50,
        help_text=_("Leave empty when it does not expire."),
    )  # fmt: skip

    class Meta:
        model = Generation
        fields = [
            "programme", "number", "name_th", "name_en", "about_th", "about_en", "opens_at", "closes_at", "min_age",
            "max_age", "min_degree", "seats", "stipend_monthly_baht", "months", "starts_on", "answer_working_days",
            "list_closes_on", "scorers_needed", "interview_weight_pct", "reports_needed_pct", "projects_needed",
            "credential_years",
        ]  # fmt: skip
        labels = {"programme": _("Programme")}  # noqa: RUF012
        widgets = {"about_th": PARAGRAPH, "about_en": PARAGRAPH}  # noqa: RUF012


class QuotaForm(PortalForm):
    """The quotas by region and by kind of local government; an empty box does not limit."""

    marks_optional = False

    def __init__(self, *args, generation, **kwargs):
        super().__init__(*args, **kwargs)
        known = {(q.kind, q.value): q.seats for q in generation.quotas.all()}
        regions = Province.objects.order_by("region").values_list("region", flat=True).distinct()
        self.keys = [(QuotaKind.REGION, region, region) for region in regions]
        self.keys += [(QuotaKind.KIND, kind.value, kind.label) for kind in LocalGovernmentKind]
        for index, (kind, value, label) in enumerate(self.keys):
            self.fields[f"quota-{index}"] = ThaiIntegerField(
                label=label, required=False, min_value=0, max_value=10000, initial=known.get((kind, value))
            )

    @property
    def regions(self):
        return [self[f"quota-{i}"] for i, (kind, _v, _l) in enumerate(self.keys) if kind == QuotaKind.REGION]

    @property
    def kinds(self):
        return [self[f"quota-{i}"] for i, (kind, _v, _l) in enumerate(self.keys) if kind == QuotaKind.KIND]

    def quotas(self):
        found = {}
        for index, (kind, value, _label) in enumerate(self.keys):
            seats = self.cleaned_data.get(f"quota-{index}")
            if seats is not None:
                found[kind.value, value] = seats
        return found


class CriteriaForm(PortalForm):
    """Up to five criteria a stage: a name in Thai, one in English, the largest score."""

    marks_optional = False

    def __init__(self, *args, generation, **kwargs):
        super().__init__(*args, **kwargs)
        for stage in Stage:
            rows = list(generation.criteria.filter(stage=stage))
            for number in range(CRITERIA):
                row = rows[number] if number < len(rows) else None
                key = f"{stage}-{number}"
                self.fields[f"{key}-name_th"] = forms.CharField(
                    label=_("Criterion"), max_length=200, required=False, initial=row and row.name_th
                )
                self.fields[f"{key}-name_en"] = forms.CharField(
                    label=_("in English"), max_length=200, required=False, initial=row and row.name_en
                )
                self.fields[f"{key}-max_score"] = ThaiIntegerField(
                    label=_("Largest score"), min_value=1, max_value=1000, required=False, initial=row and row.max_score
                )

    def stages(self):
        """(stage, [[three bound fields], …]) for the template."""
        for stage in Stage:
            rows = [
                [self[f"{stage}-{number}-{name}"] for name in ("name_th", "name_en", "max_score")]
                for number in range(CRITERIA)
            ]
            yield stage, rows

    def clean(self):
        cleaned = super().clean()
        for stage in Stage:
            for number in range(CRITERIA):
                key = f"{stage}-{number}"
                if bool(cleaned.get(f"{key}-name_th")) != bool(cleaned.get(f"{key}-max_score")):
                    self.add_error(f"{key}-name_th", _("Give both the name and the largest score."))
        return cleaned

    def rows(self):
        found = []
        for stage in Stage:
            for number in range(CRITERIA):
                key = f"{stage}-{number}"
                if self.cleaned_data.get(f"{key}-name_th"):
                    names = ("name_th", "name_en", "max_score")
                    found.append({"stage": stage.value, **{name: self.cleaned_data[f"{key}-{name}"] for name in names}})
        return found


class NoticeForm(PortalModelForm):
    """A new edition of the privacy notice."""

    class Meta:
        model = PrivacyNotice
        fields = ["text_th", "text_en"]


class SlotsForm(PortalForm):
    """Interviews one after the other, from one moment to another."""

    starts_at = ThaiDateTimeField(label=_("The first begins"), widget=ThaiDateTimeInput)
    ends_at = ThaiDateTimeField(label=_("The last ends"), widget=ThaiDateTimeInput)
    minutes = ThaiIntegerField(label=_("Minutes for each"), min_value=5, max_value=240, initial=30)
    where = forms.CharField(label=_("Place or address of the meeting"), max_length=300)


class ShortlistForm(PortalForm):
    """How many of the ranking are invited to the interview, and what becomes of the others."""

    marks_optional = False

    best = ThaiIntegerField(label=_("How many are invited"), min_value=0)
    declines_others = forms.BooleanField(
        label=_("Tell everybody below the line that they are not selected"), required=False
    )

    def __init__(self, *args, ranking, **kwargs):
        super().__init__(*args, **kwargs)
        self.ranking = ranking

    def clean_best(self):
        best = self.cleaned_data["best"]
        if best > len(self.ranking):
            raise ValidationError(gettext("There are %(n)s applicants in the ranking.") % {"n": len(self.ranking)})
        return best


def people_of(local_government):
    """Who may be a mentor: people who hold a post in the office."""
    held = Membership.objects.in_force(clock.today()).filter(local_government=local_government, role__in=LOCAL_ROLES)
    return User.objects.filter(memberships__in=held, is_active=True).distinct().order_by("first_name", "pk")


class PlaceForm(WithoutCitizenNumbers, PortalModelForm):
    """An office's answer to the host call: the work, and the mentor."""

    class Meta:
        model = HostPlace
        fields = ["local_government", "work_th", "mentor"]
        widgets = {"work_th": PARAGRAPH}  # noqa: RUF012

    def __init__(self, *args, offices, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["local_government"].queryset = offices
        self.fields["local_government"].empty_label = None
        held = Membership.objects.in_force(clock.today()).filter(local_government__in=offices, role__in=LOCAL_ROLES)
        people = User.objects.filter(memberships__in=held, is_active=True).distinct()
        self.fields["mentor"].queryset = people.order_by("first_name", "pk")

    def clean(self):
        cleaned = super().clean()
        place, mentor = cleaned.get("local_government"), cleaned.get("mentor")
        if place and mentor and not people_of(place).filter(pk=mentor.pk).exists():
            self.add_error("mentor", _("The mentor works at this local government."))
        return cleaned


class MentorForm(PortalForm):
    mentor = forms.ModelChoiceField(label=_("Mentor"), queryset=User.objects.none())

    def __init__(self, *args, placement, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["mentor"].queryset = people_of(placement.local_government)


class ProjectForm(WithoutCitizenNumbers, PortalModelForm):
    value_baht = BahtFormField(label=_("Value of the project"), required=False, widget=MoneyInput)

    class Meta:
        model = CityProject
        fields = ["name_th", "role_th", "case_number", "value_baht"]


class MonthlyReportForm(WithoutCitizenNumbers, PortalForm):
    """What an ambassador did in a month; nothing is demanded before it is sent."""

    work = forms.CharField(label=_("Work done"), max_length=10000, required=False, widget=PARAGRAPH)
    results = forms.CharField(label=_("What came of it"), max_length=10000, required=False, widget=PARAGRAPH)
    problems = forms.CharField(label=_("Problems and help wanted"), max_length=10000, required=False, widget=PARAGRAPH)


class ScoreForm(WithoutCitizenNumbers, PortalForm):
    """One member's scores of one applicant; a draft until it is sent."""

    marks_optional = False
    note = forms.CharField(label=_("Note for the committee"), max_length=4000, required=False, widget=PARAGRAPH)

    def __init__(self, *args, criteria, evaluation, **kwargs):
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        given = dict(evaluation.scores.values_list("criterion", "score"))
        for criterion in criteria:
            score = given.get(criterion.pk)
            self.fields[f"score-{criterion.pk}"] = ThaiDecimalField(
                label=criterion.name, required=False, min_value=0, max_value=criterion.max_score, decimal_places=2,
                initial=None if score is None else f"{score.normalize():f}",
                help_text=gettext("from 0 to %(max)s") % {"max": criterion.max_score},
            )  # fmt: skip
        self.fields["note"].initial = evaluation.note
        self.order_fields([*(f"score-{criterion.pk}" for criterion in criteria), "note"])

    def scores(self):
        found = {criterion: self.cleaned_data.get(f"score-{criterion.pk}") for criterion in self.criteria}
        return {criterion: score for criterion, score in found.items() if score is not None}


class AreasField(forms.ModelChoiceField):
    """A local government, named with its province."""

    def label_from_instance(self, place):
        return f"{place.display_name} · {place.province.name}"

    def validate(self, value):
        super().validate(value)
        if value is not None and value.active_to is not None:
            raise ValidationError(_("This local government no longer exists."))


def hosting_areas(generation):
    """The areas to choose from: those whose municipalities offer a place in this generation."""
    offered = HostPlace.objects.offered().filter(generation=generation)
    places = LocalGovernment.objects.filter(host_places__in=offered)
    return (
        places.distinct()
        .select_related("province", "district")
        .order_by("province__name_sort_key", "name_sort_key", "pk")
    )


class LetterForm(WithoutCitizenNumbers, PortalForm):
    """A letter to one of several audiences; each is offered with how many it has."""

    marks_optional = False

    audience = forms.ChoiceField(label=_("To whom"), widget=Radios)
    text = forms.CharField(
        label=_("Message"), max_length=4000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("It stands under the bell and goes by e-mail. Write nothing about one person: all read the same."),
    )  # fmt: skip

    def __init__(self, *args, audiences, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["audience"].choices = [(value, f"{label} ({count})") for value, label, count in audiences]
        self.fields["audience"].initial = next((value for value, _label, count in audiences if count), None)


class InvitationForm(WithoutCitizenNumbers, PortalForm):
    """To what offices are invited, and a few words."""

    marks_optional = False

    to = forms.ChoiceField(label=_("To what"), widget=Radios)
    text = forms.CharField(
        label=_("A few words"), max_length=2000, required=False, widget=PARAGRAPH,
        help_text=_("The letter says what the office lacks and where to enrol; add what only you know."),
    )  # fmt: skip

    def __init__(self, *args, runs, generations, **kwargs):
        super().__init__(*args, **kwargs)
        self.targets = {f"run-{run.pk}": run for run in runs} | {f"generation-{one.pk}": one for one in generations}
        self.fields["to"].choices = [(key, str(one)) for key, one in self.targets.items()]
        self.fields["to"].initial = next(iter(self.targets), None)

    def clean_to(self):
        return self.targets[self.cleaned_data["to"]]
