from django.conf import settings

from portal.diagrams import document
from portal.lifecycles import lifecycles


def test_page_of_lifecycles_is_as_the_tables_are():
    page = (settings.BASE_DIR / "docs" / "lifecycles.md").read_text(encoding="utf-8")

    assert page == document()


def test_every_step_stands_on_the_page():
    page = document()

    for _app, _name, lifecycle in lifecycles():
        for row in lifecycle.rows:
            assert f"| `{row.name}` |" in page
