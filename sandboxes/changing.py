"""The one way to change what a pilot says, and the rows beneath it that its office writes."""

from contextlib import contextmanager

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from portal import access, clock, files
from portal.audit import record
from portal.errors import Refused
from providers import seams
from sandboxes import area, notices
from sandboxes.models import Endorsement, Indicator, Partner, Pilot, PilotDocument
from sandboxes.states import BEFORE_LIVE, EDITABLE, ENDS, RUNNING, DocumentKind, PilotState

CONTENT = (
    "title_th", "title_en", "dimension", "technology", "problem", "innovation", "area_note", "user_cap", "starts_on",
    "ends_on", "budget_baht", "budget_source", "participants", "has_public_devices", "personal_data",
    "personal_data_note", "insurance", "complaint_channel", "kill_switch", "exit_plan", "test_plan",
)  # fmt: skip
REPORT = ("exit_summary", "exit_lessons")
LATE = ("insurance", "complaint_channel", "personal_data_note")
WRITES_REPORT = frozenset({PilotState.EXIT_REVIEW, PilotState.TERMINATED, PilotState.STOPPED, PilotState.SCALED})


def start(*, local_government, by, **fields):
    """A new concept of `local_government`. Raises PermissionDenied for others' offices, Refused for a closed one."""
    capacity = access.capacity(by, "sandboxes.add_pilot", local_government)
    if capacity is None:
        raise PermissionDenied(_("Only officers of this local government may start a pilot for it."))
    if not local_government.is_active(clock.today()):
        raise Refused(_("This local government is no longer active."), code="local_government_closed")
    with transaction.atomic():
        subdistricts = fields.pop("subdistricts", None)
        pilot = Pilot(local_government=local_government, created_by=by, **fields)
        pilot.full_clean()
        pilot.save()
        if subdistricts is not None:
            pilot.subdistricts.set(subdistricts)
        record("pilot.start", pilot, by=by, capacity=capacity, after=pilot.state)
    return pilot


def writable(pilot):
    """The fields of a pilot that its office may write now, as a set."""
    state = pilot.state_now
    if state in {PilotState.CONCEPT, PilotState.SCREENING, PilotState.DESIGN}:
        return {*CONTENT, "subdistricts"}
    if state == PilotState.APPROVED:
        return set(LATE)
    return set(REPORT) if state in WRITES_REPORT else set()


def refuse_unless_writable(pilot, names):
    allowed, state = writable(pilot), pilot.state_now
    if not allowed:
        text = _("This pilot is “%(state)s”: its application and plan are closed.") % {"state": state.label}
        raise Refused(text, code="not_editable", state=state)
    closed = sorted(set(names) - allowed)
    if closed:
        labels = ", ".join(str(Pilot._meta.get_field(name).verbose_name) for name in closed)
        raise Refused(
            _("These cannot be changed any more: %(names)s.") % {"names": labels}, code="section_closed", state=state
        )


@contextmanager
def editing(pilot, *, by, names=(), version=None, permission="sandboxes.change_pilot", verb="pilot.change"):
    """Give the fresh pilot for writing `names`; afterwards version, history and event are kept.

    Raises PermissionDenied, Refused (`not_editable`, `section_closed`, `lost_race`) or ValidationError; then nothing
    is written.
    """
    with transaction.atomic():
        fresh = Pilot.objects.select_related("local_government").get(pk=pilot.pk)
        capacity = access.capacity(by, permission, fresh)
        if capacity is None:
            raise PermissionDenied(_("This is not for your role or place."))
        if version is not None and version != fresh.version:
            raise stale(fresh)
        if names:
            refuse_unless_writable(fresh, names)
        if not Pilot.objects.filter(pk=fresh.pk, version=fresh.version).update(version=F("version") + 1):
            raise stale(fresh)
        fresh.version += 1
        yield fresh
        fresh.changed_at = clock.now()
        fresh.full_clean()
        fresh.save()
        record(verb, fresh, by=by, capacity=capacity, details={"fields": sorted(names)})


def stale(pilot):
    """The refusal for someone whose copy is older than the pilot."""
    return Refused(
        _("This pilot was changed by someone else in the meantime. Reload it and try again."),
        code="lost_race",
        state=pilot.state_now,
    )


