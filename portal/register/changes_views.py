"""The register's own pages: what changed and will change, the acts of DLA, and reports that something is wrong."""

import django_filters
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from portal import access, clock, registry
from portal.errors import Refused
from portal.exports import Column
from portal.fields import ThaiDateField
from portal.filters import ProvinceFilter
from portal.forms import CheckboxGroup, PortalForm, PortalModelForm
from portal.models import District, LocalGovernment, PlaceChange, Province, Subdistrict
from portal.models.register import ASKS, MAY_GIVE
from portal.people.account_views import add_errors
from portal.register import changes, succeeding
from portal.states import ChangeKind, LocalGovernmentKind
from portal.thai.dates import thaidate
from portal.views import VisibleList

WITH_AREA = ("province", "district", "subdistrict")
OF_ONE = (ChangeKind.RENAME, ChangeKind.UPGRADE, ChangeKind.MERGE, ChangeKind.SPLIT, ChangeKind.CLOSE)
TITLES = {
    ChangeKind.ADD: gettext_lazy("Add a local government"),
    ChangeKind.RENAME: gettext_lazy("Record a new name or code"),
    ChangeKind.UPGRADE: gettext_lazy("Record a change of kind"),
    ChangeKind.MERGE: gettext_lazy("Record a merger"),
    ChangeKind.SPLIT: gettext_lazy("Record a split"),
    ChangeKind.CLOSE: gettext_lazy("Record that it was closed"),
}

DONE = {
    ChangeKind.RENAME: gettext_lazy("On record. People and open cases have followed."),
    ChangeKind.ADD: gettext_lazy("On record. Invite the people of the new local government."),
    ChangeKind.SPLIT: gettext_lazy("On record. Invite the people of the new local government."),
    ChangeKind.CLOSE: gettext_lazy("On record. It stays to be read, with all that ended there."),
}


class WhenForm(PortalForm):
    """What every change of the register rests on."""

    on = ThaiDateField(
        label=gettext_lazy("In effect from"),
        help_text=gettext_lazy("A day to come is welcome: the change then waits for its day."),
    )
    gazette_ref = forms.CharField(
        label=gettext_lazy("Royal Gazette reference"), max_length=160,
        help_text=gettext_lazy("Volume, part and day, as it is quoted."),
    )  # fmt: skip


class ChangeForm(WhenForm):
    """One change: the fields that its kind asks, then when and by what authority."""

    name_th = forms.CharField(label=gettext_lazy("New name in Thai"), max_length=160)
    name_en = forms.CharField(label=gettext_lazy("New name in English"), required=False, max_length=160)
    new_kind = forms.ChoiceField(
        label=gettext_lazy("New kind"), choices=[("", gettext_lazy("Choose")), *LocalGovernmentKind.choices]
    )
    code = forms.RegexField(
        label=gettext_lazy("New DLA code"),
        regex=r"^[0-9]{8}$",
        error_messages={"invalid": gettext_lazy("A DLA code has eight digits.")},
    )
    district = forms.ModelChoiceField(
        label=gettext_lazy("District"), queryset=District.objects.none(), empty_label=gettext_lazy("Choose")
    )
    subdistrict = forms.ModelChoiceField(
        label=gettext_lazy("Subdistrict"), queryset=Subdistrict.objects.none(), required=False,
        empty_label=gettext_lazy("Choose"),
    )  # fmt: skip
    into = forms.ModelChoiceField(
        label=gettext_lazy("Merged into"), queryset=LocalGovernment.objects.none(), empty_label=gettext_lazy("Choose")
    )
    cases = forms.MultipleChoiceField(
        label=gettext_lazy("Open cases that go to the new one"), required=False, widget=CheckboxGroup,
        help_text=gettext_lazy("What is not chosen stays. What has ended always stays."),
    )  # fmt: skip
    field_order = ["name_th", "name_en", "new_kind", "code", "district", "subdistrict", "into", "cases"]
    field_order += ["on", "gazette_ref"]

    def __init__(self, *args, kind, place=None, province=None, **kwargs):
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - {*ASKS[kind], *MAY_GIVE.get(kind, ()), "on", "gazette_ref"}:
            del self.fields[name]
        if kind == ChangeKind.RENAME:
            self.initial = {"name_th": place.name_th, "name_en": place.name_en}
        if kind in MAY_GIVE and "code" in MAY_GIVE[kind]:
            self.fields["code"].required = False
            self.fields["code"].help_text = _("Empty: it keeps its code.")
        if kind == ChangeKind.MERGE:
            near = LocalGovernment.objects.active(clock.today()).filter(province=place.province).exclude(pk=place.pk)
            self.fields["into"].queryset = near.select_related("district").in_thai_order()
        if kind == ChangeKind.SPLIT:
            province = place.province
            self.initial = {"district": place.district_id}
            open_cases = registry.open_cases(place)
            if not open_cases:
                del self.fields["cases"]
            else:
                self.fields["cases"].choices = [
                    (registry.key_of(case), f"{case._meta.verbose_name} · {case}") for case in open_cases
                ]
        if "district" in self.fields:
            self.fields["district"].queryset = District.objects.filter(province=province)
            there = Subdistrict.objects.filter(district__province=province).select_related("district")
            self.fields["subdistrict"].queryset = there.order_by("district__name_sort_key", "name_sort_key", "pk")
            self.fields["subdistrict"].label_from_instance = lambda one: f"{one.district.name} · {one.name}"


