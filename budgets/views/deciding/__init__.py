"""Screening, review, committee, request and allocation: the pages of those who decide."""

from budgets.views.deciding import allocation, committee, request, reviewing, screening, together

urlpatterns = [
    *screening.urlpatterns,
    *reviewing.urlpatterns,
    *committee.urlpatterns,
    *request.urlpatterns,
    *allocation.urlpatterns,
    *together.urlpatterns,
]
