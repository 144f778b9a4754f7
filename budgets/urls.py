"""Pages of the budget, by who works on them."""

from budgets.views import (
    asking,
    board,
    casefile,
    deciding,
    extending,
    following,
    keying,
    moving,
    profile,
    proposing,
    rounds,
    signing,
    trail,
    verifying,
)

app_name = "budgets"
urlpatterns = [
    *rounds.urlpatterns,
    *proposing.urlpatterns,
    *profile.urlpatterns,
    *asking.urlpatterns,
    *board.urlpatterns,
    *casefile.urlpatterns,
    *deciding.urlpatterns,
    *extending.urlpatterns,
    *keying.urlpatterns,
    *moving.urlpatterns,
    *trail.urlpatterns,
    *following.urlpatterns,
    *signing.urlpatterns,
    *verifying.urlpatterns,
]
