"""Somebody of the demo at a browser: signs in, fills in forms by their names, presses what is written on buttons."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

PASSWORD = "portal-demo"
BANGKOK = ZoneInfo("Asia/Bangkok")


class Person:
    """A person of the demo with a page of their own, signed in."""

    def __init__(self, page, username):
        self.page, self.username = page, username
        self.go("/account/login/")
        page.locator("#id_login").fill(username)
        page.locator("#id_password").fill(PASSWORD)
        page.locator("#id_password").press("Enter")
        page.wait_for_url(lambda url: "/login/" not in url)

    @property
    def path(self):
        return self.page.evaluate("location.pathname")

    @property
    def text(self):
        return self.page.locator("main").inner_text()

    def go(self, path):
        """Open `path`; it must be there."""
        answer = self.page.goto(path)
        assert answer.ok, f"{answer.status} {path}"
        return self

    def fill(self, fields):
        """Fill in fields by name: texts, radios and checkboxes by value, selects by value or by what they show.

        A name that begins with a star stands for every name with that ending.
        """
        for name, value in fields.items():
            named = f'[name$="{name[1:]}"]' if name.startswith("*") else f'[name="{name}"]'
            controls = self.page.locator(f"main :is(input, select, textarea){named}")
            match controls.first.evaluate("control => control.type"):
                case "radio" | "checkbox":
                    for one in [value] if isinstance(value, str) else value:
                        controls.and_(self.page.locator(f'[value="{one}"]')).check()
                case "select-one":
                    shown = controls.first.locator("option", has_text=value)
                    controls.first.select_option(shown.first.get_attribute("value") if shown.count() else value)
                case _:
                    for control in controls.all():
                        control.fill(value)
        return self

    def value(self, name):
        """What a field shows."""
        return self.page.locator(f'main [name="{name}"]').input_value()

    def start_a_draft(self):
        """A new draft in the round that closes first; its page is open then."""
        self.go("/").follow("เริ่มข้อเสนอใหม่")
        return self.press("เริ่มร่าง")

    def press(self, words):
        """Press the button of the page with these words on it, and wait for what comes."""
        return self._click("button", words)

    def follow(self, words):
        """Follow the link of the page with these words in it."""
        return self._click("link", words)

    def _click(self, role, words):
        found = self.page.locator("main").get_by_role(role, name=words)
        assert found.count(), f"no {role} “{words}” for {self.username} at {self.path}:\n{self.text}"
        with self.page.expect_navigation():
            found.first.click()
        return self


def day(name, moment):
    """The three boxes of a date, as fields."""
    return {f"{name}_day": str(moment.day), f"{name}_month": str(moment.month), f"{name}_year": str(moment.year + 543)}


def moment(name, when):
    """The boxes of a date and a time, as fields."""
    return {**day(name, when), f"{name}_time": f"{when:%H.%M}"}


def now():
    return datetime.now(BANGKOK)


def next_minute():
    """The start of the next minute but one: late enough to be typed before it comes."""
    return (now() + timedelta(minutes=2)).replace(second=0, microsecond=0)
