from django.urls import include, path

from tests.portal.api_views import router

urlpatterns = [path("api/try/", include(router.urls)), path("", include("portal.urls"))]
