"""The documents of a proposal: added and taken off, never lost."""

from django.utils.translation import gettext as _

from budgets.models import ProposalAttachment
from budgets.states import Section
from budgets.writing.drafting import editing
from portal import clock, files
from portal.errors import Refused

MOST_FILES = 60
OTHER = "other"


def attach(proposal, kind, uploads, *, by, replacing=False):
    """The new attachments of one kind, beside those that are there; with `replacing` in their place.

    What is replaced stays on record. Raises ValidationError naming the file that cannot be taken, and what `editing`
    raises; then none is kept.
    """
    with editing(proposal, Section.ATTACHMENTS, by=by, details={"attached": kind}) as fresh:
        present = fresh.attachments.filter(removed_at=None)
        if replacing:
            present.filter(kind=kind).update(removed_at=clock.now())
        if present.count() + len(uploads) > MOST_FILES:
            text = _("A proposal has at most %(most)s files.") % {"most": MOST_FILES}
            raise Refused(text, code="too_many_files", state=fresh.state)
        made = [
            ProposalAttachment(proposal=fresh, kind=kind, file=files.store(upload, by=by), uploaded_by=by)
            for upload in uploads
        ]
        for attachment in made:
            attachment.full_clean()
            attachment.save()
    return made


def remove(attachment, *, by, version=None):
    """Take an attachment off its proposal; the file stays on record."""
    details = {"removed": attachment.kind}
    with editing(attachment.proposal, Section.ATTACHMENTS, by=by, version=version, details=details) as fresh:
        fresh.attachments.filter(pk=attachment.pk, removed_at=None).update(removed_at=clock.now())


def kinds_of(proposal):
    """The kinds that may be attached, as a dict from code to name, in the checklist's order."""
    kinds = {one.kind: one.name for one in proposal.round.documents.all() if one.theme_id in (None, proposal.theme_id)}
    return {**kinds, OTHER: _("Other documents")}
