"""Proposals: the list, the task list of sections, signing."""

from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("proposals/<int:pk>/", lambda request, pk: HttpResponse(), name="proposal")]
