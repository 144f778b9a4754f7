"""Pages of the registry, by who works on them."""

from providers.views import applying, cases, desk, directory, papers

app_name = "providers"
urlpatterns = [
    *applying.urlpatterns,
    *directory.urlpatterns,
    *desk.urlpatterns,
    *papers.urlpatterns,
    *cases.urlpatterns,
]
