"""Open complaints go with a local government to its successor; comparisons are documents of their day."""

import pytest

from portal.roles import Role
from providers import comparisons
from providers.deciding import complaining
from providers.models import Comparison, Complaint
from tests.factories.people import person
from tests.factories.places import local_government, merged
from tests.factories.providers import Company, Registry

pytestmark = pytest.mark.django_db


def test_open_complaints_follow_and_the_successor_reads_the_comparisons():
    [listing] = Company(Registry()).listed()
    old = local_government()
    into = local_government(district=old.district)
    officer = person(Role.LOCAL_OFFICER, at=old)
    open_one = complaining.complain(listing, old, subject="ใช้ไม่ได้", text="ระบบล่ม", by=officer)
    closed = complaining.complain(listing, old, subject="เคยช้า", text="ช้า", by=officer)
    Complaint.objects.filter(pk=closed.pk).update(state="closed")
    drawn = comparisons.draw_up([listing.product_id], old, subject="ระบบ", why="เหมือนกัน", by=officer)

    merged(old, into)

    assert dict(Complaint.objects.values_list("pk", "local_government")) == {open_one.pk: into.pk, closed.pk: old.pk}
    newcomer = person(Role.LOCAL_OFFICER, at=into)
    assert list(Comparison.objects.visible_to(newcomer)) == [drawn]
    assert Comparison.objects.get().local_government == old
