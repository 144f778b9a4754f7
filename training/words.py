"""How timelines call what happens in training: the steps of every lifecycle, and what happens beside them."""

from django.utils.translation import gettext_lazy as _

from training.lifecycle import LIFECYCLES

STEPS = {
    f"{lifecycle.name}.{name}": rows[0].label
    for lifecycle in LIFECYCLES.values()
    for name, rows in lifecycle.steps.items()
}
BESIDE_STEPS = {
    "application.start": _("Application begun"),
    "application.upload": _("Paper uploaded"),
    "application.erase": _("Data erased on the person's wish"),
    "attendance.mark": _("Attendance recorded"),
    "consent.give": _("Consent given"),
    "consent.withdraw": _("Consent withdrawn"),
    "course.change": _("Course changed"),
    "course.create": _("Course set up"),
    "credential.issue": _("Certificate issued"),
    "credential.share": _("What the public sees was changed"),
    "enrolment.mark": _("Mark written"),
    "enrolment.request": _("Enrolled"),
    "enrolment.say_yes_again": _("Said yes again"),
    "evaluation.send": _("Scores sent"),
    "generation.change": _("Settings changed"),
    "generation.create": _("Generation announced"),
    "generation.set_criteria": _("Criteria written"),
    "generation.set_quotas": _("Quotas written"),
    "interview.book": _("Interview booked"),
    "interview.open": _("Interview times added"),
    "learner.claim": _("Record tied to an account"),
    "monthly_report.start": _("Monthly report begun"),
    "notice.publish": _("Privacy notice published"),
    "place.prepare": _("Offer prepared"),
    "place.widen": _("Offered beyond the area"),
    "placement.add_project": _("City project recorded"),
    "placement.change_mentor": _("Mentor changed"),
    "placement.hand_over": _("Handed over"),
    "placement.plan": _("Service planned"),
    "run.add_session": _("Session added"),
    "run.change": _("Run changed"),
    "run.create": _("Run set up"),
    "run.remove_session": _("Session removed"),
    "selection.conflict": _("Conflict of interest declared"),
    "stipend.close": _("Stipend sheet closed"),
}
WORDS = STEPS | BESIDE_STEPS
