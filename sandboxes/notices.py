"""Who is told what. Rows are written in the step's own transaction; the relay sends them."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models import Membership, User
from portal.notices import tell
from portal.roles import Role, Scope, roles_with, scope_of


def holders(permission, place=None):
    """People who hold `permission` today: of `place` for local roles, of its province, else nationally."""
    national = [role for role in roles_with(permission) if role in Role.values and scope_of(role) == Scope.NATIONAL]
    local = [role for role in roles_with(permission) if scope_of(role) == Scope.LOCAL]
    wanted = Q(role__in=national)
    if place is not None:
        wanted |= Q(role__in=local, local_government=place)
    held = Membership.objects.in_force(clock.today()).filter(wanted).exclude(role=Role.TIMER)
    return User.objects.filter(memberships__in=held, is_active=True).distinct()


def office(pilot):
    """The people of the lead local government."""
    held = Membership.objects.in_force(clock.today()).filter(local_government=pilot.local_government_id)
    return User.objects.filter(memberships__in=held, is_active=True).distinct()


def agencies(pilot):
    """The case officers and members of both agencies."""
    return holders("sandboxes.follow_pilot") | holders("sandboxes.decide_pilot")


def partners(pilot):
    return User.objects.filter(pilot_partners__pilot=pilot, pilot_partners__left_on=None, is_active=True).distinct()


def case_officers(pilot):
    """The case officer who looks after the pilot; where nobody does, or theirs holds the role no more, all of them."""
    all_of_them = holders("sandboxes.follow_pilot")
    return list(all_of_them.filter(pk=pilot.officer_id)) or all_of_them


def everybody(pilot):
    """All whom it concerns when a pilot is decided on, stops or harms: its office, partners and both agencies."""
    return _each_once(office(pilot), agencies(pilot), partners(pilot))


def workers(pilot):
    """Those who work on the pilot day by day: its office, its case officer and its partners."""
    return _each_once(office(pilot), case_officers(pilot), partners(pilot))


def _each_once(*groups):
    return list({one.pk: one for group in groups for one in group}.values())


def _about(pilot, recipients, kind, subject, body, **facts):
    facts = {"number": pilot.number or "–", "title": pilot.title_th, "place": pilot.local_government.name_th, **facts}
    url = facts.pop("url", "") or pilot.get_absolute_url()
    tell(recipients, kind, subject=subject, body=body, url=url, about=pilot, **facts)


def endorsement_asked(endorsement):
    people = holders("sandboxes.endorse_pilot", endorsement.place)
    national = Q(memberships__local_government=endorsement.place)
    _about(
        endorsement.pilot,
        people.filter(national),
        "pilot_endorsement_asked",
        _("Please endorse: %(title)s"),
        _("%(place)s asks your local government to endorse the pilot “%(title)s”, which also runs in your area."),
        url=reverse("sandboxes:endorsement", args=[endorsement.pk]),
    )


def endorsement_answered(endorsement):
    said = _("endorsed") if endorsement.is_endorsed else _("not endorsed")
    _about(
        endorsement.pilot,
        office(endorsement.pilot),
        "pilot_endorsement_answered",
        _("%(other)s has answered: %(title)s"),
        _("%(other)s: %(said)s. Pilot “%(title)s”."),
        other=endorsement.place.name_th,
        said=said,
    )


def partner_left(partner):
    _about(
        partner.pilot,
        workers(partner.pilot) if partner.pilot.number else [],
        "pilot_partner_left",
        _("A partner has left: %(number)s"),
        _("%(partner)s takes part no more in the pilot “%(title)s”. Find a substitute or end it. Reason: %(reason)s"),
        partner=partner.name_th,
        reason=partner.left_reason,
    )


def applied(pilot, *, by, **_details):
    _about(
        pilot,
        holders("sandboxes.screen_pilot"),
        "pilot_applied",
        _("New pilot: %(number)s %(place)s"),
        _("%(place)s has applied for the pilot “%(title)s” (%(number)s). It waits for a case officer."),
    )


def screening_started(pilot, *, by, **_details):
    _about(
        pilot,
        office(pilot),
        "pilot_screening",
        _("In screening: %(number)s"),
        _("%(officer)s looks after your pilot “%(title)s” from now on."),
        officer=str(by),
    )


def taken_over(pilot, former, reason):
    _about(
        pilot,
        [*office(pilot), *([former] if former else [])],
        "pilot_taken_over",
        _("Another case officer: %(number)s"),
        _("%(officer)s looks after the pilot “%(title)s” from now on. Reason: %(reason)s"),
        officer=str(pilot.officer),
        reason=reason,
    )


def returned(pilot, *, by, reason, due_on=None, **_details):
    _about(
        pilot,
        office(pilot),
        "pilot_returned",
        _("To be mended: %(number)s"),
        _("The pilot “%(title)s” was returned to you. Mend it by %(due)s. Reason: %(reason)s"),
        reason=reason,
        due=due_on,
    )


def decided(pilot, *, by, **_details):
    """One agency's part tells the other; a gate that is closed tells everybody."""
    gate = pilot.open_gate()
    if gate is not None and pilot.state == pilot.previous_state:
        waiting = gate.waiting_for
        people = holders("sandboxes.decide_pilot").filter(
            memberships__role__in=roles_with("sandboxes.decide_pilot"), memberships__agency__in=waiting
        )
        _about(
            pilot,
            people.distinct(),
            "pilot_your_turn",
            _("Your agency's turn: %(number)s"),
            _("The other agency has decided on “%(title)s”. It waits for your agency."),
        )
        return
    if pilot.state == pilot.previous_state:
        amendment = pilot.amendments.select_related("gate").last()
        _about(
            pilot,
            everybody(pilot),
            "pilot_amended",
            _("Amendment decided: %(number)s"),
            _(
                "Both agencies have decided on the amendment of the plan of “%(title)s”: %(outcome)s. It was proposed"
                " because: %(reason)s"
            ),
            outcome=_("approved") if amendment.applied_at else _("not approved"),
            reason=amendment.reason,
        )
        return
    _about(
        pilot,
        everybody(pilot),
        "pilot_decided",
        _("Decided: %(number)s – %(state)s"),
        _("Both agencies have decided on the pilot “%(title)s”. It is now “%(state)s”."),
        state=pilot.get_state_display(),
    )


