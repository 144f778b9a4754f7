"""Companies themselves: claimed by people, checked at the Department of Business Development, succeeded by others."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal import files
from portal.audit import record
from portal.errors import Refused
from providers import notices
from providers.deciding.listing_acts import clear_flags, raise_flag
from providers.identity import juristic_number
from providers.models import Provider, Representative, Succession
from providers.public.publishing import changing, touch
from providers.states import CompanyStatus


def claim(number, *, name_th, position, phone, letter, by):
    """A claim of `by` to speak for the company with juristic `number`, for the registrar to check; the Representative.

    The company is entered, not publicly, where the registry does not know it. Those who speak for it already are told.
    Raises ValidationError for a number that is none, Refused (`claimed_already`).
    """
    number = juristic_number(number)
    with transaction.atomic():
        provider = Provider.objects.filter(juristic_number=number).first()
        if provider is None:
            provider = Provider(juristic_number=number, name_th=name_th)
            provider.full_clean()
            provider.save()
        if by.representations.filter(provider=provider).standing().exists():
            raise Refused(_("You have already claimed this company."), code="claimed_already")
        claimed = Representative(provider=provider, user=by, position=position, phone=phone)
        claimed.letter = files.store(letter, by=by)
        claimed.full_clean()
        claimed.save()
        record("representative.claim", claimed, by=by, after=claimed.state)
        notices.representation_claimed(claimed)
    return claimed


def note_status(provider, status, checked_on, *, by):
    """Keep what the Department of Business Development says of a company on `checked_on`; its listings are flagged
    while it has ceased. Older news than what is known changes nothing. Whether anything changed.
    """
    if provider.company_checked_on and checked_on < provider.company_checked_on:
        return False
    with changing():
        before = provider.company_status
        provider.company_status, provider.company_checked_on = status, checked_on
        provider.full_clean()
        provider.save(update_fields=["company_status", "company_checked_on"])
        for listing in provider.listings.running():
            if provider.has_ceased:
                if raise_flag(listing, "company_ceased", since=checked_on):
                    notices.company_ceased(listing)
            elif status == CompanyStatus.OPERATING:
                clear_flags(listing, "company_ceased")
        details = {"status": status, "checked_on": checked_on}
        record("provider.check_company", provider, by=by, before=before, after=status, details=details)
        touch(provider)
    return before != status


def succeed(predecessor, successor, *, kind, on, by, upload=None):
    """Record that `successor` stands in the place of `predecessor` from `on`; both stay in the register.

    Raises ValidationError, also (`circle`) where `predecessor` stands in the place of `successor` already.
    """
    with changing():
        succession = Succession(predecessor=predecessor, successor=successor, kind=kind, on=on, recorded_by=by)
        succession.document = files.store(upload, by=by) if upload else None
        succession.full_clean()
        _refuse_circle(predecessor, successor)
        succession.save()
        record("provider.succeed", predecessor, by=by, details={"successor": successor.pk, "kind": kind, "on": on})
        touch(predecessor)
        touch(successor)
    return succession


def _refuse_circle(predecessor, successor):
    ahead, seen = {successor.pk}, set()
    while ahead:
        if predecessor.pk in ahead:
            text = _("%(old)s stands in the place of %(new)s already, directly or through others.")
            raise ValidationError(text % {"old": predecessor, "new": successor}, code="circle")
        seen |= ahead
        later = Succession.objects.filter(predecessor__in=ahead)
        ahead = set(later.values_list("successor_id", flat=True)) - seen
