"""Pages of the registry, by who works on them."""

from providers.views import cases, directory

app_name = "providers"
urlpatterns = [*directory.urlpatterns, *cases.urlpatterns]