def amendment_proposed(amendment):
    _about(
        amendment.pilot,
        agencies(amendment.pilot),
        "pilot_amendment",
        _("Amendment of the plan: %(number)s"),
        _("%(place)s proposes to amend the plan of the pilot “%(title)s”, which runs. Reason: %(reason)s"),
        reason=amendment.reason,
        url=reverse("sandboxes:tab", args=[amendment.pilot_id, "plan"]),
    )


def condition_reported(condition):
    """Tells the case officer who looks after the pilot; where nobody does, all of them."""
    _condition(
        condition,
        case_officers(condition.pilot),
        "condition_reported",
        _("Condition reported fulfilled: %(number)s"),
        _("%(place)s reports a condition on the pilot “%(title)s” as fulfilled: “%(condition)s”. Please check it."),
    )


def condition_sent_back(condition):
    _condition(
        condition,
        office(condition.pilot),
        "condition_sent_back",
        _("Condition not yet met: %(number)s"),
        _("On the pilot “%(title)s” the condition “%(condition)s” is not met yet. Still missing: %(reason)s"),
        reason=condition.sent_back,
    )


def condition_met(condition):
    _condition(
        condition,
        office(condition.pilot),
        "condition_met",
        _("Condition met: %(number)s"),
        _("On the pilot “%(title)s” the condition “%(condition)s” is met."),
    )


