from django.urls import include, path
from rest_framework.routers import SimpleRouter

from bench.plain import views

router = SimpleRouter()
router.register("providers", views.ProviderViewSet, basename="plain")

urlpatterns = [
    path("plain/hello/", views.hello),
    path("plain/dump/", views.dump),
    path("plain/csv/", views.csv_by_orm),
    path("plain/", include(router.urls)),
    path("", include("portal.urls")),
]
