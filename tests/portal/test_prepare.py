"""What stands between an installed portal and a serving one, without the demo."""

import pytest
from django.core.management import call_command

from budgets.models import BudgetRoute, ExpenseCategory, PriceEdition
from portal.management.commands.prepare import has_no_places
from portal.models import LocalGovernment, User

pytestmark = pytest.mark.django_db


@pytest.mark.long
def test_a_fresh_portal_gets_what_ships_once_and_nobody_s_demo(monkeypatch):
    monkeypatch.setattr("portal.management.commands.prepare.static_changed", lambda: False)
    assert has_no_places()

    call_command("prepare", verbosity=0)

    assert LocalGovernment.objects.count() == 7850
    assert (ExpenseCategory.objects.count(), PriceEdition.objects.count(), BudgetRoute.objects.count()) == (13, 3, 7)
    assert not User.objects.exists()

    PriceEdition.objects.all().delete()
    call_command("prepare", verbosity=0)

    assert not PriceEdition.objects.exists()
