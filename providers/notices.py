"""Who is told what. Rows are written in the step's own transaction; the relay sends them."""

from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models import Membership, User
from portal.notices import tell, write_to
from portal.roles import roles_with
from providers.deciding.impact import ceased_letter, lapsed_letter, warn
from providers.models import Terms


def holders(permission):
    """People of the registry who hold `permission` today."""
    held = Membership.objects.in_force(clock.today()).filter(role__in=roles_with(permission))
    return User.objects.filter(memberships__in=held, is_active=True).distinct()


def speakers(provider):
    """Those who speak for a company today."""
    return User.objects.filter(representations__in=provider.representatives.confirmed(), is_active=True).distinct()


def representation_claimed(claimed):
    facts = {"who": str(claimed.user), "company": claimed.provider.name_th, "number": claimed.provider.juristic_number}
    tell(
        holders("providers.decide_representative"),
        "representation_claimed",
        subject=_("Check a representative: %(company)s"),
        body=_("%(who)s claims to speak for %(company)s (%(number)s). Compare the letter and decide."),
        url=claimed.get_absolute_url(),
        about=claimed,
        **facts,
    )
    tell(
        speakers(claimed.provider),
        "representation_claimed_by_another",
        subject=_("Another person claims your company"),
        body=_("%(who)s claims to speak for %(company)s. If that is wrong, dispute it; the registrar decides."),
        url=claimed.get_absolute_url(),
        about=claimed,
        **facts,
    )


def representation_decided(representative):
    tell(
        representative.user,
        "representation_decided",
        subject=_("Speaking for %(company)s: %(state)s"),
        body=_("Your authorisation to speak for %(company)s is now “%(state)s”. %(reason)s"),
        url=representative.get_absolute_url(),
        about=representative,
        company=representative.provider.name_th,
        state=representative.get_state_display(),
        reason=representative.reason,
    )


def representation_disputed(representative, reason):
    tell(
        [*holders("providers.decide_representative"), representative.user],
        "representation_disputed",
        subject=_("Disputed: who speaks for %(company)s"),
        body=_("The authorisation of %(who)s is disputed: %(reason)s"),
        url=representative.get_absolute_url(),
        about=representative,
        who=str(representative.user),
        company=representative.provider.name_th,
        reason=reason,
    )


def _of_application(application, recipients, kind, subject, body, **facts):
    facts = {"number": application.number, "company": application.provider.name_th, **facts}
    tell(recipients, kind, subject=subject, body=body, url=application.get_absolute_url(), about=application, **facts)


def application_submitted(application, *, by, **_details):
    _of_application(
        application,
        holders("providers.check_application"),
        "application_submitted",
        _("New application %(number)s: %(company)s"),
        _("%(company)s has handed in application %(number)s. Its documents wait for a check."),
    )


def application_returned(application, *, by, sections, due_on, **_details):
    _of_application(
        application,
        speakers(application.provider),
        "application_returned",
        _("Please revise application %(number)s"),
        _("Application %(number)s needs a revision by %(day)s. The page says which sections and why."),
        day=due_on,
    )


def application_approved(application, *, by, **_details):
    _of_application(
        application,
        speakers(application.provider),
        "application_approved",
        _("Approved: application %(number)s"),
        _("The products of application %(number)s are listed. The certificates are on the page."),
    )


def application_rejected(application, *, by, reason, **_details):
    _of_application(
        application,
        speakers(application.provider),
        "application_rejected",
        _("Not approved: application %(number)s"),
        _(
            "Application %(number)s was not approved. A new application may be handed in from %(day)s; it can be "
            "written before. Reason: %(reason)s"
        ),
        reason=reason,
        day=clock.today() + timedelta(days=Terms.present().reapply_after_days),
    )


def _of_listing(listing, recipients, kind, subject, body, **facts):
    facts = {
        "certificate": listing.certificate_no,
        "product": listing.product.name_th,
        "company": listing.provider.name_th,
        **facts,
    }
    tell(recipients, kind, subject=subject, body=body, url=listing.get_absolute_url(), about=listing, **facts)


def listing_suspended(listing, *, reason, legal_basis, reply_by, **_details):
    _of_listing(
        listing,
        speakers(listing.provider),
        "listing_suspended",
        _("Suspended: %(certificate)s"),
        _("The listing of “%(product)s” is suspended: %(reason)s (%(basis)s). You may reply until %(day)s."),
        reason=reason,
        basis=legal_basis,
        day=reply_by,
    )
    warn(listing)


def listing_replied(listing, **_details):
    _of_listing(
        listing,
        holders("providers.reinstate_listing"),
        "listing_replied",
        _("Reply to the suspension of %(certificate)s"),
        _("%(company)s has replied to the suspension of “%(product)s”. Reinstate or revoke it."),
    )


def listing_reinstated(listing, **_details):
    _of_listing(
        listing,
        speakers(listing.provider),
        "listing_reinstated",
        _("Reinstated: %(certificate)s"),
        _("“%(product)s” is listed again."),
    )
    warn(listing)


