"""The registry of the demonstration: every state is there, by real steps, and the register is honest."""

from datetime import date

import pytest
from stdnum.th import moa

from portal.models import Province
from portal.roles import Role
from providers.demo import cast, seeding
from providers.models import Application, Listing, Provider, Record, Representative
from providers.public.publishing import rebuild
from providers.states import ApplicationState, ListingState
from tests.factories.people import person
from tests.factories.places import local_government, province

pytestmark = pytest.mark.django_db

LONG_AGO = date(2020, 1, 1)


@pytest.fixture
def seeded():
    wanted = {one.province for one in cast.CASTS} | {
        code for one in cast.CASTS for o in one.offers for code in o.provinces
    }
    for code in sorted(wanted - set(Province.objects.values_list("code", flat=True))):
        province(code=code, name_th=f"จังหวัด {code}")
    for role in (Role.REGISTRAR, Role.ASSESSOR, Role.REGISTRY_APPROVER):
        person(role, username=str(role), valid_from=LONG_AGO)
    person(Role.LOCAL_OFFICER, at=local_government(), username="local_officer", valid_from=LONG_AGO)
    return seeding.seed(lambda line: None)


@pytest.mark.long
def test_demo_has_every_state(seeded):
    assert set(Listing.objects.values_list("state", flat=True)) == set(ListingState)
    assert set(Application.objects.values_list("state", flat=True)) == set(ApplicationState)
    assert Representative.objects.filter(state="claimed").count() == 1
    assert set(Listing.objects.filter(flags__cleared_at=None).values_list("flags__code", flat=True)) >= {
        "certification_lapsed",
        "company_ceased",
    }
    assert all(moa.is_valid(number) for number in Provider.objects.values_list("juristic_number", flat=True))
    assert list(Record.objects.order_by("seq").values_list("at", flat=True)) == sorted(
        Record.objects.values_list("at", flat=True)
    )
    assert rebuild() == 0
    later = seeding.suspend_a_chosen_product(lambda line: None)
    owned = {one.pk for one in [*seeded, *later] if isinstance(one, Record)}
    assert owned == set(Record.objects.values_list("pk", flat=True))
    drafts = Application.objects.filter(kind="renewal", state="draft")
    assert [one.started_by.username for one in drafts] == ["provider_representative_2"]
