"""Pages of training, by who works on them."""

from training.views import (
    applying,
    conducting,
    courses,
    credentials,
    hosting,
    learning,
    own_data,
    programme,
    seeing,
    selecting,
    serving,
)

app_name = "training"
urlpatterns = [
    *courses.urlpatterns,
    *conducting.urlpatterns,
    *learning.urlpatterns,
    *programme.urlpatterns,
    *selecting.urlpatterns,
    *applying.urlpatterns,
    *serving.urlpatterns,
    *hosting.urlpatterns,
    *credentials.urlpatterns,
    *seeing.urlpatterns,
    *own_data.urlpatterns,
]
