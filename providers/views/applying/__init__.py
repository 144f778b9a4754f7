"""The pages of a company's own people: claiming, applying, renewing, changing, answering."""

from providers.views.applying import application, changing, company, renewal, section

urlpatterns = [
    *company.urlpatterns,
    *application.urlpatterns,
    *section.urlpatterns,
    *renewal.urlpatterns,
    *changing.urlpatterns,
]
