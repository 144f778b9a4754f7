"""Pages of the registry, by who works on them."""

from providers.views import applying, cases, comparing, desk, directory, mistakes, papers, programs, verifying

app_name = "providers"
urlpatterns = [
    *applying.urlpatterns,
    *directory.urlpatterns,
    *comparing.urlpatterns,
    *verifying.urlpatterns,
    *mistakes.urlpatterns,
    *desk.urlpatterns,
    *papers.urlpatterns,
    *programs.urlpatterns,
    *cases.urlpatterns,
]
