"""Who speaks for a company: claimed with a letter, confirmed by the registrar, disputed, handed over, ended."""

from django.utils.translation import gettext_lazy as L

from portal import clock
from portal.lifecycle import Lifecycle, Step
from portal.step_forms import NoteForm, ReasonForm
from providers import notices
from providers.states import RepresentativeState as S
from providers.step_forms import ConfirmForm


def stamp(representative, *, by, reason="", **_details):
    representative.decided_by, representative.decided_at, representative.reason = by, clock.now(), reason


def keep_end(representative, *, by, valid_until=None, **_details):
    representative.valid_until = valid_until


def tell(representative, *, by, **_details):
    notices.representation_decided(representative)


def tell_dispute(representative, *, by, reason, **_details):
    notices.representation_disputed(representative, reason)


REPRESENTATIVE = Lifecycle(
    "representative",
    S,
    [
        Step("confirm", L("Confirm the representative"), frozenset({S.CLAIMED, S.DISPUTED}), S.CONFIRMED,
             "providers.decide_representative", effects=[stamp, keep_end], after=[tell], form=ConfirmForm),
        Step("refuse", L("Refuse the claim"), frozenset({S.CLAIMED}), S.REFUSED, "providers.decide_representative",
             effects=[stamp], after=[tell], form=ReasonForm, danger=True),
        Step("dispute", L("Dispute"), frozenset({S.CLAIMED, S.CONFIRMED}), S.DISPUTED,
             "providers.dispute_representative", after=[tell_dispute], form=ReasonForm),
        Step("end", L("End the representation"), frozenset({S.CLAIMED, S.CONFIRMED, S.DISPUTED}), S.ENDED,
             "providers.end_representative", effects=[stamp], after=[tell], form=NoteForm, danger=True),
    ],
    start=S.CLAIMED,
    ends=frozenset({S.REFUSED, S.ENDED}),
)  # fmt: skip