def write(pilot, *, by, version=None, **fields):
    """Write `fields` of a pilot; the fresh one."""
    with editing(pilot, by=by, names=fields, version=version) as fresh:
        if (subdistricts := fields.pop("subdistricts", None)) is not None:
            fresh.subdistricts.set(subdistricts)
        for name, value in fields.items():
            setattr(fresh, name, value)
    return fresh


def is_in_care(pilot):
    """Whether a case officer looks after the pilot in its state."""
    return pilot.state_now not in ENDS | {PilotState.CONCEPT, PilotState.APPLIED}


def take_over(pilot, *, by, reason):
    """Make `by` the pilot's case officer; the fresh pilot. The office and who looked after it until now are told."""
    capacity = access.capacity(by, "sandboxes.score_pilot", pilot)
    if capacity is None:
        raise PermissionDenied(_("Only a case officer without a conflict of interest takes a case over."))
    with transaction.atomic():
        fresh = Pilot.objects.select_related("officer", "local_government").get(pk=pilot.pk)
        if not is_in_care(fresh):
            text = _("A case officer looks after a pilot from its screening until it has ended.")
            raise Refused(text, code="wrong_state", state=fresh.state_now)
        former = fresh.officer
        others = Pilot.objects.filter(pk=fresh.pk, officer=former).exclude(officer=by)
        if not others.update(officer=by, version=F("version") + 1):
            raise Refused(_("This case is in your care already."), code="already_mine", state=fresh.state_now)
        fresh.refresh_from_db()
        details = {"reason": reason, "former": former and former.username}
        record("pilot.take_over", fresh, by=by, capacity=capacity, details=details)
        notices.taken_over(fresh, former, reason)
    return fresh


# Who takes part


def add_partner(pilot, *, by, letter=None, listing=None, **fields):
    """The new partner; `letter` is an upload, `listing` an entry of the account of providers that holds today."""
    with editing(pilot, by=by, verb="pilot.add_partner") as fresh:
        _refuse_states(
            fresh, BEFORE_LIVE | RUNNING, _("Partners are named before the pilot goes live, or while it runs.")
        )
        if fresh.state in RUNNING and not letter:
            text = _("Who joins a running pilot brings the signed letter of intent.")
            raise ValidationError({"letter": text}, code="letter_missing")
        if fresh.partners.filter(name_th=fields["name_th"], left_on=None).exists():
            raise ValidationError({"name_th": _("A partner of this name is on the record of this pilot already.")})
        partner = Partner(pilot=fresh, listing=listing, **fields)
        if listing is not None:
            today = clock.today()
            if not seams.choosable(today).filter(pk=listing.pk).exists():
                text = _("This entry of the account of providers does not hold today.")
                raise ValidationError({"listing": text}, code="not_choosable")
            partner.snapshot = seams.snapshot(listing, today)
        partner.letter = files.store(letter, by=by, only={"pdf"}) if letter else None
        partner.full_clean()
        partner.save()
    return partner


def add_letter(partner, letter, *, by):
    """Keep the letter of intent that a partner has signed."""
    with editing(partner.pilot, by=by, verb="pilot.add_letter"):
        partner.letter = files.store(letter, by=by, only={"pdf"})
        partner.save()
    return partner


def part(partner, *, by, on, reason):
    """Record that a partner left: from now on their representative acts no more. Both agencies are told."""
    with editing(partner.pilot, by=by, verb="pilot.part") as fresh:
        _refuse_states(fresh, set(PilotState) - ENDS, _("The pilot has ended."))
        if on > clock.today():
            raise ValidationError({"on": _("Record it once it has happened.")}, code="in_the_future")
        gone = Partner.objects.filter(pk=partner.pk, left_on=None)
        if not gone.update(left_on=on, left_reason=reason):
            raise Refused(_("This partner has already left."), code="already_left", state=fresh.state_now)
        partner.refresh_from_db()
        notices.partner_left(partner)
    return partner


