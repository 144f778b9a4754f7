"""Moments as people type them: a Buddhist-era date and a time in Bangkok."""

from datetime import UTC, datetime

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import override

from portal.clock import BANGKOK
from portal.fields import ThaiDateTimeField
from portal.forms import ThaiDateTimeInput

CLOSES = datetime(2026, 11, 30, 16, 30, tzinfo=BANGKOK)


class Form(forms.Form):
    at = ThaiDateTimeField(widget=ThaiDateTimeInput, required=False)


@pytest.mark.parametrize(
    "typed",
    [
        "30/11/2569 16.30",
        "๓๐/๑๑/๒๕๖๙ ๑๖.๓๐ น.",
        "30 พ.ย. 2569 เวลา 16:30 น.",
        "30 November 2026 16:30",
        "2026-11-30T09:30:00Z",
        "2026-11-30T16:30:00+07:00",
        CLOSES,
        CLOSES.astimezone(UTC),
    ],
)
def test_reads_what_people_and_programs_write(typed):
    assert ThaiDateTimeField().clean(typed) == CLOSES


@pytest.mark.parametrize("typed", ["30/11/2569", "16.30", "31/11/2569 16.30", "30/11/2569 25.00", "soon 16.30"])
def test_refuses_half_a_moment_in_plain_words(typed):
    with pytest.raises(ValidationError):
        ThaiDateTimeField().clean(typed)


@pytest.mark.parametrize("language", ["th", "en"])
def test_boxes_show_the_moment_and_give_it_back(language):
    with override(language):
        page = str(Form(initial={"at": CLOSES})["at"])
        boxes = {"at_day": "30", "at_month": "11", "at_year": "2569", "at_time": "16.30"}
        form = Form(boxes)

    for value in ('value="30"', 'value="11" selected', 'value="2569"', 'value="16.30"'):
        assert value in page
    assert form.is_valid()
    assert form.cleaned_data["at"] == CLOSES


def test_single_digit_month_is_chosen_again():
    page = str(Form(initial={"at": datetime(2026, 5, 3, 8, 5, tzinfo=BANGKOK)})["at"])

    assert 'value="5" selected' in page
    assert 'value="08.05"' in page


def test_empty_boxes_are_no_moment_and_half_of_one_is_a_mistake():
    empty = Form({"at_day": "", "at_month": "", "at_year": "", "at_time": ""})
    half = Form({"at_day": "30", "at_month": "11", "at_year": "2569", "at_time": ""})

    assert empty.is_valid() and empty.cleaned_data["at"] is None
    assert list(half.errors) == ["at"]
