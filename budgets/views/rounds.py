"""Rounds: public pages, and setting one up."""

from django.http import HttpResponse
from django.urls import path

urlpatterns = [
    path("rounds/<int:pk>/", lambda request, pk: HttpResponse(), name="round"),
    path("rounds/<int:pk>/themes/<int:theme>/", lambda request, pk, theme: HttpResponse(), name="theme"),
]
