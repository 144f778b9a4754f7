"""Purging the demonstration takes what its people did, the register's changes too, and leaves what is real whole."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.forms import model_to_dict

from portal import clock, demo, sealing
from portal.models import LocalGovernment, User
from portal.people import accounts
from portal.register import changes, succeeding
from portal.roles import Role
from tests.factories.people import member, person
from tests.factories.places import local_government, merged

pytestmark = pytest.mark.django_db
GAZETTE = {"gazette_ref": "เล่ม 143"}


def rows():
    """How many rows each table has."""
    return {model._meta.label: model._base_manager.count() for model in apps.get_models(include_auto_created=True)}


def register():
    """Every local government with all that is said of it, and its codes."""
    places = LocalGovernment.objects.order_by("pk")
    return [
        {**model_to_dict(place), "lineage": place.lineage, "codes": list(place.codes.values("code", "valid_to"))}
        for place in places
    ]


def test_purging_leaves_every_table_of_real_data_as_it_was(monkeypatch, settings, tmp_path):
    settings.SEALS_DIR = tmp_path
    User.objects.timer()
    towns = [local_government(code=f"0581000{number}") for number in range(5)]
    real = person(Role.LOCAL_OFFICER, at=towns[0])
    before, places = rows(), register()
    monkeypatch.setattr(demo, "DEMOS", [])
    monkeypatch.setattr(demo, "people", lambda: User.objects.filter(pk__in=[dla.pk, operator.pk]))
    dla, operator = person(Role.DLA_OFFICER), person(Role.OPERATOR)
    demo.seed(print)

    today = clock.today()
    facts = {"by": dla, "on": today, **GAZETTE}
    first = changes.announce("rename", place=towns[0], name_th="เทศบาลเมืองหนึ่ง", **facts).into
    later = facts | {"on": today + timedelta(days=1)}
    changes.announce("upgrade", place=first, name_th="เทศบาลนครหนึ่ง", new_kind="city_municipality", **later)
    merged(towns[1], towns[2], by=dla)
    changes.announce("close", place=towns[3], **facts)
    district = towns[4].district
    changes.announce("add", name_th="เทศบาลใหม่", new_kind="sao", code="05810099", district=district, **facts)
    succeeding.correct(towns[4], by=dla, website="https://wrong.example", district=district)
    accounts.invite(by=operator, role=Role.LOCAL_CLERK, full_name="ก", local_government=towns[2])
    member(operator, Role.LOCAL_CLERK, at=first)
    changes.report(first, text="x", by=operator)
    with clock.at(clock.now() + timedelta(days=2)):
        changes.take_due()
    sealing.seal_events()
    assert rows() != before

    demo.purge()

    assert register() == places
    after = rows()
    assert after == before | {"portal.Membership": after["portal.Membership"]}
    posts = real.memberships.filter(local_government=towns[0], revoked_at=None, valid_to=None)
    assert posts.count() == 1
