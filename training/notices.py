"""Who is told what. Subjects and texts name cases by number, never a person: they also go by e-mail."""

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models import Membership, User
from portal.notices import tell, write_to
from portal.roles import LOCAL_ROLES, Role, roles_with

INVITED = (Role.LOCAL_OFFICER, Role.LOCAL_CLERK, Role.LOCAL_EXECUTIVE)


def holders(permission):
    """People who hold `permission` by a national post today."""
    held = Membership.objects.in_force(clock.today()).filter(
        role__in=[role for role in roles_with(permission) if role in Role.values],
        local_government=None,
        province=None,
    )
    return User.objects.filter(memberships__in=held, is_active=True).distinct()


def office(local_government):
    """The officers, clerk and executive of a local government."""
    held = Membership.objects.in_force(clock.today()).filter(local_government=local_government, role__in=LOCAL_ROLES)
    return User.objects.filter(memberships__in=held, is_active=True).exclude(
        memberships__in=held.filter(role=Role.LOCAL_AUDITOR)
    )


# Applications


def _applicant(application, kind, subject, body, **facts):
    if application.applicant is None:
        return
    facts = {"number": application.number or "–", "generation": application.generation, **facts}
    tell(
        application.applicant, kind, subject=subject, body=body, url=application.get_absolute_url(),
        about=application, **facts,
    )  # fmt: skip


def submitted(application):
    _applicant(
        application,
        "application_received",
        _("Your application %(number)s has arrived"),
        _("We have received application %(number)s to %(generation)s. We check the papers next and tell you here."),
    )


def document_asked(application):
    _applicant(
        application,
        "document_asked",
        _("A paper is needed: application %(number)s"),
        _("A paper of application %(number)s cannot be read or is missing. Please upload it again by %(day)s."),
        day=application.document_due_on,
    )


def eligibility_decided(application):
    _applicant(
        application,
        "eligibility",
        _("Result of the first check: application %(number)s"),
        _("The papers of application %(number)s are checked. Open it to see the result and its reason."),
    )


def shortlisted(application):
    _applicant(
        application,
        "shortlisted",
        _("Please book your interview: application %(number)s"),
        _("You are on the list for an interview of %(generation)s. Open your application and book a time."),
    )


def offered(application):
    _applicant(
        application,
        "place_offered",
        _("A place is offered to you: answer by %(until)s"),
        _("A place is offered to you at %(place)s. Please say yes or no by %(until)s; afterwards it goes to the next."),
        until=application.answer_until,
        place=application.place.local_government.name_th,
    )


def waitlisted(application):
    _applicant(
        application,
        "waitlisted",
        _("You are on the waiting list: application %(number)s"),
        _("Application %(number)s is on the waiting list. When a place becomes free, it is offered in order."),
    )


def not_selected(application):
    _applicant(
        application,
        "not_selected",
        _("Result of your application %(number)s"),
        _("There was no place for application %(number)s this time. You may ask to see your scores there."),
    )


def offer_lapsed(application):
    _applicant(
        application,
        "offer_lapsed",
        _("The offer has lapsed: application %(number)s"),
        _("The time to answer has passed, so the place was offered to the next person."),
    )


def nobody_left(place):
    """A place is free and nobody on the waiting list fits it."""
    tell(
        holders("training.select_application"),
        "place_without_candidate",
        subject=_("A place has nobody: %(place)s"),
        body=_(
            "The place at %(place)s is free, and nobody on the waiting list can take it. Widen the area or call again."
        ),
        url=place.generation.get_absolute_url(),
        about=place.generation,
        place=place.local_government.name_th,
    )


# Host call and placements


def hosts_called(generation):
    """Tell the officers and executives of every local government that places may be offered."""
    held = Membership.objects.in_force(clock.today()).filter(role__in=[Role.LOCAL_OFFICER, Role.LOCAL_EXECUTIVE])
    tell(
        User.objects.filter(memberships__in=held, is_active=True).distinct(),
        "hosts_called",
        subject=_("Offer a place: %(generation)s"),
        body=_("Local governments may now offer a place for %(generation)s: the work, and a mentor."),
        url=reverse("training:places", args=[generation.pk]),
        about=generation,
        generation=generation,
    )


def place_prepared(place):
    held = Membership.objects.in_force(clock.today()).filter(
        local_government=place.local_government, role=Role.LOCAL_EXECUTIVE
    )
    tell(
        User.objects.filter(memberships__in=held, is_active=True),
        "place_prepared",
        subject=_("Please decide: a place for an ambassador"),
        body=_("Your office has prepared an offer to host an ambassador of %(generation)s. Please say yes or no."),
        url=place.get_absolute_url(),
        about=place,
        generation=place.generation,
    )


def placed(placement):
    people = User.objects.filter(Q(pk=placement.mentor_id) | Q(pk=placement.ambassador_id))
    tell(
        people,
        "placed",
        subject=_("Placement at %(place)s"),
        body=_("The service at %(place)s begins on %(first)s and ends on %(last)s."),
        url=placement.get_absolute_url(),
        about=placement,
        place=placement.local_government.name_th,
        first=placement.starts_on,
        last=placement.ends_on,
    )


def host_withdrew(placement):
    """The host gives up while its ambassador serves: everybody concerned is told, and who must act."""
    people = User.objects.filter(Q(pk=placement.mentor_id) | Q(pk=placement.ambassador_id))
    tell(
        [*people, *holders("training.manage_placement")],
        "host_withdrew",
        subject=_("The host gives up: %(place)s"),
        body=_(
            "%(place)s can no longer host. The service and the stipend go on until the programme has found another"
            " host."
        ),
        url=placement.get_absolute_url(),
        about=placement,
        place=placement.local_government.name_th,
    )