def listing_revoked(listing, *, reason, barred_until, **_details):
    _of_listing(
        listing,
        speakers(listing.provider),
        "listing_revoked",
        _("Revoked: %(certificate)s"),
        _("The listing of “%(product)s” is revoked: %(reason)s. A new application is possible from %(day)s."),
        reason=reason,
        day=barred_until,
    )
    warn(listing)


def listing_expired(listing, **_details):
    _of_listing(
        listing,
        speakers(listing.provider),
        "listing_expired",
        _("Expired: %(certificate)s"),
        _("The listing of “%(product)s” has ended. You can still renew it."),
    )
    warn(listing)


def listing_withdrawn(listing, **_details):
    _of_listing(
        listing,
        holders("providers.suspend_listing"),
        "listing_withdrawn",
        _("Withdrawn: %(certificate)s"),
        _("%(company)s has withdrawn “%(product)s” from the account."),
    )
    warn(listing)


def renewal_due(listing, days):
    """`days` before the end; negative after it."""
    _of_listing(
        listing,
        speakers(listing.provider),
        "renewal_due",
        _("Renew %(certificate)s") if days >= 0 else _("%(certificate)s has ended: renew it"),
        _("The listing of “%(product)s” ends on %(day)s. Renewal asks only for what has changed."),
        day=listing.valid_until,
    )


def certification_lapsed(listing, certification):
    _of_listing(
        listing,
        [*speakers(listing.provider), *holders("providers.decide_change")],
        "certification_lapsed",
        _("A certification of %(certificate)s has lapsed"),
        _("%(certification)s has lapsed. Send the renewed certificate; until then readers see a remark."),
        certification=str(certification),
    )
    warn(listing, lapsed_letter)


def company_ceased(listing):
    _of_listing(
        listing,
        holders("providers.suspend_listing"),
        "company_ceased",
        _("The company of %(certificate)s has ceased"),
        _("%(company)s is “%(status)s” at the Department of Business Development. Decide whether to suspend."),
        status=listing.provider.get_company_status_display(),
    )
    warn(listing, ceased_letter)


def check_opened(listing):
    _of_listing(
        listing,
        holders("providers.close_complaint"),
        "check_opened",
        _("Many complaints about %(certificate)s"),
        _("Several local governments complained about “%(product)s” within 90 days. Look into it."),
    )


def _of_case(case, recipients, kind, subject, body, url="", **facts):
    tell(recipients, kind, subject=subject, body=body, url=url or case.get_absolute_url(), about=case, **facts)


def change_asked(change):
    _of_case(
        change,
        holders("providers.decide_change"),
        "change_asked",
        _("Check a change: %(company)s"),
        _("%(company)s asks to change: %(what)s. Compare old and new."),
        company=change.provider.name_th,
        what=change.get_kind_display(),
    )


def change_decided(change):
    _of_case(
        change,
        change.asked_by,
        "change_decided",
        _("Your change: %(state)s"),
        _("The change of %(what)s is “%(state)s”. %(reason)s"),
        what=change.get_kind_display(),
        state=change.get_state_display(),
        reason=change.reason,
    )


def check_closed(listing, *, outcome, **_details):
    offices = listing.complaints.exclude(state="closed").values("filed_by")
    _of_listing(
        listing,
        [*speakers(listing.provider), *User.objects.filter(pk__in=offices, is_active=True)],
        "check_closed",
        _("The check of %(certificate)s is closed"),
        _("The check of “%(product)s” after complaints is closed: %(outcome)s"),
        outcome=outcome,
    )


def complaint_filed(complaint):
    _of_case(
        complaint,
        [*speakers(complaint.provider), *holders("providers.close_complaint")],
        "complaint_filed",
        _("Complaint: %(topic)s"),
        _("%(office)s complains about “%(product)s”. A reply is due by %(day)s."),
        topic=complaint.subject,
        office=complaint.local_government.name_th,
        product=complaint.listing.product.name_th,
        day=complaint.due_on,
    )


def complaint_answered(complaint):
    _of_case(
        complaint,
        [complaint.filed_by, *holders("providers.close_complaint")],
        "complaint_answered",
        _("Reply to the complaint: %(topic)s"),
        _("%(company)s has replied to “%(topic)s”."),
        topic=complaint.subject,
        company=complaint.provider.name_th,
    )


def complaint_closed(complaint):
    _of_case(
        complaint,
        [complaint.filed_by, *speakers(complaint.provider)],
        "complaint_closed",
        _("Complaint closed: %(topic)s"),
        _("The complaint “%(topic)s” was closed: %(outcome)s"),
        topic=complaint.subject,
        outcome=complaint.outcome,
    )


def complaint_overdue(complaint):
    _of_case(
        complaint,
        [*speakers(complaint.provider), *holders("providers.close_complaint")],
        "complaint_overdue",
        _("Overdue: %(topic)s"),
        _("The reply to “%(topic)s” was due on %(day)s."),
        topic=complaint.subject,
        day=complaint.due_on,
    )


def correction_decided(correction):
    if correction.email:
        write_to(
            correction.email,
            "correction_decided",
            subject=_("Your report %(code)s"),
            body=_("Your report about %(company)s: %(answer)s"),
            url=reverse("providers:correction-answer", args=[correction.code]),
            about=correction,
            code=correction.code,
            company=correction.provider.name_th,
            answer=correction.answer,
        )
