"""Rounds: what everybody reads about them, and the steps that move them. Setting one up is in `setting_up`."""

from dataclasses import dataclass

from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from budgets.deciding.stranded import in_the_way
from budgets.forms import sections
from budgets.lifecycle import ROUND
from budgets.models import BudgetRoute, Proposal, Round
from budgets.money import ledger
from budgets.setup import lacks_by_part
from budgets.states import ENDS, OPTIONAL_SECTIONS, RoundState, Route, Section
from budgets.step_forms import ChangeCeilingsFromPageForm
from budgets.views import dashboard, setting_up
from budgets.views.guidance import GUIDANCE
from portal import access, clock
from portal.errors import Refused
from portal.thai.dates import thaidate, thaitime
from portal.views import TakeStep, VisibleDetail, VisibleList

ROWS = {
    Section.OBJECTIVES: [sections.ObjectiveRow, sections.TargetRow],
    Section.ITEMS: [sections.ItemRow, sections.EvidenceRow],
    Section.FUNDING: [sections.FundingRow],
    Section.KPIS: [sections.KpiRow],
    Section.RISKS: [sections.RiskRow],
}


class RoundList(VisibleList):
    """The rounds, newest fiscal year first; those being planned for the people who prepare them."""

    public = True
    title = L("Rounds of the integrated smart-city budget")
    template_name = "budgets/rounds/list.html"
    partial_name = "budgets/rounds/_list_rows.html"
    queryset = Round.objects.prefetch_related("themes").order_by("-fiscal_year", "-pk")
    page_size = 20

    def get_context_data(self, **context):
        may_change = bool(access.holding(self.request.user, "budgets.change_round"))
        may_help = bool(access.holding(self.request.user, "budgets.help_office"))
        return super().get_context_data(may_change=may_change, may_help=may_help, **context)


@dataclass(frozen=True)
class Invitation:
    """What a round offers to the person now: a sentence, and a way in where there is one."""

    text: str
    verb: str = ""
    url: str = ""
    is_open: bool = False


def invitation(round, user):
    """The `Invitation` of `round` to `user`, judged by the server's clock."""
    if round.state == RoundState.PLANNING:
        return Invitation(_("This round is being planned and is not open yet."))
    if round.state == RoundState.CANCELLED:
        return Invitation(_("This round was cancelled."))
    if round.state != RoundState.OPEN or round.is_past_closing(clock.now()):
        when = {"day": thaidate(round.closes_at), "time": thaitime(round.closes_at)}
        return Invitation(_("Closed for proposals on %(day)s at %(time)s by the portal's clock.") % when)
    if not user.is_authenticated:
        here = f"{reverse('account_login')}?next={round.get_absolute_url()}"
        return Invitation(_("Officers of local governments propose after signing in."), _("Sign in"), here, True)
    offices = [m.local_government for m in access.holding(user, "budgets.add_proposal") if m.local_government]
    if not offices:
        return Invitation(_("Officers of the local governments that may apply propose here."), is_open=True)
    mine = [place for place in offices if round.is_for(place)]
    if not mine:
        return Invitation(_("Local governments of your kind may not apply in this round."), is_open=True)
    begun = Proposal.objects.visible_to(user).filter(round=round, local_government__in=mine).exclude(state__in=ENDS)
    start = f"{reverse('budgets:proposal-start')}?round={round.pk}"
    if begun.exists():
        listed = f"{reverse('budgets:proposal-list')}?round={round.pk}"
        return Invitation(_("Your office has begun in this round."), _("Continue"), listed, True)
    return Invitation(
        _("About forty minutes, with breaks as you like: drafts keep themselves."), _("Start a proposal"), start, True
    )


class RoundPage(VisibleDetail):
    """Everything that a local government must know about a round, on one page."""

    public = True
    queryset = Round.objects.all()
    lifecycle = ROUND
    template_name = "budgets/rounds/round.html"

    def get_context_data(self, **context):
        round, user = self.object, self.request.user
        may_change = user.has_perm("budgets.change_round", round)
        lacks = lacks_by_part(round) if may_change and round.state == RoundState.PLANNING else {}
        rubric = round.rubric()
        shown = super().get_context_data(
            invitation=invitation(round, user),
            themes=list(round.themes.order_by("position", "pk")),
            rubric=rubric,
            criteria=list(rubric.criteria.all()) if rubric else [],
            documents=list(round.documents.select_related("theme")),
            may_change=may_change,
            lacks=[text for texts in lacks.values() for text in texts],
            is_inside=bool(access.memberships(user)),
            deciding=deciding_links(round, user),
            ceiling_changes=ledger.later_enactments(round),
            **context,
        )
        for offer in shown.get("offers", ()):
            if offer.refusal and offer.refusal.code == "incomplete" and lacks:
                offer.refusal = Refused(_("Possible once nothing is missing."), code="incomplete")
        steps = {f"round.{name}" for name in ROUND.steps}
        return {**shown, "events": [event for event in shown["events"] if event.verb in steps]}


