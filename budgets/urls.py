"""Pages of the budget, by who works on them."""

from budgets.views import deciding, following, proposing, rounds, verifying

app_name = "budgets"
urlpatterns = [
    *rounds.urlpatterns,
    *proposing.urlpatterns,
    *deciding.urlpatterns,
    *following.urlpatterns,
    *verifying.urlpatterns,
]
