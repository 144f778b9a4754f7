"""Every address under `/api/`. The `api` module of each installed app adds its own (`portal.api.routes`)."""

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpResponse
from django.urls import Resolver404, include, path, re_path, resolve
from django.utils.module_loading import autodiscover_modules
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from portal.api import inbox, places, problems
from portal.api import register as place_register
from portal.api.routes import by_first_word, files, router

autodiscover_modules("api")
places.add_routes()
place_register.add_routes()
inbox.add_routes()


@csrf_exempt
def nothing(request, rest):
    """404, or the way to the same address with the slash that was forgotten; the method stays as it is."""
    if not rest.endswith("/"):
        with_slash = f"{request.path_info}/"
        try:
            found = resolve(with_slash).func is not nothing
        except Resolver404:
            found = False
        if found:
            query = request.META.get("QUERY_STRING", "")
            return HttpResponse(status=308, headers={"Location": with_slash + (f"?{query}" if query else "")})
    return problems.not_found(request)


swagger = csp_update({"style-src": [UNSAFE_INLINE]})(SpectacularSwaggerSplitView.as_view(url_name="api-schema"))

urlpatterns = [
    path("schema/", SpectacularJSONAPIView.as_view(), name="api-schema"),
    path("docs/", swagger, name="api-docs"),
    path("v1/", include(([*files, *by_first_word(router.urls)], "api"))),
    re_path(r"^(?P<rest>.*)$", nothing),
]
