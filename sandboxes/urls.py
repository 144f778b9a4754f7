"""Pages of the sandbox, by who works on them."""

from sandboxes.views import acts, beginning, citizens, lists, papers, pilots, rows

app_name = "sandboxes"
urlpatterns = [
    *lists.urlpatterns,
    *citizens.urlpatterns,
    *acts.urlpatterns,
    *beginning.urlpatterns,
    *papers.urlpatterns,
    *rows.urlpatterns,
    *pilots.urlpatterns,
]
