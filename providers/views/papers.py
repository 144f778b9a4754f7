"""The one address at which the registry's files are handed out."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.urls import path

from portal import files
from providers import papers


@login_required
def paper(request, kind, pk):
    """A file of the registry, for those who may see what it belongs to."""
    if kind not in papers.PAPERS:
        raise Http404
    return files.serve(papers.find(kind, pk, request.user))


urlpatterns = [path("papers/<slug:kind>/<int:pk>/", paper, name="paper")]
