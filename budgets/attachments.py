"""The documents of a proposal: added and taken off, never lost."""

from budgets.drafting import editing
from budgets.models import ProposalAttachment
from budgets.states import Section
from portal import clock, files


def attach(proposal, kind, upload, *, by, version=None):
    """The new attachment. An older one of the same kind gives way to it and stays on record.

    Raises what `editing` and `portal.files.store` raise.
    """
    details = {"attached": kind}
    with editing(proposal, Section.ATTACHMENTS, by=by, version=version, details=details) as fresh:
        attachment = ProposalAttachment(proposal=fresh, kind=kind, uploaded_by=by)
        attachment.file = files.store(upload, by=by)
        attachment.full_clean()
        fresh.attachments.filter(kind=kind, removed_at=None).update(removed_at=clock.now())
        attachment.save()
    return attachment


def remove(attachment, *, by, version=None):
    """Take an attachment off its proposal; the file stays on record."""
    details = {"removed": attachment.kind}
    with editing(attachment.proposal, Section.ATTACHMENTS, by=by, version=version, details=details) as fresh:
        fresh.attachments.filter(pk=attachment.pk, removed_at=None).update(removed_at=clock.now())
