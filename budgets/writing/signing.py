"""Signing on paper: whose pen may sign, which text it signed, and the clerk's word for it."""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from budgets.models import PaperSignature, Proposal
from budgets.states import ProposalState
from budgets.writing import canonical
from portal import access, clock, files
from portal.errors import Refused
from portal.models import Membership
from portal.roles import Role, Scope, roles_with, scope_of

SCANS = frozenset({"pdf", "jpg", "jpeg", "png"})
DIFFERS = gettext_lazy(
    "The code on the page is not the code of this text, which was changed since. Print the page anew."
)
OFFICE = ("verify", "submit", "attest_signature", "request_endorsement")


def text_of(proposal):
    """The SHA-256 of the text of a case that waits for its signature, as it stands now."""
    return canonical.text_sha256(Proposal.objects.whole().get(pk=proposal.pk))


def waits(proposal):
    """Whether the clerk has verified the case and it waits for its signature."""
    return proposal.state == ProposalState.PENDING_ENDORSEMENT and proposal.verified_by_id is not None


def prints(proposal, user):
    """Whether `user`, being of the office, may print the page to sign now."""
    return waits(proposal) and is_of_the_office(proposal, user)


def is_of_the_office(proposal, user):
    """Whether `user` takes part in the office's own steps with the case."""
    return any(user.has_perm(f"budgets.{name}_proposal", proposal) for name in OFFICE)


def posts(local_government):
    """The memberships, past ones too, by which people signed or sign for the office, newest first."""
    signing = [role for role in roles_with("budgets.submit_proposal") if scope_of(role) == Scope.LOCAL]
    held = Membership.objects.filter(role__in=signing, local_government=local_government, is_confirmed=True)
    return held.filter(valid_from__lte=clock.today()).select_related("user").order_by("acting", "-valid_from", "-pk")


def held_on(day):
    """A condition on memberships: the post was held on `day`, whatever became of it later."""
    until = Q(valid_to=None) | Q(valid_to__gt=day)
    return until & (Q(revoked_at=None) | Q(revoked_at__date__gt=day)) & Q(valid_from__lte=day)


def is_the_text(proposal, *, by, text_code, **_details):
    """An effect that refuses a page which does not bear the hash of the text as it stands now."""
    refuse_other_text(proposal, text_of(proposal), text_code)


def refuse_other_text(case, sha256, text_code):
    """Refuse a page of `case` whose code is not that of the text of this hash."""
    if not canonical.fits_code(sha256, text_code):
        raise Refused(DIFFERS, code="text_differs", state=case.state)


def is_another_person(proposal, *, by, signer=None, **_details):
    """An effect that refuses a signer who attests, verified or prepared the case."""
    if signer is None:
        return
    refuse_own_word(proposal, signer, by)
    if signer.user_id == proposal.verified_by_id or proposal.preparers.filter(pk=signer.user_id).exists():
        raise Refused(
            _("Who prepared or verified a proposal does not sign it."),
            code="separation_of_duties",
            state=proposal.state,
        )


def refuse_own_word(case, signer, by):
    """Refuse that `by` attests what they signed themselves."""
    if signer.user_id == by.pk:
        text = _("Who signed does not attest the own signature: sign in the portal instead.")
        raise Refused(text, code="same_person", state=case.state)


def freeze_attested(proposal, *, by, signed_on, scan, signer=None, signer_name="", signer_title="", order_no="",
                    letter_no="", **_details):  # fmt: skip
    """Keep the version that was signed on paper, and who attests it. Raises ValidationError for a bad scan."""
    stored = files.store(scan, by=by, only=SCANS)
    attesting = access.capacity(by, "budgets.attest_signature_proposal", proposal)
    person, at = signer.user if signer else None, proposal.submitted_at
    with override("th"):
        capacity = str(Role.LOCAL_EXECUTIVE.label)
    signature = {
        "method": "paper",
        "name": str(person) if person else signer_name,
        "title": person.title if person else signer_title,
        "capacity": capacity,
        "acting": bool(signer.acting if signer else order_no),
        "order_no": signer.order_no if signer else order_no,
        "signed_on": signed_on,
        "signed_at": at,
        "text_sha256": text_of(proposal),
        "scan_sha256": stored.sha256,
        "attested_by": {"name": str(by), "title": by.title, "order_no": attesting.order_no if attesting else ""},
    }
    version = canonical.freeze(proposal, signer=person, signature=signature, at=at, letter_no=letter_no)
    PaperSignature.objects.create(
        version=version,
        text_sha256=signature["text_sha256"],
        signed_on=signed_on,
        scan=stored,
        attested_by=by,
        attested_at=at,
        attestor_name=str(by),
        attestor_title=by.title,
        attestor_order_no=signature["attested_by"]["order_no"],
    )
