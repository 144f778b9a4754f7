"""What time brings: ends, lapses, reminders. Each may run twice without harm."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q

from portal import clock
from portal.models import User
from portal.models.outbox import Notice
from portal.tasks import each
from providers import notices
from providers.deciding.listing_acts import hold, raise_flag
from providers.lifecycle import LISTING
from providers.models import Certification, Complaint, Entry, Listing
from providers.public.publishing import changing
from providers.states import IN_HAND, RUNNING, ApplicationKind, ComplaintState, ListingState

LADDER = (120, 60, 30, 7, -1, -30, -60)
AFTER = timedelta(days=60)


def renewals():
    """For `Exists`: the renewals in the registry's hands of a listing's product."""
    return Entry.objects.filter(
        product=OuterRef("product"), application__kind=ApplicationKind.RENEWAL, application__state__in=sorted(IN_HAND)
    )


def record_ends():
    """Record the end of every listing that is past its last day; hold those whose renewal was handed in before it."""
    today, timer = clock.today(), User.objects.timer()
    ending = Listing.objects.running().filter(valid_until__lte=today).select_related("provider", "product")

    def keep(listing):
        with changing(listing.provider_id):
            hold(listing, by=timer)

    each(ending.filter(Exists(renewals()), held_past=None), keep)
    each(Listing.objects.past_their_end(today), lambda listing: LISTING.take(listing, "expire", by=timer))


def flag_lapsed_certifications():
    """Flag the running listings of companies and products one of whose certifications has lapsed."""
    today = clock.today()
    for certification in Certification.objects.lapsed(today).select_related("provider", "product", "kind"):
        listings = Listing.objects.filter(provider=certification.provider, state__in=sorted(RUNNING))
        if certification.product_id:
            listings = listings.filter(product=certification.product_id)

        def flag(listing, certification=certification):
            since = certification.expires_on or certification.withdrawn_on
            with changing(listing.provider_id):
                if raise_flag(listing, "certification_lapsed", since=since, certification=certification):
                    notices.certification_lapsed(listing, certification)

        each(listings.exclude(flags__certification=certification, flags__code="certification_lapsed"), flag)


def remind_of_renewal():
    """Climb the ladder of reminders before the end and after it, each rung once; none while a renewal is in hand."""
    today = clock.today()
    near = Listing.objects.filter(
        Q(state__in=sorted(RUNNING)) | Q(state=ListingState.EXPIRED),
        valid_until__range=(today - AFTER, today + timedelta(days=LADDER[0])),
    )
    for listing in near.exclude(Exists(renewals())).select_related("provider", "product"):
        rung = min(days for days in LADDER if today + timedelta(days=days) >= listing.valid_until)
        if listing.reminded_at_days is None or rung < listing.reminded_at_days:
            each([listing], lambda one, rung=rung: _remind(one, rung))


def _remind(listing, rung):
    Listing.objects.filter(pk=listing.pk).update(reminded_at_days=rung)
    notices.renewal_due(listing, rung)


def remind_of_complaints():
    """Tell once when the reply to a complaint is late."""
    told = Notice.objects.filter(case_type="providers.complaint", case_id=OuterRef("pk"), kind="complaint_overdue")
    late = Complaint.objects.filter(state=ComplaintState.OPEN, due_on__lt=clock.today()).exclude(Exists(told))
    each(late, notices.complaint_overdue)
