"""What waits for those who speak for a company, computed from states."""

from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from portal import clock
from portal.registry import Task
from providers.applying.renewing import renewable
from providers.deciding.listing_acts import begin_of, end_of
from providers.models import Application, Complaint, Flag, Listing, Provider, Representative, Terms
from providers.states import OPEN, ApplicationKind, ApplicationState, ComplaintState, ListingState, RepresentativeState

AREA = "providers-mine"


def tasks_of(user, provider=None):
    """The `Task`s of `user` as a representative; with `provider` those of this company alone."""
    if not user.is_authenticated:
        return []
    spoken_for = set(user.representations.confirmed().values_list("provider", flat=True))
    claimed = set(user.representations.standing().values_list("provider", flat=True))
    if provider is not None:
        spoken_for, claimed = spoken_for & {provider.pk}, claimed & {provider.pk}
    if not claimed:
        return []
    return [
        *_claims(user, spoken_for),
        *_applications(user, claimed, spoken_for),
        *_suspensions(spoken_for),
        *_complaints(spoken_for),
        *_certifications(spoken_for),
        *_renewals(spoken_for),
    ]


def _claims(user, providers):
    """Others who claim the company: whoever speaks for it looks whether that is right."""
    waiting = Representative.objects.filter(provider__in=providers, state=RepresentativeState.CLAIMED)
    return [
        Task(
            area=AREA,
            title=str(one.provider),
            url=one.get_absolute_url(),
            verb=_("Look at another person's claim"),
            since=one.claimed_at,
            detail=str(one.user),
        )
        for one in waiting.exclude(user=user).select_related("provider", "user").order_by("pk")
    ]


def _applications(user, claimed, spoken_for):
    mine = Application.objects.visible_to(user).filter(
        provider__in=claimed | spoken_for, state__in=[ApplicationState.DRAFT, ApplicationState.RETURNED]
    )
    return [
        Task(
            area=AREA,
            title=str(one.provider),
            url=one.get_absolute_url(),
            verb=_verb_of(one),
            since=one.waiting_since,
            until=_end_of(one),
            case_number=one.number or "",
        )
        for one in mine.select_related("provider").order_by("pk")
    ]


def _verb_of(application):
    if application.state == ApplicationState.RETURNED:
        return _("Revise the application")
    if application.kind == ApplicationKind.RENEWAL:
        return _("Go on with the renewal")
    return _("Go on with the application")


def _end_of(application):
    """Until when the company has time: the date of a return, or the end of what a renewal would lengthen."""
    if application.return_due_on:
        return end_of(application.return_due_on)
    if application.kind == ApplicationKind.RENEWAL:
        products = application.entries.values("product")
        ends = application.provider.listings.running().filter(product__in=products).order_by("valid_until")
        if last := ends.values_list("valid_until", flat=True).first():
            return end_of(last)
    return None


def _suspensions(providers):
    waiting = Listing.objects.filter(
        provider__in=providers, state=ListingState.SUSPENDED, replied_at=None, reply_by__gte=clock.today()
    )
    return [
        Task(
            area=AREA,
            title=str(one.product),
            url=one.get_absolute_url(),
            verb=_("Reply to the suspension"),
            since=begin_of(one.suspended_on),
            until=end_of(one.reply_by),
            case_number=one.certificate_no,
        )
        for one in waiting.select_related("product").order_by("pk")
    ]


def _complaints(providers):
    waiting = Complaint.objects.filter(listing__provider__in=providers, state=ComplaintState.OPEN)
    return [
        Task(
            area=AREA,
            title=one.subject,
            url=one.get_absolute_url(),
            verb=_("Reply to the complaint"),
            since=one.filed_at,
            until=end_of(one.due_on),
            case_number=one.listing.certificate_no,
            detail=str(one.local_government),
        )
        for one in waiting.select_related("listing", "local_government").order_by("pk")
    ]


def _certifications(providers):
    """One task for each certification that lapsed, however many listings it flags."""
    flags = Flag.objects.standing().filter(listing__provider__in=providers, code="certification_lapsed")
    flags = flags.exclude(certification=None).select_related("certification__kind").order_by("pk")
    lapsed = {flag.certification_id: flag for flag in reversed(flags)}
    return [
        Task(
            area=AREA,
            title=str(flag.certification),
            url=reverse("providers:change-certification", args=[flag.certification_id]),
            verb=_("Send the renewed certificate"),
            since=flag.raised_at,
        )
        for flag in sorted(lapsed.values(), key=lambda flag: flag.pk)
    ]


def _renewals(keys):
    under_way = Application.objects.filter(kind=ApplicationKind.RENEWAL, state__in=sorted(OPEN))
    found, opens = [], timedelta(days=Terms.present().renewal_window_days)
    for provider in Provider.objects.filter(pk__in=keys).exclude(applications__in=under_way).order_by("pk"):
        if listings := list(renewable(provider, clock.today())):
            first = min(listings, key=lambda one: one.valid_until)
            found.append(
                Task(
                    area=AREA,
                    title=str(provider),
                    url=reverse("providers:renew", args=[provider.pk]),
                    verb=_("Renew the listings"),
                    since=begin_of(max(first.valid_from, first.valid_until - opens)),
                    until=end_of(first.valid_until),
                    case_number=first.certificate_no,
                )
            )
    return found
