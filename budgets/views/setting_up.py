"""Setting up a round: a task list, and a page for each part. Everything is written by `budgets.setup`."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import ProtectedError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L
from django.views.decorators.http import require_POST

from budgets import setup
from budgets.forms import rounds as forms
from budgets.models import Round
from budgets.states import RoundState
from portal import access
from portal.errors import Refused
from portal.views import whole


@dataclass(frozen=True)
class Part:
    """A part of the setting up with a form of its own over the fields of the round."""

    code: str
    title: str
    hint: str
    form: type | None = None
    takes_round: bool = False

    def url(self, round):
        if self.form is None:
            return reverse(f"budgets:round-{self.code}", args=[round.pk])
        return reverse("budgets:round-part", args=[round.pk, self.code])


PARTS = [
    Part(
        "basics",
        L("Name, dates and ceiling"),
        L("When the round opens and closes, and how much there is."),
        forms.BasicsForm,
    ),
    Part(
        "eligibility",
        L("Who may apply, and from which channels"),
        L("Kinds of local government, and the money that the round is about."),
        forms.EligibilityForm,
    ),
    Part(
        "rules",
        L("Plan window and deadlines"),
        L("The development plan that counts, days to revise and to appeal, reviewers."),
        forms.RulesForm,
        takes_round=True,
    ),
    Part(
        "prices",
        L("Expense categories and price standards"),
        L("What may be bought, and which editions of the standards prices are held against."),
        forms.PricesForm,
    ),
    Part("themes", L("Focus themes"), L("In both languages, with amounts and demanded indicators.")),
    Part("rubric", L("Rubric"), L("Criteria, what each score means, pass mark and limits.")),
    Part("documents", L("Document checklist"), L("What has to be attached, always or in some cases.")),
]
BY_CODE = {part.code: part for part in PARTS if part.form}


def round_to_change(request, pk):
    """The round, for people who set up rounds; 404 for who may not see it, 403 for others."""
    round = get_object_or_404(Round.objects.visible_to(request.user), pk=pk)
    setup.may_change(round, by=request.user)
    return round


def posted(request):
    """What was sent, be it nothing but unticked boxes; None where the page is only looked at."""
    return request.POST if request.method == "POST" else None


def attempt(form, action):
    """Do `action()`; what stands in the way is put on `form`. True when it was done."""
    try:
        action()
    except ValidationError as error:
        forms.add_errors(form, error)
    except Refused as refusal:
        form.add_error(None, refusal.message)
    else:
        return True
    return False


@login_required
def new(request):
    """A new round: from the defaults, or after the model of another."""
    if not access.holding(request.user, "budgets.change_round"):
        raise PermissionDenied(_("Only programme managers set up rounds."))
    source = whole(request.GET.get("source"))
    form = forms.NewRoundForm(posted(request), initial=suggested(source))
    made = []
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        model = given.pop("source")
        make = (
            (lambda: setup.copy_round(model, by=request.user, **given))
            if model
            else (lambda: setup.new_round(by=request.user, **given))
        )
        if attempt(form, lambda: made.append(make())):
            messages.success(request, _("The round is begun. Fill in what is still missing."))
            return redirect("budgets:round-setup", made[0].pk)
    return render(request, "budgets/rounds/new.html", {"form": form}, status=400 if form.errors else 200)


def suggested(source):
    """What a new round begins with when it follows the round of key `source`."""
    model = Round.objects.filter(pk=source).first() if source else None
    if model is None:
        return {}
    year = model.fiscal_year + 1
    names = {name: getattr(model, name).replace(str(model.fiscal_year), str(year)) for name in ("name_th", "name_en")}
    return {"fiscal_year": year, "source": model, **names}


@login_required
def task_list(request, pk):
    """Everything that makes a round, with what is still missing, and the button that opens it."""
    round = round_to_change(request, pk)
    lacks = setup.lacks_by_part(round)
    rows = [{"part": part, "url": part.url(round), "lacks": lacks[part.code]} for part in PARTS]
    context = {
        "round": round,
        "rows": rows,
        "done": sum(not row["lacks"] for row in rows),
        "missing": [{"text": text, "url": row["url"]} for row in rows for text in row["lacks"]],
        "is_planning": round.state == RoundState.PLANNING,
    }
    return render(request, "budgets/rounds/setup.html", context)


@login_required
def part(request, pk, code):
    """One part of the round: its form, saved as a whole."""
    round = round_to_change(request, pk)
    shown = BY_CODE.get(code)
    if shown is None:
        raise Http404
    more = {"round": round} if shown.takes_round else {}
    initial = {name: value_of(round, name) for name in shown.form.base_fields}
    form = shown.form(posted(request), initial=initial, **more)
    version = whole(request.POST.get("version"))
    if request.method == "POST" and form.is_valid():

        def save():
            setup.change_round(round, by=request.user, version=version, **form.cleaned_data)

        if attempt(form, save):
            messages.success(request, _("Saved: %(part)s.") % {"part": shown.title})
            return redirect("budgets:round-setup", round.pk)
    context = {"round": round, "part": shown, "form": form, "version": version or round.version}
    return render(request, "budgets/rounds/part.html", context, status=400 if form.errors else 200)


def value_of(round, name):
    value = getattr(round, name)
    return list(value.all()) if hasattr(value, "all") else value


# Themes


@login_required
def themes(request, pk):
    round = round_to_change(request, pk)
    rows = list(round.themes.order_by("position", "pk"))
    asked = sum(theme.ceiling_baht or 0 for theme in rows)
    context = {
        "round": round,
        "themes": rows,
        "asked": asked,
        "left": round.ceiling_baht - asked if round.ceiling_baht is not None else None,
        "lacks": setup.lacks_by_part(round)["themes"],
        "is_planning": round.state == RoundState.PLANNING,
    }
    return render(request, "budgets/rounds/themes.html", context)


@login_required
def theme_form(request, pk, theme=None):
    """A theme of a round in planning, new or changed; of an open round, its next edition."""
    round = round_to_change(request, pk)
    theme = get_object_or_404(round.themes, pk=theme) if theme else None
    is_revision = theme is not None and round.state != RoundState.PLANNING
    form_class = forms.ReviseThemeForm if is_revision else forms.ThemeForm
    initial = {name: getattr(theme, name) for name in forms.ThemeForm.base_fields} if theme else {}
    if theme:
        initial["required_kpis"] = "\n".join(theme.required_kpis)
    form = form_class(posted(request), initial=initial)
    version = whole(request.POST.get("version"))
    if request.method == "POST" and form.is_valid():

        def save():
            if is_revision:
                setup.revise_theme(theme, by=request.user, version=version, **form.cleaned_data)
            else:
                setup.save_theme(round, theme=theme, by=request.user, version=version, **form.cleaned_data)

        if attempt(form, save):
            messages.success(request, _("Saved: %(part)s.") % {"part": form.cleaned_data["name_th"]})
            return redirect("budgets:round-themes", round.pk)
    context = {"round": round, "theme": theme, "form": form, "is_revision": is_revision}
    context["version"] = version or round.version
    return render(request, "budgets/rounds/theme_form.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def theme_move(request, pk, theme, direction):
    """One place up or down."""
    round = round_to_change(request, pk)
    rows = list(round.themes.order_by("position", "pk"))
    here = next((place for place, row in enumerate(rows) if row.pk == theme), None)
    if here is None:
        raise Http404
    there = here + (-1 if direction == "up" else 1)
    if 0 <= there < len(rows):
        rows[here], rows[there] = rows[there], rows[here]
        setup.order_themes(round, rows, by=request.user)
    return redirect("budgets:round-themes", round.pk)


@login_required
@require_POST
def theme_remove(request, pk, theme):
    round = round_to_change(request, pk)
    found = get_object_or_404(round.themes, pk=theme)
    try:
        setup.remove_theme(found, by=request.user)
    except ProtectedError:
        messages.warning(request, _("“%(name)s” is in use and stays.") % {"name": found.name})
    else:
        messages.success(request, _("“%(name)s” was taken out.") % {"name": found.name})
    return redirect("budgets:round-themes", round.pk)


# Rubric


@login_required
def rubric(request, pk):
    """The criteria with what their scores mean, and the limits; of an open round, the next edition."""
    round = round_to_change(request, pk)
    present = round.rubric()
    is_open = round.state != RoundState.PLANNING
    limits = {name: getattr(present, name) for name in setup.RUBRIC_FIELDS} if present else {}
    rows = [
        {"name_th": row.name_th, "name_en": row.name_en, "max_score": row.max_score, "anchors": row.anchors}
        for row in (present.criteria.all() if present else ())
    ]
    form = forms.RubricForm(posted(request), initial=limits, is_open=is_open)
    criteria = forms.CriteriaFormSet(posted(request), initial=rows, prefix="criteria")
    version = whole(request.POST.get("version"))
    if request.method == "POST" and all([form.is_valid(), criteria.is_valid()]):

        def save():
            setup.save_rubric(round, by=request.user, version=version, criteria=criteria.rows(), **form.cleaned_data)

        if attempt(form, save):
            messages.success(request, _("Saved: %(part)s.") % {"part": _("Rubric")})
            return redirect("budgets:round-setup", round.pk)
    wrong = request.method == "POST"
    context = {
        "round": round,
        "rubric": present,
        "form": form,
        "criteria": criteria,
        "is_open": is_open,
        "total": sum(row["max_score"] for row in rows),
        "version": version or round.version,
    }
    return render(request, "budgets/rounds/rubric.html", context, status=400 if wrong else 200)


# Checklist


@login_required
def documents(request, pk):
    round = round_to_change(request, pk)
    rows = list(round.documents.select_related("theme"))
    is_planning = round.state == RoundState.PLANNING
    return render(
        request, "budgets/rounds/documents.html", {"round": round, "documents": rows, "is_planning": is_planning}
    )


@login_required
def document_form(request, pk, document=None):
    round = round_to_change(request, pk)
    document = get_object_or_404(round.documents, pk=document) if document else None
    initial = {name: getattr(document, name) for name in setup.DOCUMENT_FIELDS} if document else {"when": "always"}
    form = forms.DocumentForm(posted(request), initial=initial, round=round)
    version = whole(request.POST.get("version"))
    if request.method == "POST" and form.is_valid():

        def save():
            setup.save_document(round, document=document, by=request.user, version=version, **form.cleaned_data)

        if attempt(form, save):
            messages.success(request, _("Saved: %(part)s.") % {"part": form.cleaned_data["name_th"]})
            return redirect("budgets:round-documents", round.pk)
    context = {"round": round, "document": document, "form": form, "version": version or round.version}
    return render(request, "budgets/rounds/document_form.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def document_remove(request, pk, document):
    round = round_to_change(request, pk)
    found = get_object_or_404(round.documents, pk=document)
    setup.remove_document(found, by=request.user)
    messages.success(request, _("“%(name)s” was taken out.") % {"name": found.name})
    return redirect("budgets:round-documents", round.pk)


urlpatterns = [
    path("rounds/new/", new, name="round-new"),
    path("rounds/<int:pk>/setup/", task_list, name="round-setup"),
    path("rounds/<int:pk>/setup/themes/", themes, name="round-themes"),
    path("rounds/<int:pk>/setup/themes/new/", theme_form, name="theme-new"),
    path("rounds/<int:pk>/setup/themes/<int:theme>/", theme_form, name="theme-form"),
    path("rounds/<int:pk>/setup/themes/<int:theme>/remove/", theme_remove, name="theme-remove"),
    path("rounds/<int:pk>/setup/themes/<int:theme>/<slug:direction>/", theme_move, name="theme-move"),
    path("rounds/<int:pk>/setup/rubric/", rubric, name="round-rubric"),
    path("rounds/<int:pk>/setup/documents/", documents, name="round-documents"),
    path("rounds/<int:pk>/setup/documents/new/", document_form, name="document-new"),
    path("rounds/<int:pk>/setup/documents/<int:document>/", document_form, name="document-form"),
    path("rounds/<int:pk>/setup/documents/<int:document>/remove/", document_remove, name="document-remove"),
    path("rounds/<int:pk>/setup/<slug:code>/", part, name="round-part"),
]
