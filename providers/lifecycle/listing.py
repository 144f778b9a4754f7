"""Listing: suspended with reasons, returned by an explicit act, revoked, ended by date, withdrawn."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import clock, files
from portal.errors import Refused
from portal.lifecycle import Lifecycle, Step
from portal.step_forms import ReasonForm
from providers import notices
from providers.deciding.listing_acts import clear_flags, end_of, remember
from providers.public.publishing import changing, touch
from providers.states import FlagCode
from providers.states import ListingState as S
from providers.step_forms import OutcomeForm, ReinstateForm, ReplyForm, RevokeForm, SuspendForm


class RegistryLifecycle(Lifecycle):
    """A lifecycle whose steps change the public register: what they touched is published with them."""

    def take(self, obj, name, *, by, version=None, **details):
        with changing(obj.provider_id):
            return super().take(obj, name, by=by, version=version, **details)


def has_not_ended(listing, *, by):
    if listing.current_state == S.EXPIRED:
        raise Refused(_("This listing ended on its last day; renew it instead."), code="listing_ended", state=S.EXPIRED)


def is_past_its_end(listing, *, by):
    if listing.current_state != S.EXPIRED:
        raise Refused(_("This listing has not ended yet."), code="not_yet", state=listing.state)


def company_operates(listing, *, by):
    if listing.provider.has_ceased:
        raise Refused(
            _("The company is “%(status)s” at the Department of Business Development.")
            % {"status": listing.provider.get_company_status_display()},
            code="company_ceased",
            state=listing.state,
        )


def may_still_reply(listing, *, by):
    if listing.reply_by is None or clock.today() > listing.reply_by:
        raise Refused(_("The time to reply is over."), code="reply_time_over", state=listing.state)


def is_being_checked(listing, *, by):
    if not listing.flags.standing().filter(code=FlagCode.COMPLAINTS).exists():
        raise Refused(_("No check after complaints is open."), code="no_check", state=listing.state)


def end_check(listing, *, by, **_details):
    clear_flags(listing, FlagCode.COMPLAINTS)


def set_suspension(listing, *, by, reason_class, reason, legal_basis, reply_by, review_by, **_details):
    listing.reason_class, listing.reason, listing.legal_basis = reason_class, reason, legal_basis
    listing.suspended_on, listing.reply_by, listing.review_by = clock.today(), reply_by, review_by
    listing.reply, listing.replied_at = "", None


def clear_suspension(listing, *, by, **_details):
    listing.reason_class = listing.reason = listing.legal_basis = ""
    listing.suspended_on = listing.reply_by = listing.review_by = None


def set_reply(listing, *, by, reply, **_details):
    listing.reply, listing.replied_at = reply, clock.now()


def set_revocation(listing, *, by, reason_class, reason, legal_basis, barred_until, **_details):
    listing.reason_class, listing.reason, listing.legal_basis = reason_class, reason, legal_basis
    listing.barred_until = barred_until
    listing.review_by = None


def stamp_end(listing, *, by, **_details):
    listing.ended_at = end_of(listing.valid_until) if listing.state == S.EXPIRED else clock.now()


def write_history(verb):
    def effect(listing, *, by, document=None, **_details):
        kept = files.store(document, by=by) if document else None
        effective_at = listing.ended_at if listing.state == S.EXPIRED else None
        remember(listing, verb, by=by, effective_at=effective_at, document=kept)
        if listing.state not in {S.ACTIVE, S.SUSPENDED}:
            listing.flags.standing().update(cleared_at=clock.now())
        touch(listing)

    return effect


def tell(notice):
    def effect(listing, *, by, **details):
        notice(listing, **details)

    return effect


LISTING = RegistryLifecycle(
    "listing",
    S,
    [
        Step("suspend", L("Suspend"), frozenset({S.ACTIVE}), S.SUSPENDED, "providers.suspend_listing",
             guards=[has_not_ended], effects=[set_suspension],
             after=[write_history("suspend"), tell(notices.listing_suspended)], form=SuspendForm, danger=True),
        Step("reply", L("Reply to the suspension"), frozenset({S.SUSPENDED}), None, "providers.reply_listing",
             guards=[may_still_reply], effects=[set_reply], after=[tell(notices.listing_replied)], form=ReplyForm),
        Step("reinstate", L("Reinstate"), frozenset({S.SUSPENDED}), S.ACTIVE, "providers.reinstate_listing",
             guards=[has_not_ended, company_operates], effects=[clear_suspension],
             after=[write_history("reinstate"), tell(notices.listing_reinstated)], form=ReinstateForm),
        Step("revoke", L("Revoke"), frozenset({S.ACTIVE, S.SUSPENDED}), S.REVOKED, "providers.revoke_listing",
             guards=[has_not_ended], effects=[set_revocation, stamp_end],
             after=[write_history("revoke"), tell(notices.listing_revoked)], form=RevokeForm, danger=True),
        Step("close_check", L("Close the check after complaints"), frozenset({S.ACTIVE, S.SUSPENDED}), None,
             "providers.close_check", guards=[is_being_checked], effects=[end_check],
             after=[tell(notices.check_closed)], form=OutcomeForm),
        Step("expire", L("Record the end"), frozenset({S.ACTIVE, S.SUSPENDED}), S.EXPIRED, "providers.expire_listing",
             guards=[is_past_its_end], effects=[stamp_end],
             after=[write_history("expire"), tell(notices.listing_expired)]),
        Step("withdraw", L("Withdraw from the account"), frozenset({S.ACTIVE}), S.WITHDRAWN,
             "providers.withdraw_listing", guards=[has_not_ended], effects=[stamp_end],
             after=[write_history("withdraw"), tell(notices.listing_withdrawn)], form=ReasonForm, danger=True),
    ],
    start=S.ACTIVE,
    ends=frozenset({S.REVOKED, S.EXPIRED, S.WITHDRAWN}),
)  # fmt: skip
