"""Pages of training, by who works on them."""

from training.views import applying, courses, credentials, own_data, programme, seeing, serving

app_name = "training"
urlpatterns = [
    *courses.urlpatterns,
    *programme.urlpatterns,
    *applying.urlpatterns,
    *serving.urlpatterns,
    *credentials.urlpatterns,
    *seeing.urlpatterns,
    *own_data.urlpatterns,
]