def rematched(placement):
    """The ambassador, the mentor before and the new one learn where the service goes on."""
    before = placement.postings.last()
    people = User.objects.filter(pk__in={placement.mentor_id, placement.ambassador_id, before.mentor_id})
    tell(
        people,
        "rematched",
        subject=_("The service goes on at %(place)s"),
        body=_("The ambassador of %(before)s goes on at %(place)s. Reports, projects and the stipend go on unbroken."),
        url=placement.get_absolute_url(),
        about=placement,
        place=placement.local_government.name_th,
        before=before.local_government.name_th,
    )


def placement_ended(placement):
    people = User.objects.filter(Q(pk=placement.mentor_id) | Q(pk=placement.ambassador_id))
    everybody = [*people, *holders("training.manage_placement")]
    tell(
        everybody,
        "placement_ended",
        subject=_("Service ended early at %(place)s"),
        body=_(
            "The last day is %(last)s. Please go through the hand-over list; the place is offered to the next person."
        ),
        url=placement.get_absolute_url(),
        about=placement,
        place=placement.local_government.name_th,
        last=placement.last_day,
    )


def report_sent(report):
    tell(
        report.placement.mentor,
        "monthly_report_sent",
        subject=_("A monthly report waits for you"),
        body=_("The ambassador at %(place)s has sent a monthly report. Please read and accept it."),
        url=report.get_absolute_url(),
        about=report.placement,
        place=report.local_government.name_th,
    )


def report_answered(report):
    tell(
        report.placement.ambassador,
        "monthly_report_answered",
        subject=_("Your monthly report was answered"),
        body=_("Your mentor has answered your monthly report. Open it to see."),
        url=report.get_absolute_url(),
        about=report.placement,
    )


# Courses


def _learner(enrolment, kind, subject, body, **facts):
    """Tell a learner: under the bell of an account, or by letter where there is only an address."""
    learner = enrolment.learner
    facts = {"run": enrolment.run, **facts}
    if learner.user_id:
        tell(learner.user, kind, subject=subject, body=body, url=enrolment.get_absolute_url(), about=enrolment, **facts)
    elif learner.email:
        url = f"{settings.SITE_URL}{reverse('training:claim')}?code={learner.claim_code}" if learner.claim_code else ""
        write_to(
            learner.email, kind, subject=subject, body=body, url=url, about=enrolment, is_secret=bool(url), **facts
        )


def confirmed(enrolment):
    _learner(
        enrolment,
        "enrolment_confirmed",
        _("Your seat is confirmed: %(run)s"),
        _("You have a seat in %(run)s. The calendar file is on its page."),
    )


def queued(enrolment):
    _learner(
        enrolment,
        "enrolment_waitlisted",
        _("On the waiting list: %(run)s"),
        _("%(run)s is full. You are on the waiting list and get the next free seat in your turn."),
    )


def asked_again(enrolment, reason):
    _learner(
        enrolment,
        "enrolment_asked_again",
        _("Changed, please confirm again: %(run)s"),
        _("%(run)s was changed: %(reason)s Please say whether you still come."),
        reason=reason,
    )


def run_cancelled(enrolment, reason):
    _learner(enrolment, "run_cancelled", _("Cancelled: %(run)s"), _("%(run)s was cancelled: %(reason)s"), reason=reason)


def cannot_pass(enrolment):
    _learner(
        enrolment,
        "cannot_pass",
        _("Attendance can no longer be reached: %(run)s"),
        _("With the sessions that are left, the attendance that %(run)s needs cannot be reached. Ask about a make-up."),
    )
    run = enrolment.run
    tell(
        run.trainers.all(),
        "learner_cannot_pass",
        subject=_("A learner can no longer pass: %(run)s"),
        body=_("A learner of %(run)s cannot reach the attendance any more. Offer a make-up session."),
        url=run.get_absolute_url(),
        about=run,
        run=run,
    )


def result(enrolment):
    _learner(
        enrolment,
        "enrolment_result",
        _("Your result is there: %(run)s"),
        _("The result of %(run)s is there. Open it to see the mark and, when you passed, the certificate."),
    )


def credential_ended(credential, reason):
    if credential.learner and credential.learner.user_id:
        tell(
            credential.learner.user,
            "credential_ended",
            subject=_("Certificate %(serial)s was withdrawn or replaced"),
            body=_("Certificate %(serial)s no longer counts: %(reason)s"),
            url=credential.get_absolute_url(),
            about=credential,
            serial=credential.serial,
            reason=reason,
        )


# Letters to many


def letter_to_learner(enrolment, text):
    _learner(enrolment, "letter_of_run", _("A message about %(run)s"), "%(text)s", text=text)


def letter_of_generation(generation, people, text):
    tell(
        people,
        "letter_of_generation",
        subject=_("A message about %(generation)s"),
        body="%(text)s",
        url=generation.get_absolute_url(),
        about=generation,
        generation=generation,
        text=text,
    )


def invited(places, to, text):
    """Invite the officers, clerks and executives of offices to a run or to host; in how many somebody was told."""
    held = Membership.objects.in_force(clock.today()).filter(local_government__in=places, role__in=INVITED)
    held = held.filter(user__is_active=True)
    is_run = hasattr(to, "sessions")
    tell(
        User.objects.filter(memberships__in=held).distinct(),
        "office_invited",
        subject=_("Your office is invited: %(to)s"),
        body=_(
            "Nobody of your office serves as an ambassador or was trained within 24 months. %(to)s is open to your"
            " office.\n%(text)s"
        ),
        url=reverse("training:staff" if is_run else "training:places", args=[to.pk]),
        about=to,
        to=to,
        text=text,
    )
    return held.values("local_government").distinct().count()
