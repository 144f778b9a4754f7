"""What makes a listing, and what is kept of its life: numbers, periods, history, flags."""

from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import F

from portal import clock
from portal.clock import BANGKOK
from portal.thai.dates import fiscal_year_of
from providers.models import Flag, Listing, ListingEvent, NumberSeries, Terms
from providers.public.publishing import touch

CERTIFICATE, APPLICATION = "DC", "DA"


def next_number(prefix):
    """The next number of the fiscal year in its series: `DC2570-00012`."""
    year = fiscal_year_of(clock.today())
    series = NumberSeries.objects.filter(prefix=prefix, fiscal_year=year)
    if not series.update(last=F("last") + 1):
        with transaction.atomic():
            NumberSeries.objects.get_or_create(prefix=prefix, fiscal_year=year)
        series.update(last=F("last") + 1)
    return f"{prefix}{year}-{series.get().last:05d}"


def last_day(first, months):
    """The last day of a period of whole `months` that begins on `first`."""
    return first + relativedelta(months=months) - timedelta(days=1)


def lengthen(listing, *, by):
    """Give `listing` another period after the one that was certified; the Listing."""
    certified = listing.held_past or listing.valid_until
    listing.valid_until = last_day(certified + timedelta(days=1), Terms.present().validity_months)
    listing.held_past = listing.reminded_at_days = None
    return _keep(listing, "renew", by=by)


def enlist(product, *, by):
    """List `product` from today; the Listing."""
    today = clock.today()
    listing = Listing(
        provider=product.provider,
        product=product,
        certificate_no=next_number(CERTIFICATE),
        valid_from=today,
        valid_until=last_day(today, Terms.present().validity_months),
        version=0,
    )
    return _keep(listing, "list", by=by)


def _keep(listing, verb, *, by):
    listing.version += 1
    listing.full_clean()
    listing.save()
    remember(listing, verb, by=by)
    touch(listing)
    return listing


def hold(listing, *, by):
    """Keep `listing` beyond its last day while its renewal is in hand, for the days of grace."""
    listing.held_past = listing.valid_until
    listing.valid_until += timedelta(days=Terms.present().grace_days)
    _keep(listing, "hold", by=by)


def let_go(listing, *, by):
    """End the holding of `listing`: its renewal came to nothing."""
    yesterday = clock.today() - timedelta(days=1)
    listing.valid_until, listing.held_past = max(listing.held_past, yesterday), None
    _keep(listing, "let_go", by=by)


def remember(listing, verb, *, by, effective_at=None, document=None):
    """Add a line to the history of `listing` as it now is."""
    now = clock.now()
    return ListingEvent.objects.create(
        listing=listing,
        verb=verb,
        state=listing.state,
        valid_from=listing.valid_from,
        valid_until=listing.valid_until,
        reason_class=listing.reason_class,
        legal_basis=listing.legal_basis,
        effective_at=effective_at or now,
        recorded_at=now,
        by=by,
        document=document,
    )


def begin_of(day):
    """The moment at which `day` begins in Bangkok."""
    return datetime.combine(day, time.min, tzinfo=BANGKOK)


def end_of(day):
    """The moment at which `day` is over in Bangkok."""
    return begin_of(day + timedelta(days=1))


def raise_flag(listing, code, *, since, certification=None):
    """Flag `listing`, once; whether it was not flagged so already."""
    _flag, made = Flag.objects.get_or_create(
        listing=listing, code=code, certification=certification, cleared_at=None, defaults={"since": since}
    )
    if made:
        touch(listing)
    return made


def clear_flags(listing, code, **which):
    """Clear the standing flags of `code` on `listing`; how many there were."""
    count = listing.flags.standing().filter(code=code, **which).update(cleared_at=clock.now())
    if count:
        touch(listing)
    return count
