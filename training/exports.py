"""The columns of training's lists as files. What is personal stands only in lists for people who may read it."""

from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.exports import Column

APPLICATIONS = [
    Column(_("Number"), "number", "code"),
    Column(_("State"), lambda application: application.get_state_display()),
    Column(_("Home province"), "home_province.name_th"),
    Column(_("Highest degree"), lambda application: application.get_degree_display()),
    Column(_("Field of study"), "field_of_study"),
    Column(_("Age at the close of the call"), "age_at_close", "number"),
    Column(_("Score"), "score", "number"),
    Column(_("Host"), "place.local_government.name_th"),
    Column(_("Submitted"), "submitted_at", "moment"),
]

CREDENTIALS = [
    Column(_("Serial number"), "serial", "code"),
    Column(_("Status"), lambda credential: credential.standing(clock.today()).label),
    Column(_("Name of the holder"), "holder_th"),
    Column(_("Course or programme"), "title_th"),
    Column(_("Level"), lambda credential: credential.get_level_display()),
    Column(_("Local government"), "local_government.name_th"),
    Column(_("Issued on"), "issued_on", "date"),
    Column(_("Valid until"), "valid_until", "date"),
]

PLACEMENTS = [
    Column(_("Local government"), "local_government.name_th"),
    Column(_("Province"), "local_government.province.name_th"),
    Column(_("Generation"), "generation.number", "number"),
    Column(_("State"), lambda placement: placement.get_state_display()),
    Column(_("First day"), "starts_on", "date"),
    Column(_("Last day"), "last_day", "date"),
]

ENROLMENTS = [
    Column(_("First name"), "learner.first_name"),
    Column(_("Last name"), "learner.last_name"),
    Column(_("Local government"), "office.name_th"),
    Column(_("State"), lambda enrolment: enrolment.get_state_display()),
    Column(_("Mark"), "mark", "number"),
]

COVERAGE = [
    Column(_("Local government"), "display_name"),
    Column(_("Kind"), lambda place: place.get_kind_display()),
    Column(_("Province"), "province.name_th"),
    Column(_("Ambassadors in service"), "ambassadors", "number"),
    Column(_("Trained within 24 months"), "trained", "number"),
    Column(_("Trained executives"), "trained_executive", "number"),
    Column(_("Trained officers"), "trained_officer", "number"),
    Column(_("Trained technical staff"), "trained_technical", "number"),
    Column(_("Ending within 60 days"), "expiring", "number"),
]

STIPENDS = [
    Column(_("Local government"), "host.name_th"),
    Column(_("Ambassador"), lambda line: str(line.placement.ambassador or _("(erased)"))),
    Column(_("Days paid"), "days", "number"),
    Column(_("Days of the month"), "of_days", "number"),
    Column(_("Amount (baht)"), "amount_baht", "money"),
]
