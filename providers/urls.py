"""Pages of the registry, by who works on them."""

from providers.views import (
    applying,
    cases,
    comparing,
    desk,
    directory,
    mistakes,
    papers,
    programs,
    successions,
    verifying,
)

app_name = "providers"
urlpatterns = [
    *applying.urlpatterns,
    *directory.urlpatterns,
    *comparing.urlpatterns,
    *verifying.urlpatterns,
    *mistakes.urlpatterns,
    *desk.urlpatterns,
    *successions.urlpatterns,
    *papers.urlpatterns,
    *programs.urlpatterns,
    *cases.urlpatterns,
]
