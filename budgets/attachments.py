"""The documents of a proposal: added and taken off, never lost."""

from django.utils.translation import gettext as _

from budgets.drafting import editing
from budgets.models import ProposalAttachment
from budgets.states import Section
from portal import clock, files
from portal.errors import Refused

MOST_FILES = 60
OTHER = "other"


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


def attach_all(proposal, kind, uploads, *, by, replacing=False):
    """The new attachments of one kind; with `replacing` they take the place of those that were there.

    Raises ValidationError naming the file that cannot be taken; then none is kept.
    """
    with editing(proposal, Section.ATTACHMENTS, by=by, details={"attached": kind}) as fresh:
        present = fresh.attachments.filter(removed_at=None)
        if replacing:
            present.filter(kind=kind).update(removed_at=clock.now())
        if present.count() + len(uploads) > MOST_FILES:
            text = _("A proposal has at most %(most)s files.") % {"most": MOST_FILES}
            raise Refused(text, code="too_many_files", state=fresh.state)
        kept = [files.store(upload, by=by) for upload in uploads]
        return [
            ProposalAttachment.objects.create(proposal=fresh, kind=kind, file=file, uploaded_by=by) for file in kept
        ]


def kinds_of(proposal):
    """The kinds that may be attached, as a dict from code to name, in the checklist's order."""
    kinds = {one.kind: one.name for one in proposal.round.documents.all() if one.theme_id in (None, proposal.theme_id)}
    return {**kinds, OTHER: _("Other documents")}
