"""Money and reports of a project being carried out, and the round's dashboard."""

from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("proposals/<int:pk>/reports/<int:report>/", lambda request, pk, report: HttpResponse(), name="report")]
