"""Files of the registry: which there are, and who may have them. None of them is public."""

from django.shortcuts import get_object_or_404

from providers.models import (
    Application,
    ApplicationDocument,
    Certification,
    Change,
    Complaint,
    Entry,
    ListingEvent,
    Representative,
    Succession,
)
from providers.querysets import spoken_for


def _of_applications(model):
    return lambda user: model.objects.filter(application__in=Application.objects.visible_to(user))


def _of_certifications(user):
    held = Certification.objects.all()
    return held if user.has_perm("providers.view_registry") else held.filter(spoken_for(user))


def _of_history(user):
    lines = ListingEvent.objects.all()
    return lines if user.has_perm("providers.view_registry") else lines.filter(spoken_for(user, "listing__provider"))


def _of_successions(user):
    return Succession.objects.all() if user.has_perm("providers.view_registry") else Succession.objects.none()


PAPERS = {
    "documents": (_of_applications(ApplicationDocument), "file"),
    "entries": (_of_applications(Entry), "file"),
    "letters": (lambda user: Representative.objects.visible_to(user), "letter"),
    "changes": (lambda user: Change.objects.visible_to(user), "file"),
    "complaints": (lambda user: Complaint.objects.visible_to(user), "file"),
    "certifications": (_of_certifications, "file"),
    "history": (_of_history, "document"),
    "successions": (_of_successions, "document"),
}


def find(kind, key, user):
    """The StoredFile of one paper that `user` may have; 404 for all others."""
    rows, name = PAPERS[kind]
    return getattr(get_object_or_404(rows(user).exclude(**{name: None}), pk=key), name)