def deciding_links(round, user):
    """Where people who decide, or follow the money, go from here, as (label, address) pairs."""
    follows = round.state in {RoundState.ENACTED, RoundState.FINISHED} and access.holding(user, "budgets.view_report")
    year_end = [(_("The year's end"), reverse("budgets:year-end", args=[round.pk]))] if follows else []
    if not access.holding(user, "budgets.view_outcome"):
        return year_end
    names = [
        (_("Ranking"), "budgets:ranking"),
        (_("Meetings"), "budgets:meetings"),
        (_("Extensions"), "budgets:extensions"),
        (_("Budget request"), "budgets:request-board"),
        (_("Allocation"), "budgets:allocation-board"),
        (_("Transfers"), "budgets:transfers"),
    ]
    return [*((label, reverse(name, args=[round.pk])) for label, name in names), *year_end]


def visible_round(request, pk):
    """The round that the person may see, or 404."""
    return get_object_or_404(Round.objects.visible_to(request.user), pk=pk)


def theme(request, pk, theme):
    """A focus theme with its amounts and demands, and the editions that came before."""
    round = visible_round(request, pk)
    found = get_object_or_404(round.themes, pk=theme)
    context = {
        "round": round,
        "theme": found,
        "editions": list(found.editions.order_by("-number")),
        "documents": [d for d in round.documents.select_related("theme") if d.theme_id in (None, found.pk)],
        "may_change": request.user.has_perm("budgets.change_round", round),
        "is_revisable": round.state in {RoundState.OPEN, RoundState.REVIEWING},
    }
    return render(request, "budgets/rounds/theme.html", context)


@dataclass(frozen=True)
class Question:
    label: str
    hint: str
    is_optional: bool
    choices: tuple = ()


def questions_of(section):
    """The `Question`s of a section, read from its own form, so that the two cannot differ."""
    forms = [sections.FORMS[section], *ROWS.get(section, ())]
    return [
        Question(
            str(field.label or name),
            str(field.help_text or ""),
            section in OPTIONAL_SECTIONS,
            tuple(str(label) for value, label in getattr(field, "choices", ()) or () if value)
            if not hasattr(field, "queryset")
            else (),
        )
        for form in forms
        for name, field in form.base_fields.items()
        if not field.widget.is_hidden
    ]


def questions(request, pk):
    """All questions of a proposal on one page, to print and to gather the answers beforehand."""
    round = visible_round(request, pk)
    parts = [
        (section, GUIDANCE.get(section), questions_of(section)) for section in Section if section in sections.FORMS
    ]
    documents = list(round.documents.select_related("theme"))
    return render(request, "budgets/rounds/questions.html", {"round": round, "parts": parts, "documents": documents})


def routes(request):
    """Through whom a request reaches the Budget Bureau, by kind and by fiscal year."""
    rows = BudgetRoute.objects.select_related("local_government__district").order_by(
        "local_government", "fiscal_year_from", "kind", "pk"
    )
    context = {"rows": [row for row in rows if row.kind], "own": [row for row in rows if not row.kind]}
    return render(request, "budgets/rounds/routes.html", {**context, "routes": Route})


class RoundStep(TakeStep):
    """The page of one step of a round."""

    queryset = Round.objects.all()
    lifecycle = ROUND

    @property
    def template_name(self):
        own = {"enact", "change_ceilings"}
        return f"budgets/rounds/{self.name}.html" if self.name in own else "budgets/rounds/step.html"

    def form(self, data=None, files=None):
        if self.name == "change_ceilings":
            return ChangeCeilingsFromPageForm(data, files, case=self.object, by=self.request.user)
        return super().form(data, files)

    def get_context_data(self, **context):
        shown = super().get_context_data(**context)
        if self.name == "open":
            shown["lacks"] = [text for texts in lacks_by_part(self.object).values() for text in texts]
        return {**shown, "told": TOLD.get(self.name), "stranded": in_the_way(self.object, self.name, self.request.user)}


TOLD = {
    "open": L("The rules are fixed from now on: themes and rubric change by new editions, dates by “Change dates”."),
    "close": L("No new drafts. Signing goes on only under an extension or before a return's due date."),
    "deliberate": L("The committee records its resolutions. Nothing is shown outside before the announcement."),
    "announce": L("Local governments and the public see the results from this moment."),
    "enact": L("The amounts of the Act become ceilings that no allocation can exceed."),
    "change_ceilings": L("Allocations stay as they are: a ceiling cannot fall below what is allocated under it."),
    "finish": L("Everything in the round becomes read-only."),
    "amend": L("Everyone in the offices that may apply is told. Leave a date as it is to keep it."),
    "cancel": L("Everyone in the offices that may apply is told. Their cases stay readable."),
}

urlpatterns = [
    path("rounds/", RoundList.as_view(), name="rounds"),
    path("rounds/routes/", routes, name="budget-routes"),
    path("rounds/<int:pk>/", RoundPage.as_view(), name="round"),
    path("rounds/<int:pk>/questions/", questions, name="round-questions"),
    path("rounds/<int:pk>/themes/<int:theme>/", theme, name="theme"),
    path("rounds/<int:pk>/steps/<slug:step>/", RoundStep.as_view(), name="round-step"),
    *setting_up.urlpatterns,
    *dashboard.urlpatterns,
]