def condition_due(condition):
    """Reminds the office; of a late one also the case officer."""
    pilot, is_late = condition.pilot, condition.due_on < clock.today()
    _condition(
        condition,
        [*office(pilot), *(case_officers(pilot) if is_late else [])],
        "condition_due",
        _("A condition is overdue: %(number)s") if is_late else _("A condition is due %(due)s: %(number)s"),
        _("The pilot “%(title)s” was decided on a condition due %(due)s: “%(condition)s”. Report it once it is met."),
        due=condition.due_on,
    )


def _condition(condition, recipients, kind, subject, body, **facts):
    _about(
        condition.pilot,
        recipients,
        kind,
        subject,
        body,
        condition=condition.text[:500],
        url=reverse("sandboxes:tab", args=[condition.pilot_id, "gates"]),
        **facts,
    )


def reconsidered(pilot, *, by, reason, **_details):
    _about(
        pilot,
        workers(pilot),
        "pilot_reconsidered",
        _("Taken up again: %(number)s"),
        _("The pilot “%(title)s” is being screened again. Reason: %(reason)s"),
        reason=reason,
    )


def went_live(pilot, *, by, **_details):
    _about(
        pilot,
        everybody(pilot),
        "pilot_live",
        _("Live: %(number)s %(title)s"),
        _("The pilot “%(title)s” of %(place)s is live until %(until)s."),
        until=pilot.ends_on,
    )


def paused(pilot, *, by, note="", **_details):
    _about(
        pilot,
        everybody(pilot),
        "pilot_paused",
        _("Paused: %(number)s %(title)s"),
        _("The pilot “%(title)s” is paused: %(cause)s. %(note)s"),
        cause=pilot.get_pause_cause_display(),
        note=note,
    )


def resumed(pilot, *, by, note="", **_details):
    _about(
        pilot,
        workers(pilot),
        "pilot_resumed",
        _("Live again: %(number)s %(title)s"),
        _("The pilot “%(title)s” goes on. %(note)s"),
        note=note,
    )


def exit_review_started(pilot, *, by, **_details):
    _about(
        pilot,
        everybody(pilot),
        "pilot_exit_review",
        _("Exit review: %(number)s"),
        _("The trial of “%(title)s” is over or ends. The report and both agencies' decisions are due within 60 days."),
    )


def ended(pilot, *, by, reason="", **_details):
    _about(
        pilot,
        everybody(pilot),
        "pilot_ended",
        _("Ended early: %(number)s"),
        _("The pilot “%(title)s” was ended. The closing checklist is open. Reason: %(reason)s"),
        reason=reason,
    )


def withdrawn(pilot, *, by, reason="", **_details):
    _about(
        pilot,
        everybody(pilot) if pilot.number else [],
        "pilot_withdrawn",
        _("Withdrawn: %(number)s"),
        _("%(place)s has withdrawn the pilot “%(title)s”. Reason: %(reason)s"),
        reason=reason,
    )


def waiver_granted(waiver, *, by, **_details):
    _about(
        waiver.pilot,
        workers(waiver.pilot),
        "waiver_granted",
        _("Waiver in force: %(number)s"),
        _("%(authority)s relaxes “%(law)s” for the pilot “%(title)s” until %(until)s (%(instrument)s)."),
        authority=waiver.issue.authority.name_th,
        law=waiver.issue.law,
        until=waiver.valid_until,
        instrument=waiver.instrument_no,
    )


def waiver_refused(waiver, *, by, reason="", **_details):
    _about(
        waiver.pilot,
        workers(waiver.pilot),
        "waiver_refused",
        _("Waiver refused: %(number)s"),
        _("%(authority)s does not relax “%(law)s” for the pilot “%(title)s”. Reason: %(reason)s"),
        authority=waiver.issue.authority.name_th,
        law=waiver.issue.law,
        reason=reason,
    )


def waiver_expired(waiver, *, by, **_details):
    _ended_waiver(waiver, _("Waiver expired: %(number)s"))


def waiver_revoked(waiver, *, by, **_details):
    _ended_waiver(waiver, _("Waiver revoked: %(number)s"))


