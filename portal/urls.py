"""Every address of the portal."""

from django.urls import include, path
from django.views.generic import RedirectView

from portal import audit_views, health, maps, pages
from portal.register import changes_views, place_views, relisting_views

handler400 = "portal.views.bad_request"
handler403 = "portal.views.forbidden"
handler404 = "portal.views.not_found"
handler429 = "portal.views.too_many"
handler500 = "portal.views.server_error"

urlpatterns = [
    path("api/", include("portal.api.urls")),
    path("", pages.home, name="home"),
    path("search/", pages.search, name="search"),
    path("verify/", pages.verify, name="verify-number"),
    path("privacy/", pages.privacy, name="privacy"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("provinces.svg", maps.drawing, name="map"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("account/", include("allauth.account.urls")),
    path("account/second-factor/", include("allauth.mfa.urls")),
    path("", include("portal.people.account_urls")),
    path("", include(place_views.urlpatterns)),
    path("", include(audit_views.urlpatterns)),
    path("", include(changes_views.urlpatterns)),
    path("", include(relisting_views.urlpatterns)),
    path("budgets/", RedirectView.as_view(pattern_name="budgets:rounds")),
    path("budgets/", include("budgets.urls")),
    path("sandboxes/", include("sandboxes.urls")),
    path("providers/", include("providers.urls")),
    path("training/", include("training.urls")),
]