def ask_endorsement(pilot, place, *, by):
    """Ask another local government, in whose area the pilot also runs, to endorse it."""
    with editing(pilot, by=by, verb="pilot.ask_endorsement") as fresh:
        _refuse_states(fresh, {PilotState.CONCEPT}, _("Others endorse a pilot before it is applied for."))
        if place == fresh.local_government:
            raise ValidationError({"place": _("This is the local government that leads.")}, code="own_office")
        if fresh.endorsements.filter(place=place).exists():
            raise ValidationError({"place": _("This local government was asked already.")}, code="asked_already")
        asked = Endorsement(pilot=fresh, place=place)
        asked.full_clean()
        asked.save()
        notices.endorsement_asked(asked)
    return asked


def answer_endorsement(endorsement, *, by, is_endorsed, note=""):
    """Record what the other local government's executive says; said once."""
    capacity = access.capacity(by, "sandboxes.endorse_pilot", endorsement)
    if capacity is None:
        raise PermissionDenied(_("Only the executive of that local government endorses."))
    with transaction.atomic():
        moment = clock.now()
        open_one = Endorsement.objects.unanswered().filter(pk=endorsement.pk)
        if not open_one.update(answered_at=moment, answered_by=by, is_endorsed=is_endorsed, note=note):
            raise Refused(_("This was already answered."), code="already_answered")
        endorsement.refresh_from_db()
        Pilot.objects.filter(pk=endorsement.pilot_id).update(version=F("version") + 1)
        record("pilot.endorse", endorsement, by=by, capacity=capacity, details={"is_endorsed": is_endorsed})
        notices.endorsement_answered(endorsement)
    return endorsement


# Documents


def attach(pilot, kind, upload, *, by):
    """The new document. A map of the area as GeoJSON or PDF also becomes the pilot's area."""
    with editing(pilot, by=by, permission="sandboxes.attach_pilot", verb="pilot.attach") as fresh:
        _refuse_states(fresh, set(PilotState) - ENDS, _("The pilot has ended."))
        document = PilotDocument(pilot=fresh, kind=kind, uploaded_by=by)
        boundary = None
        if kind == DocumentKind.AREA and files.extension(upload.name) == "geojson":
            files.check(upload, files.clean_name(upload.name))
            boundary = read_boundary(upload)
        document.file = files.store(upload, by=by)
        document.full_clean()
        document.save()
        if kind == DocumentKind.AREA and fresh.state in EDITABLE:
            fresh.area_file = document.file
            fresh.area = boundary
    return document


# Indicators


def read_boundary(upload):
    """The boundary in a GeoJSON upload; what is wrong with it is said at the file."""
    try:
        return area.read(upload)
    except ValidationError as error:
        raise ValidationError({"file": error}) from error


def add_indicator(pilot, *, by, **fields):
    """The new indicator, before the readiness gate is passed."""
    with editing(pilot, by=by, verb="pilot.add_indicator") as fresh:
        _refuse_unless_measures_are_open(fresh)
        indicator = Indicator(pilot=fresh, **fields)
        indicator.full_clean()
        indicator.save()
    return indicator


def change_indicator(indicator, *, by, version=None, **fields):
    """Change an indicator before the readiness gate; afterwards only `measuring.propose_baseline` leads on."""
    with editing(indicator.pilot, by=by, version=version, verb="pilot.change_indicator") as fresh:
        _refuse_unless_measures_are_open(fresh)
        for name, value in fields.items():
            setattr(indicator, name, value)
        indicator.full_clean()
        indicator.save()
    return indicator


def remove_indicator(indicator, *, by, version=None):
    with editing(indicator.pilot, by=by, version=version, verb="pilot.remove_indicator") as fresh:
        _refuse_unless_measures_are_open(fresh)
        if indicator.readings.exists():
            raise Refused(_("This indicator has readings."), code="has_readings", state=fresh.state)
        indicator.delete()


def _refuse_unless_measures_are_open(pilot):
    _refuse_states(
        pilot,
        {PilotState.CONCEPT, PilotState.SCREENING, PilotState.DESIGN},
        _("Indicators are fixed with the test plan. A wrong baseline is corrected by a proposal."),
    )


def _refuse_states(pilot, allowed, text):
    if pilot.state_now not in allowed:
        raise Refused(text, code="wrong_state", state=pilot.state_now)


def lane_of(pilot):
    """`short` when one decision suffices, else `full`."""
    from sandboxes.evidence import is_short_lane

    return "short" if is_short_lane(pilot) else "full"
