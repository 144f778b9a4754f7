"""Screening, review, committee, request and allocation: the pages of those who decide."""

from budgets.views.deciding import allocation, committee, meetings, request, reviewing, screening, together

urlpatterns = [
    *screening.urlpatterns,
    *reviewing.urlpatterns,
    *committee.urlpatterns,
    *meetings.urlpatterns,
    *request.urlpatterns,
    *allocation.urlpatterns,
    *together.urlpatterns,
]
