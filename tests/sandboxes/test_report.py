"""The public report: two pages of plain Thai whatever was written, and what went wrong counted unasked."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from portal import clock, pdf
from sandboxes import changing, citizens, reporting, telling
from sandboxes.models import Indicator, Pilot
from tests.factories.sandboxes import Trial

pytestmark = pytest.mark.django_db
SENTENCE = "ส่งยาถึงบ้านผู้ป่วยได้เร็วขึ้นกว่าเดิมมากแต่วันที่ลมแรงต้องใช้เรือแทน "


def printed(pilot):
    answer = Client().get(reverse("sandboxes:report", args=[pilot.pk]))
    assert answer.status_code == 200
    return PdfReader(BytesIO(answer.content))


@pytest.mark.parametrize("size", ["nothing", "everything"])
def test_report_has_two_pages(size):
    if not pdf.is_available():
        pytest.skip("this machine makes no PDFs")
    trial = Trial().to("reported").both("scale")
    if size == "everything":
        lines = (SENTENCE * 40)[:1590].replace(" ", "\n", 11)
        Pilot.objects.update(problem=SENTENCE * 90, innovation="\n".join([SENTENCE] * 60), exit_summary=lines,
                             exit_lessons=lines, title_th="โดรน" * 60, ended_reason=SENTENCE * 50)  # fmt: skip
        long = {"unit": "ครั้งต่อการบินหนึ่งร้อยกิโลเมตรในพื้นที่", "direction": "up", "baseline": 1, "target": 2}
        Indicator.objects.bulk_create(
            Indicator(pilot=trial.pilot, name_th=f"{number} {SENTENCE * 3}"[:255], baseline_on=clock.today(), **long)
            for number in range(12)
        )

    assert len(printed(trial.pilot).pages) == 2


def test_text_beyond_the_two_pages_is_refused():
    trial = Trial().to("exit_review")

    for text, wanted in (("ก" * 1601, "too_long"), ("ก\n" * 13, "too_many_lines")):
        with pytest.raises(ValidationError) as refused:
            changing.write(trial.pilot, by=trial.cast.officer, exit_summary=text)
        assert refused.value.error_dict["exit_summary"][0].code == wanted


def test_failures_are_counted_unasked():
    trial = Trial().to("live")
    citizens.give_feedback(trial.pilot, kind="complaint", text="เสียงดัง")
    trial.read(95)
    reporting.report(
        trial.pilot, by=trial.cast.officer, what="ตก", hurt="somebody", personal_data=False, impact="minor"
    )

    with clock.at(clock.now() + timedelta(days=9)):
        found = telling.facts(Pilot.objects.get(pk=trial.pilot.pk))

    counted = ("days", "pauses", "incidents", "severe", "reviews", "complaints", "unanswered", "harmful", "reached")
    assert [found[name] for name in counted] == [10, 1, 1, 1, 1, 1, 1, 1, 0]
