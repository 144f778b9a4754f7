from django.urls import include, path

from portal.urls import handler400, handler403, handler404, handler500
from tests.portal.api_views import router

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("api/try/", include(router.urls)), path("", include("portal.urls"))]