def _ended_waiver(waiver, subject):
    _about(
        waiver.pilot,
        everybody(waiver.pilot),
        "waiver_ended",
        subject,
        _(
            "The instrument %(instrument)s on “%(law)s” no longer counts for the pilot “%(title)s”. A pilot that"
            " needs it is paused and resumes only with a new one."
        ),
        instrument=waiver.instrument_no,
        law=waiver.issue.law,
    )


def waiver_ends_soon(waiver, days):
    _about(
        waiver.pilot,
        workers(waiver.pilot),
        "waiver_ends_soon",
        _("Waiver ends in %(days)s days or less: %(number)s"),
        _(
            "The instrument %(instrument)s of %(authority)s on “%(law)s” ends with %(until)s. Without a new one the"
            " pilot “%(title)s” pauses at that moment."
        ),
        days=days,
        instrument=waiver.instrument_no,
        authority=waiver.issue.authority.name_th,
        law=waiver.issue.law,
        until=waiver.valid_until,
    )


def incident_reported(incident):
    _incident(
        incident,
        "incident_reported",
        _("%(severity)s: %(number)s %(title)s"),
        _("An incident was reported on the pilot “%(title)s” (%(severity)s): %(what)s"),
        recipients=everybody(incident.pilot),
        what=incident.what[:500],
    )


def incident_resolved(incident, *, by, **_details):
    _incident(
        incident,
        "incident_resolved",
        _("Incident resolved: %(number)s"),
        _("The incident (%(severity)s) on the pilot “%(title)s” is resolved. Its case officer closes it."),
    )


def incident_closed(incident, *, by, **_details):
    _incident(
        incident,
        "incident_closed",
        _("Incident closed: %(number)s"),
        _("The incident (%(severity)s) on the pilot “%(title)s” is closed."),
    )


def incident_reopened(incident, *, by, reason, **_details):
    _incident(
        incident,
        "incident_reopened",
        _("Incident taken up again: %(number)s"),
        _("The incident (%(severity)s) on the pilot “%(title)s” is open again. Reason: %(reason)s"),
        reason=reason,
    )


def severity_corrected(incident, *, by, reason, **_details):
    _incident(
        incident,
        "severity_corrected",
        _("Now %(severity)s: %(number)s"),
        _("The severity of the incident on the pilot “%(title)s” is now %(severity)s. Reason: %(reason)s"),
        recipients=everybody(incident.pilot),
        reason=reason,
    )


def clock_runs(incident, clock_):
    _incident(
        incident,
        "incident_clock",
        _("%(task)s, due %(due)s: %(number)s"),
        _("For the incident (%(severity)s) on the pilot “%(title)s”: %(task)s is due %(due)s."),
        task=clock_.label,
        due=clock_.due_at,
    )


def _incident(incident, kind, subject, body, *, recipients=None, **facts):
    _about(
        incident.pilot,
        workers(incident.pilot) if recipients is None else recipients,
        kind,
        subject,
        body,
        severity=incident.get_severity_display(),
        url=incident.get_absolute_url(),
        **facts,
    )


def threshold_passed(review):
    indicator = review.reading.indicator
    _about(
        review.pilot,
        everybody(review.pilot),
        "safeguards_review",
        _("Beyond the stop threshold: %(number)s"),
        _(
            "“%(indicator)s” measured %(value)s, beyond the stop threshold %(limit)s. A safeguards review of the pilot"
            " “%(title)s” is open."
        ),
        indicator=indicator.name_th,
        value=f"{review.reading.value:g}",
        limit=f"{indicator.stop_threshold:g}",
    )


def feedback_received(feedback):
    people = [*office(feedback.pilot), *([feedback.pilot.officer] if feedback.pilot.officer else [])]
    _about(
        feedback.pilot,
        people,
        "pilot_feedback",
        _("%(sort)s from a citizen: %(number)s"),
        _("A citizen has written about the pilot “%(title)s” (%(tracking)s). Answer by %(due)s."),
        sort=feedback.get_kind_display(),
        tracking=feedback.tracking_no,
        due=feedback.due_on,
    )
