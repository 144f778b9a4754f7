"""Receipts that anyone can check."""

from django.http import HttpResponse
from django.urls import path

urlpatterns = [
    path("verify/<str:number>/<int:version>/", lambda request, number, version: HttpResponse(), name="verify"),
    path("verify/<str:number>/<int:version>/canonical.json", lambda request, number, version: HttpResponse(), name="canonical"),
]
