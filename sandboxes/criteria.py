"""The five criteria of admission, each scored 0 to 4 by written signs (after the practice of regulators' sandboxes)."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

MOST = 4
PASS_MARK = 12


@dataclass(frozen=True)
class Criterion:
    """A key question, the signs that speak for it and those against; `anchors` say what 0, 2 and 4 look like."""

    code: str
    label: str
    question: str
    good: str
    bad: str
    anchors: tuple


CRITERIA = {
    one.code: one
    for one in (
        Criterion(
            "scope", _("In scope"), _("Does it serve a smart city, in this local government's duties?"),
            _("It answers a duty of the office and a dimension of the smart city."),
            _("The service belongs to another body, or has no bearing on the city."),
            ((0, _("Outside the office's duties")), (2, _("Within them, the link to the city is thin")),
             (4, _("A duty of the office and a priority of its smart-city plan"))),
        ),
        Criterion(
            "innovation", _("Genuine innovation"), _("Is it new, or clearly different from what is there?"),
            _("Nothing like it is on the market or in Thai cities."), _("Several cities already use it."),
            ((0, _("In ordinary use elsewhere")), (2, _("Known, but new in this setting")),
             (4, _("New in Thailand, or markedly better"))),
        ),
        Criterion(
            "benefit", _("Benefit to citizens"), _("What do residents gain, and what might they lose?"),
            _("A measurable gain for residents; risks are small and answered."), _("Residents carry the risk alone."),
            ((0, _("No gain, or harm likely")), (2, _("A gain that is not yet measurable")),
             (4, _("A clear gain with figures, risks answered"))),
        ),
        Criterion(
            "need", _("Need for a sandbox"), _("Why can it not simply be procured or licensed?"),
            _("A rule stands in the way, or the effect is unknown."), _("It can be bought and used today."),
            ((0, _("No reason for a trial")), (2, _("A trial would help")),
             (4, _("Impossible to know or to allow without a trial"))),
        ),
        Criterion(
            "readiness", _("Readiness to test"), _("Are people, place, money and partners there?"),
            _("Team, place and budget are named; partners have signed."), _("Most of it is still to be found."),
            ((0, _("Nothing is arranged")), (2, _("Partly arranged")),
             (4, _("Team, place, money and letters are there"))),
        ),
    )
}  # fmt: skip
