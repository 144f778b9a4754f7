"""What people do to a pilot apart from its steps: one table, and one page that shows a form and does the thing."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import clock
from portal.errors import Refused
from sandboxes import (
    amending,
    changing,
    citizens,
    exits,
    forms,
    gates,
    importing,
    measuring,
    plans,
    regulating,
    reporting,
)
from sandboxes.models import BaselineChange, Pilot
from sandboxes.states import PilotState


@dataclass(frozen=True)
class Act:
    """One thing that can be done: its words, who may, which form, and the function that does it.

    `rows` gives the rows beneath the pilot that the address names by their key; `do(target, by, data)` is called
    with the row, or with the pilot where there are none. `bound` says that the form edits the pilot or row itself.
    """

    title: str
    verb: str
    permission: str
    form: type
    do: Callable
    tab: str = ""
    rows: Callable | None = None
    bound: bool = False
    hint: str = ""


def _plan_form(pilot):
    return forms.SafeguardsForm if pilot.state_now == PilotState.APPROVED else forms.PlanForm


def _write(pilot, by, data):
    changing.write(pilot, by=by, **data)


def _partner(pilot, by, data):
    changing.add_partner(pilot, by=by, representative=data.pop("username"), **data)


ACTS = {
    # What the office writes
    "overview": Act(L("What, where, when"), L("Save"), "sandboxes.change_pilot", forms.OverviewForm, _write,
                    bound=True),
    "plan": Act(L("Test plan and safeguards"), L("Save"), "sandboxes.change_pilot", _plan_form, _write, tab="plan",
                bound=True),
    "report": Act(L("Public report"), L("Save"), "sandboxes.change_pilot", forms.ReportForm, _write, tab="exit",
                  bound=True, hint=L("Two pages in plain words; failures belong into it.")),
    "submit-plan": Act(L("Lay the plan before the gate"), L("Submit this version"), "sandboxes.change_pilot",
                       forms.EmptyForm, lambda pilot, by, data: plans.submit(pilot, by=by), tab="plan",
                       hint=L("The plan is frozen as a version. Decisions on an older version give way.")),
    "amend": Act(L("Amend the plan"), L("Propose the amendment"), "sandboxes.change_pilot", forms.AmendForm,
                 lambda pilot, by, data: amending.propose(pilot, by=by, **data), tab="plan", bound=True,
                 hint=L("Only what you change is laid before both agencies. A longer trial is an extension.")),
    "withdraw-amendment": Act(L("Take the amendment back"), L("Take it back"), "sandboxes.change_pilot",
                              forms.EmptyForm, lambda row, by, data: amending.withdraw(row, by=by), tab="plan",
                              rows=lambda pilot: pilot.amendments.select_related("pilot", "gate")),
    "partner": Act(L("Name a partner"), L("Add"), "sandboxes.change_pilot", forms.PartnerForm, _partner),
    "letter": Act(L("Letter of intent"), L("Add"), "sandboxes.change_pilot", forms.LetterForm,
                  lambda row, by, data: changing.add_letter(row, data["letter"], by=by),
                  rows=lambda pilot: pilot.partners.select_related("pilot")),
    "partner-left": Act(L("A partner has left"), L("Record"), "sandboxes.change_pilot", forms.PartingForm,
                        lambda row, by, data: changing.part(row, by=by, **data),
                        rows=lambda pilot: pilot.partners.select_related("pilot"),
                        hint=L("They act no more on this pilot. Name a substitute, or end the pilot.")),
    "endorsement": Act(L("Ask for an endorsement"), L("Ask"), "sandboxes.change_pilot", forms.AskEndorsementForm,
                       lambda pilot, by, data: changing.ask_endorsement(pilot, data["place"], by=by)),
    "document": Act(L("Add a document"), L("Add"), "sandboxes.attach_pilot", forms.DocumentForm,
                    lambda pilot, by, data: changing.attach(pilot, data["kind"], data["file"], by=by), tab="plan"),
    "take-over": Act(L("Take the case over"), L("Take it over"), "sandboxes.score_pilot", forms.WhyForm,
                     lambda pilot, by, data: changing.take_over(pilot, by=by, **data),
                     hint=L("You look after this pilot from now on: its conditions, waivers, incidents and citizens.")),
    # Measuring
    "indicator": Act(L("New indicator"), L("Add"), "sandboxes.change_pilot", forms.IndicatorForm,
                     lambda pilot, by, data: changing.add_indicator(pilot, by=by, **data), tab="indicators"),
    "edit-indicator": Act(L("Change the indicator"), L("Save"), "sandboxes.change_pilot", forms.IndicatorForm,
                          lambda row, by, data: changing.change_indicator(row, by=by, **data), tab="indicators",
                          rows=lambda pilot: pilot.indicators.select_related("pilot"), bound=True),
    "remove-indicator": Act(L("Remove the indicator"), L("Remove"), "sandboxes.change_pilot", forms.EmptyForm,
                            lambda row, by, data: changing.remove_indicator(row, by=by), tab="indicators",
                            rows=lambda pilot: pilot.indicators.select_related("pilot")),
    "reading": Act(L("Record a reading"), L("Record"), "sandboxes.record_reading", forms.ReadingForm,
                   lambda row, by, data: measuring.record_reading(row, by=by, **data), tab="indicators",
                   rows=lambda pilot: pilot.indicators.select_related("pilot__local_government"),
                   hint=L("A reading is never changed. A slip is mended by a new one that names the old.")),
    "correct-reading": Act(L("Correct a reading"), L("Record the correction"), "sandboxes.record_reading",
                           forms.ReadingForm,
                           lambda row, by, data: measuring.record_reading(row.indicator, by=by, corrects=row, **data),
                           tab="indicators", rows=lambda pilot: _readings(pilot),
                           hint=L("The old reading stays on record beside the new one.")),
    "import": Act(L("Readings from a workbook"), L("Check and record all"), "sandboxes.record_reading",
                  forms.ImportForm, lambda pilot, by, data: importing.take_in(pilot, data["file"], by=by),
                  tab="indicators", hint=L("Every row is checked first. With one error nothing is recorded.")),
    "baseline": Act(L("Propose a corrected baseline"), L("Propose"), "sandboxes.change_pilot", forms.BaselineForm,
                    lambda row, by, data: measuring.propose_baseline(row, by=by, **data), tab="indicators",
                    rows=lambda pilot: pilot.indicators.select_related("pilot")),
    "decide-baseline": Act(L("Decide on the baseline"), L("Decide"), "sandboxes.follow_pilot",
                           forms.DecideBaselineForm,
                           lambda row, by, data: measuring.decide_baseline(row, by=by, **data), tab="indicators",
                           rows=lambda pilot: BaselineChange.objects.filter(indicator__pilot=pilot)),
    "review": Act(L("Conclude the safeguards review"), L("Conclude"), "sandboxes.follow_pilot", forms.ReviewForm,
                  lambda row, by, data: measuring.conclude_review(row, by=by, **data), tab="indicators",
                  rows=lambda pilot: pilot.safeguard_reviews.select_related("pilot")),
    "users": Act(L("Users at present"), L("Record"), "sandboxes.record_reading", forms.UsersForm,
                 lambda pilot, by, data: measuring.record_users(pilot, data["count"], by=by), tab="indicators",
                 hint=L("Above the cap of the plan the pilot pauses by itself.")),
    # Rules
    "issue": Act(L("A rule that stands in the way"), L("Add"), "sandboxes.raise_issue", forms.IssueForm,
                 lambda pilot, by, data: regulating.raise_issue(pilot, by=by, **data), tab="rules",
                 hint=L("A live pilot pauses when the rule needs a waiver that is not there.")),
    "settle-issue": Act(L("What removes it, and what the authority answered"), L("Save"), "sandboxes.settle_issue",
                        forms.SettleIssueForm, lambda row, by, data: regulating.change_issue(row, by=by, **data),
                        tab="rules", rows=lambda pilot: pilot.issues.select_related("pilot"), bound=True),
    "drop-issue": Act(L("It is no obstacle after all"), L("Take it off"), "sandboxes.settle_issue", forms.WhyForm,
                      lambda row, by, data: regulating.drop_issue(row, by=by, **data), tab="rules",
                      rows=lambda pilot: pilot.issues.select_related("pilot")),
    "check-rules": Act(L("The rules were checked"), L("Confirm"), "sandboxes.settle_issue", forms.EmptyForm,
                       lambda pilot, by, data: regulating.check_rules(pilot, by=by), tab="rules",
                       hint=L("Every rule that stands in the way is listed, or there is none.")),
    "request-waiver": Act(L("Ask the authority for a waiver"), L("Record the request"), "sandboxes.raise_issue",
                          forms.RequestWaiverForm,
                          lambda row, by, data: regulating.request_waiver(row, by=by, **data), tab="rules",
                          rows=lambda pilot: pilot.issues.select_related("pilot"),
                          hint=L("Only the authority that owns the rule relaxes it. Silence is no consent.")),
    # Gates
    "score": Act(L("Score the five criteria"), L("Save the scores"), "sandboxes.score_pilot", forms.ScoresForm,
                 lambda pilot, by, data: gates.score(pilot, data["scores"], by=by), tab="gates"),
    "vote": Act(L("Vote"), L("Vote"), "sandboxes.vote_pilot", forms.VoteForm,
                lambda pilot, by, data: gates.vote(pilot, data["vote"], by=by, note=data["note"]), tab="gates"),
    "conflict": Act(L("Declare a conflict of interest"), L("Declare"), "sandboxes.view_pilot", forms.WhyForm,
                    lambda pilot, by, data: gates.declare_conflict(pilot, data["reason"], by=by), tab="gates",
                    hint=L("From then on you neither vote nor decide on this pilot. It stands in the record.")),
    "condition": Act(L("A condition was met"), L("Record"), "sandboxes.follow_pilot", forms.NoteForm,
                     lambda row, by, data: gates.meet_condition(row, by=by, **data), tab="gates",
                     rows=lambda pilot: pilot.conditions.select_related("pilot__local_government")),
    "report-condition": Act(L("Report a condition fulfilled"), L("Report"), "sandboxes.change_pilot",
                            forms.ReportConditionForm,
                            lambda row, by, data: gates.report_condition(row, by=by, **data), tab="gates",
                            rows=lambda pilot: pilot.conditions.select_related("pilot__local_government"),
                            hint=L("The case officer looks at it and records that it is met, or sends it back.")),
    "send-condition-back": Act(L("The condition is not met yet"), L("Send back"), "sandboxes.follow_pilot",
                               forms.SendBackForm,
                               lambda row, by, data: gates.send_condition_back(row, by=by, **data), tab="gates",
                               rows=lambda pilot: pilot.conditions.select_related("pilot__local_government")),
    # Citizens
    "notice": Act(L("Residents were told or asked"), L("Record"), "sandboxes.change_pilot", forms.NoticeForm,
                  lambda pilot, by, data: citizens.record_notice(pilot, by=by, **data), tab="citizens"),
    "answer": Act(L("Answer a citizen"), L("Answer"), "sandboxes.answer_feedback", forms.AnswerForm,
                  lambda row, by, data: citizens.answer(row, by=by, **data), tab="citizens",
                  rows=lambda pilot: pilot.feedback.select_related("pilot")),
    # Incidents
    "incident": Act(L("Report an incident"), L("Report"), "sandboxes.report_incident", forms.IncidentForm,
                    lambda pilot, by, data: reporting.report(pilot, by=by, **data), tab="incidents",
                    hint=L("Five questions. A critical incident pauses the pilot at once and tells everybody.")),
    "incident-report": Act(L("Write a report"), L("Save the report"), "sandboxes.work_incident",
                           forms.IncidentReportForm,
                           lambda row, by, data: reporting.write_report(row, data.pop("step"), by=by, **data),
                           tab="incidents", rows=lambda pilot: pilot.incidents.select_related("pilot")),
    "tell": Act(L("An authority was told"), L("Record"), "sandboxes.work_incident", forms.TellForm,
                lambda row, by, data: reporting.tell_authority(row, data.pop("receiver"), by=by, **data),
                tab="incidents", rows=lambda pilot: pilot.incidents.select_related("pilot__local_government"),
                hint=L("What concerns this authority is frozen as it stands now, and can be printed.")),
    # Exit
    "closing": Act(L("A closing item is done"), L("Record"), "sandboxes.close_pilot", forms.ClosingForm,
                   lambda row, by, data: exits.finish_item(row, by=by, **data), tab="exit",
                   rows=lambda pilot: pilot.closing_items.select_related("pilot")),
}  # fmt: skip


def _readings(pilot):
    from sandboxes.models import Reading

    return Reading.objects.filter(indicator__pilot=pilot).select_related("indicator__pilot__local_government")


def whole_pilot(request, pk):
    """A pilot of which the person may read everything, or 404."""
    pilots = Pilot.objects.seen_whole_by(request.user).select_related("local_government__province", "officer")
    return get_object_or_404(pilots, pk=pk)


@login_required
def act(request, pk, name, row=None):
    """The page of one act: what it is, its form, and the doing of it."""
    pilot = whole_pilot(request, pk)
    if name not in ACTS:
        raise Http404
    one = ACTS[name]
    if (one.rows is None) != (row is None):
        raise Http404
    target = get_object_or_404(one.rows(pilot), pk=row) if one.rows else pilot
    if not request.user.has_perm(one.permission, pilot):
        raise PermissionDenied(_("This is not for your role or place."))
    form = make_form(one, pilot, target, request)
    if request.method == "POST" and form.is_valid() and attempt(form, one, target, request.user):
        messages.success(request, _("Done: %(what)s") % {"what": one.title})
        return redirect(tab_url(pilot, one.tab))
    context = {
        "pilot": pilot,
        "act": one,
        "row": target if one.rows else None,
        "form": form,
        "back": tab_url(pilot, one.tab),
        "name": name,
    }
    return render(request, "sandboxes/act.html", context, status=400 if form.errors else 200)


def make_form(one, pilot, target, request):
    kind = one.form(pilot) if not isinstance(one.form, type) else one.form
    more = {"instance": target} if one.bound else {}
    if one.form is forms.ReadingForm and request.method != "POST":
        more["initial"] = {"on": clock.today()}
    return kind(request.POST if request.method == "POST" else None, request.FILES or None, case=pilot, by=request.user,
                **more)  # fmt: skip


def attempt(form, one, target, by):
    """Do the act; what stands in the way is put on `form`. True when it was done."""
    data = {"scores": form.scores()} if hasattr(form, "scores") else dict(form.cleaned_data)
    fresh = type(target)._default_manager.get(pk=target.pk)
    try:
        one.do(fresh, by, data)
    except ValidationError as error:
        _put_on(form, error)
    except Refused as refusal:
        form.add_error(None, refusal.message)
    else:
        return True
    return False


def _put_on(form, error):
    """The messages of `error` at their fields, where the form has them."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error.messages)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, [text for one in errors for text in one.messages])


def tab_url(pilot, tab):
    return reverse("sandboxes:tab", args=[pilot.pk, tab]) if tab else pilot.get_absolute_url()


def may(user, pilot, *names):
    """The names among `names` of acts whose permission `user` holds on `pilot`, as a set."""
    granted = {permission: user.has_perm(permission, pilot) for permission in {ACTS[name].permission for name in names}}
    return {name.replace("-", "_") for name in names if granted[ACTS[name].permission]}


urlpatterns = [
    path("<int:pk>/do/<slug:name>/", act, name="act"),
    path("<int:pk>/do/<slug:name>/<int:row>/", act, name="act"),
]