class ProvinceForm(PortalForm):
    """In which province."""

    marks_optional = False

    province = forms.ModelChoiceField(
        label=gettext_lazy("Province"), queryset=Province.objects.in_thai_order(), to_field_name="code",
        empty_label=gettext_lazy("Choose"),
    )  # fmt: skip


class CorrectForm(PortalModelForm):
    """Details that no Gazette changes."""

    website = forms.URLField(label=gettext_lazy("Website"), required=False, max_length=500, assume_scheme="https")

    class Meta:
        model = LocalGovernment
        fields = ["name_en", "website", "district", "subdistrict", "lat", "lon"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        districts = District.objects.filter(province=self.instance.province)
        self.fields["district"].queryset = districts
        there = Subdistrict.objects.filter(district__in=districts).select_related("district")
        self.fields["subdistrict"].queryset = there.order_by("district__name_sort_key", "name_sort_key", "pk")
        self.fields["subdistrict"].label_from_instance = lambda one: f"{one.district.name} · {one.name}"


class ReportForm(PortalForm):
    """What an office finds wrong."""

    text = forms.CharField(
        label=gettext_lazy("What is wrong, and what would be right"), max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip


class AnswerForm(PortalForm):
    """DLA's answer."""

    answer = forms.CharField(label=gettext_lazy("Answer"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    is_corrected = forms.TypedChoiceField(
        label=gettext_lazy("The register"),
        choices=[("1", gettext_lazy("was corrected, or will be on its day")), ("0", gettext_lazy("stays as it is"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )


def for_dla(view):
    """For those who change the register; for all others 403."""

    @login_required
    def guarded(request, *args, **kwargs):
        if not access.holding(request.user, "portal.change_place"):
            raise PermissionDenied(_("Only DLA changes the list of local governments."))
        return view(request, *args, **kwargs)

    return guarded


@for_dla
def add(request):
    """A local government that was founded: first its province, then the rest."""
    chooser = ProvinceForm(request.GET if "province" in request.GET else None)
    province = chooser.cleaned_data["province"] if chooser.is_bound and chooser.is_valid() else None
    if province is None:
        context = {"form": chooser, "title": TITLES[ChangeKind.ADD]}
        return render(request, "portal/register/province.html", context)
    form = ChangeForm(request.POST or None, kind=ChangeKind.ADD, province=province)
    return _change(request, ChangeKind.ADD, form, province=province)


@for_dla
def change(request, pk):
    """One change of a local government, by the kind chosen among the tabs."""
    place = get_object_or_404(LocalGovernment.objects.select_related(*WITH_AREA).prefetch_related("codes"), pk=pk)
    kind = next((one for one in OF_ONE if one == request.GET.get("kind")), OF_ONE[0])
    form = ChangeForm(request.POST or None, kind=kind, place=place)
    return _change(request, kind, form, place=place)


def _change(request, kind, form, place=None, province=None):
    if request.method == "POST" and form.is_valid():
        facts = form.cleaned_data | ({"place": place} if place else {})
        try:
            made = changes.announce(kind, by=request.user, **facts)
        except ValidationError as error:
            add_errors(form, error)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            if made.is_waiting:
                messages.success(request, _("On record. It takes effect on %(day)s.") % {"day": thaidate(made.on)})
                return redirect(made)
            messages.success(request, DONE.get(kind, DONE[ChangeKind.RENAME]))
            return redirect(made.into or made.place)
    context = {"form": form, "place": place, "province": province, "kind": kind, "title": TITLES[kind]}
    if place:
        context |= {
            "kinds": [(one, TITLES[one]) for one in OF_ONE],
            "waiting": PlaceChange.objects.waiting().filter(place=place).first(),
            "open_cases": registry.count_of_open_cases(place),
        }
    return render(request, "portal/register/change.html", context, status=400 if form.errors else 200)


@for_dla
def correct(request, pk):
    """Details of a local government that no Gazette changes."""
    place = get_object_or_404(LocalGovernment.objects.select_related(*WITH_AREA), pk=pk)
    form = CorrectForm(request.POST or None, instance=place)
    if request.method == "POST" and form.is_valid():
        fresh = LocalGovernment.objects.get(pk=pk)
        try:
            succeeding.correct(fresh, by=request.user, **{name: form.cleaned_data[name] for name in form.changed_data})
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect(fresh)
    context = {"form": form, "place": place}
    return render(request, "portal/register/correct.html", context, status=400 if form.errors else 200)


class ChangeFilter(django_filters.FilterSet):
    """Of the list of changes."""

    q = django_filters.CharFilter(label=gettext_lazy("Name or code"), method="search", max_length=100)
    kind = django_filters.ChoiceFilter(
        label=gettext_lazy("Kind of change"), choices=ChangeKind.choices, empty_label=gettext_lazy("All")
    )
    province = ProvinceFilter(method="lies_in")

    class Meta:
        model = PlaceChange
        fields = []

    def search(self, queryset, name, value):
        places = LocalGovernment.objects.search(value).values("pk")
        return queryset.filter(Q(place__in=places) | Q(into__in=places) | Q(name_th__contains=value))

    def lies_in(self, queryset, name, value):
        return queryset.filter(Q(place__province=value) | Q(district__province=value))


class ChangeList(VisibleList):
    """What the Gazette changed, newest first; for DLA also what waits for its day."""

    public = True
    queryset = PlaceChange.objects.select_related(
        "place__province", "into", "district__province", "recorded_by", "source__file"
    )
    filterset_class = ChangeFilter
    template_name = "portal/register/changes.html"
    partial_name = "portal/register/_change_rows.html"
    title = gettext_lazy("Changes of the register")
    filename = "register-changes"
    columns = (
        Column(gettext_lazy("In effect from"), "on", "date"),
        Column(gettext_lazy("Kind of change"), lambda change: change.get_kind_display()),
        Column(gettext_lazy("Local government"), lambda change: change.place.name_th if change.place else ""),
        Column(gettext_lazy("Afterwards"), lambda change: change.into.name_th if change.into else change.name_th),
        Column(gettext_lazy("Code"), "code", "code"),
        Column(gettext_lazy("Royal Gazette reference"), "gazette_ref"),
    )

    @property
    def is_keeper(self):
        return self.request.user.is_authenticated and self.request.user.has_perm("portal.change_place")

    @property
    def shows_waiting(self):
        return self.is_keeper and self.request.GET.get("show") == "waiting"

    def get_queryset(self):
        found = super().get_queryset()
        if self.shows_waiting:
            return found.filter(taken_at=None).order_by("on", "pk")
        return found.filter(taken_at__isnull=False).order_by("-on", "-pk")

    def get_context_data(self, **context):
        waits = PlaceChange.objects.waiting().count() if self.is_keeper else 0
        tabs = [
            {"code": "effect", "label": _("In effect"), "is_on": not self.shows_waiting},
            {"code": "waiting", "label": _("Waiting for their day"), "count": waits, "is_on": self.shows_waiting},
        ]
        return super().get_context_data(tabs=tabs if self.is_keeper else [], is_keeper=self.is_keeper, **context)


@for_dla
@require_POST
def withdraw(request, pk):
    """Take back a change that waits."""
    try:
        changes.withdraw(get_object_or_404(PlaceChange, pk=pk), by=request.user)
    except Refused as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("Taken back. Nothing changes on that day."))
    return redirect(f"{reverse('place-changes')}?show=waiting")


@login_required
def report(request, pk):
    """Tell DLA that something about the own office is wrong."""
    place = get_object_or_404(LocalGovernment.objects.select_related(*WITH_AREA), pk=pk)
    if not changes.may_report(request.user, place):
        raise PermissionDenied(_("Only people of this office and of its province report what is wrong here."))
    form = ReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sent = changes.report(place, text=form.cleaned_data["text"], by=request.user)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("DLA has it. The answer comes to this page, and by the bell."))
            return redirect(sent)
    context = {"form": form, "place": place}
    return render(request, "portal/register/report.html", context, status=400 if form.errors else 200)


@login_required
def report_page(request, pk):
    """One report: what was said, and DLA's answer or the form for it."""
    found = changes.reports_of(request.user).select_related(
        *[f"local_government__{name}" for name in WITH_AREA], "sent_by", "answered_by"
    )
    sent = get_object_or_404(found, pk=pk)
    may_answer = sent.answered_at is None and request.user.has_perm("portal.change_place")
    form = AnswerForm(request.POST or None) if may_answer else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied(_("Only DLA answers reports about the register."))
        if form.is_valid():
            try:
                changes.answer(sent, by=request.user, **form.cleaned_data)
            except Refused as refusal:
                messages.warning(request, refusal.message)
            else:
                messages.success(request, _("Answered. The person who asked was told."))
            return redirect(sent)
    context = {"sent": sent, "place": sent.local_government, "form": form}
    is_wrong = form is not None and form.errors
    return render(request, "portal/register/report_page.html", context, status=400 if is_wrong else 200)


urlpatterns = [
    path("local-governments/add/", add, name="place-add"),
    path("local-governments/changes/", ChangeList.as_view(), name="place-changes"),
    path("local-governments/changes/<int:pk>/withdraw/", withdraw, name="place-change-withdraw"),
    path("local-governments/<int:pk>/change/", change, name="local-government-change"),
    path("local-governments/<int:pk>/correct/", correct, name="place-correct"),
    path("local-governments/<int:pk>/report/", report, name="place-report-new"),
    path("local-governments/reports/<int:pk>/", report_page, name="place-report"),
]
