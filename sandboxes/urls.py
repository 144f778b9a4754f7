"""Pages of the sandbox, by who works on them."""

from sandboxes.views import acts, citizens, lists, pilots

app_name = "sandboxes"
urlpatterns = [
    *lists.urlpatterns,
    *citizens.urlpatterns,
    *acts.urlpatterns,
    *pilots.urlpatterns,
]
