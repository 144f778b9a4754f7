"""Screening, review, committee and allocation."""

from django.http import HttpResponse
from django.urls import path

urlpatterns = [path("proposals/<int:pk>/review/", lambda request, pk: HttpResponse(), name="review")]
