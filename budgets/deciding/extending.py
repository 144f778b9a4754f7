"""More time for one local government: granted by DLA, with authority, letter and reason."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from budgets import notices
from budgets.models import Extension
from budgets.writing.drafting import WRITING_PHASES
from portal import access, clock
from portal.audit import record
from portal.errors import Refused


def extend(round, *, by, local_government, until, authority, letter_no, reason, proposal=None, letter=None):
    """The new `Extension` of a round, or of one case in it, for `local_government`.

    Raises PermissionDenied, ValidationError, or Refused `wrong_round_state` once nothing can be submitted any more.
    """
    capacity = access.capacity(by, "budgets.grant_extension", round)
    if capacity is None:
        raise PermissionDenied(_("Only DLA grants extensions."))
    if proposal is not None and (proposal.round_id, proposal.local_government_id) != (round.pk, local_government.pk):
        raise ValidationError({"proposal": _("This proposal is not of this round and local government.")})
    if not round.is_for(local_government):
        raise ValidationError({"local_government": _("This round is not for local governments of this kind.")})
    if until <= clock.now():
        raise ValidationError({"until": _("The extension must end in the future.")})
    if round.state not in WRITING_PHASES:
        raise Refused(
            _("This round is “%(state)s”, so nothing can be extended.") % {"state": round.get_state_display()},
            code="wrong_round_state",
            state=round.state,
        )
    with transaction.atomic():
        extension = Extension(
            round=round,
            proposal=proposal,
            local_government=local_government,
            until=until,
            authority=authority,
            letter_no=letter_no,
            reason=reason,
            letter=letter,
            granted_by=by,
        )
        extension.full_clean()
        extension.save()
        details = {"local_government": local_government.name_th, "until": until, "letter_no": letter_no}
        record("round.extend", extension, by=by, capacity=capacity, details=details)
        notices.extension_granted(extension)
    return extension
