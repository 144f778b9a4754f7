"""Changes of the register of local governments: recorded with their place in the Gazette, in effect on their day."""

import logging
from datetime import datetime, time

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import access, clock, notices, registry
from portal.audit import record
from portal.errors import Refused
from portal.models import LocalGovernment, PlaceChange, PlaceReport, Succession, User
from portal.register import succeeding
from portal.registry import Task, timer
from portal.states import ChangeKind, SuccessionKind

log = logging.getLogger(__name__)


def announce(kind, *, by, at_once=True, **facts):
    """The new `PlaceChange`: in effect at once where its day has come, waiting for it otherwise.

    `facts` are its own fields: `on` and `gazette_ref`, and by kind `place`, `into`, `name_th`, `name_en`, `new_kind`,
    `code`, `district`, `subdistrict`, `cases`. Without `at_once` the timer takes it, within a minute. Raises
    PermissionDenied, ValidationError, or Refused `already_ended`, `cases_open`.
    """
    capacity = access.capacity(by, "portal.change_place")
    if capacity is None:
        raise PermissionDenied(_("Only DLA changes the list of local governments."))
    change = PlaceChange(kind=kind, recorded_by=by, **facts)
    if change.place_id and not change.place.is_active(clock.today()):
        raise Refused(_("This local government no longer exists."), code="already_ended")
    change.full_clean()
    if change.cases and set(change.cases) - {registry.key_of(case) for case in registry.open_cases(change.place)}:
        raise ValidationError({"cases": _("Choose among the cases of it that are open.")})
    with transaction.atomic():
        change.save()
        details = {"kind": kind, "on": change.on, "gazette_ref": change.gazette_ref, "name_th": change.name_th}
        record("place_change.announce", change, by=by, capacity=capacity, details=details)
        if at_once and change.on <= clock.today():
            take(change, by=by)
    return change


@transaction.atomic
def take(change, *, by):
    """Bring a waiting change into effect; what stands there now, or None. Raises ValidationError or Refused."""
    waiting = PlaceChange.objects.waiting().filter(pk=change.pk)
    if not waiting.update(taken_at=clock.now(), problem=""):
        raise Refused(_("This change is in effect already, or was withdrawn."), code="not_waiting")
    after = succeeding.carry_out(change, by=by)
    if after is not None:
        became = {"place": after} if change.kind == ChangeKind.ADD else {"into": after}
        PlaceChange.objects.filter(pk=change.pk).update(**became)
        if change.kind == ChangeKind.ADD:
            record("place.add", after, by=by, details={"change": change.pk, "gazette_ref": change.gazette_ref})
    change.refresh_from_db()
    return after


def withdraw(change, *, by):
    """Take back a change that still waits. Raises PermissionDenied, or Refused `not_waiting`."""
    capacity = access.capacity(by, "portal.change_place")
    if capacity is None:
        raise PermissionDenied(_("Only DLA changes the list of local governments."))
    with transaction.atomic():
        waiting = PlaceChange.objects.waiting().filter(pk=change.pk)
        if not waiting.update(withdrawn_at=clock.now(), withdrawn_by=by):
            raise Refused(_("This change is in effect already, or was withdrawn."), code="not_waiting")
        record("place_change.withdraw", change, by=by, capacity=capacity)
        change.refresh_from_db()
    return change


@timer
def take_due():
    """Bring into effect what is due, each change by itself; one that cannot be says why and waits for DLA."""
    by = None
    for change in PlaceChange.objects.due(clock.today()).select_related("place", "into").order_by("on", "pk"):
        by = by or User.objects.timer()
        try:
            take(change, by=by)
        except Refused as refusal:
            _note_problem(change, refusal.message)
        except ValidationError as error:
            _note_problem(change, " ".join(error.messages))
        except Exception:
            log.exception("Change %s of the register failed.", change.pk)


def _note_problem(change, text):
    PlaceChange.objects.waiting().filter(pk=change.pk).update(problem=str(text)[:300])


# Reports that something is wrong


def may_report(user, place):
    """Whether `user` belongs to this office, or to its province's."""
    return user.is_authenticated and any(
        held.local_government_id == place.pk or held.province_id == place.province_id
        for held in access.posts(user)
        if held.local_government_id or held.province_id
    )


def report(place, *, text, by):
    """The new `PlaceReport`, which waits in DLA's inbox. Raises PermissionDenied or ValidationError; one that waits
    already is Refused `already_reported`.
    """
    if not may_report(by, place):
        raise PermissionDenied(_("Only people of this office and of its province report what is wrong here."))
    if PlaceReport.objects.filter(local_government=place, sent_by=by, answered_at=None).exists():
        raise Refused(_("You have told DLA already. It will answer you here."), code="already_reported")
    sent = PlaceReport(local_government=place, text=text, sent_by=by)
    sent.full_clean()
    with transaction.atomic():
        sent.save()
        record("place.report", sent, by=by, details={"local_government": place.pk})
    return sent


def answer(sent, *, by, answer, is_corrected):
    """The report with DLA's answer, which its sender is told.

    Raises PermissionDenied, ValidationError, or Refused `already_answered`.
    """
    capacity = access.capacity(by, "portal.change_place")
    if capacity is None:
        raise PermissionDenied(_("Only DLA answers reports about the register."))
    if not answer.strip():
        raise ValidationError({"answer": _("Write an answer.")})
    with transaction.atomic():
        facts = {"answer": answer, "is_corrected": is_corrected, "answered_by": by, "answered_at": clock.now()}
        if not PlaceReport.objects.filter(pk=sent.pk, answered_at=None).update(**facts):
            raise Refused(_("This report was answered already."), code="already_answered")
        sent.refresh_from_db()
        record("place.answer", sent, by=by, capacity=capacity, details={"is_corrected": is_corrected})
        notices.tell(
            sent.sent_by,
            "place_report",
            subject=gettext_lazy("DLA answered: %(place)s"),
            body="%(answer)s",
            url=sent.get_absolute_url(),
            about=sent.local_government,
            place=sent.local_government.name_th,
            answer=answer,
        )
    return sent


def reports_of(user):
    """The reports that `user` may read, as a queryset: DLA all, others their own."""
    if not user.is_authenticated:
        return PlaceReport.objects.none()
    if user.has_perm("portal.change_place"):
        return PlaceReport.objects.all()
    return PlaceReport.objects.filter(sent_by=user)


def tasks_of(user):
    """DLA's inbox: reports without an answer, and changes that could not take effect on their day."""
    if not (user.is_authenticated and user.has_perm("portal.change_place")):
        return
    waiting = PlaceReport.objects.filter(answered_at=None).select_related("local_government__district")
    for sent in waiting.order_by("pk")[:100]:
        yield Task(
            area="local-governments",
            title=sent.local_government.display_name,
            url=sent.get_absolute_url(),
            verb=_("Answer what an office says is wrong in the register"),
            since=sent.sent_at,
        )
    for change in PlaceChange.objects.due(clock.today()).exclude(problem="").select_related("place").order_by("pk"):
        yield Task(
            area="local-governments",
            title=str(change),
            url=reverse("place-changes") + "?show=waiting",
            verb=_("See why a change of the register could not take effect"),
            since=datetime.combine(change.on, time.min, clock.BANGKOK),
            detail=change.problem,
        )


# What came before and after


def present_of(places):
    """What stands today in the place of each of `places` that has ended: {pk: LocalGovernment, or None for nothing}."""
    ended = [place.pk for place in places if not place.is_active(clock.today())]
    if not ended:
        return {}
    ended_by = Succession.objects.that_ended_the_old()
    after = dict(ended_by.values_list("from_local_government", "to_local_government"))
    found = {}
    for pk in ended:
        last = pk
        while last in after:
            last = after[last]
        found[pk] = last
    standing = LocalGovernment.objects.active(clock.today()).in_bulk(set(found.values()))
    return {pk: standing.get(last) for pk, last in found.items()}


def history_of(place):
    """The successions that led to `place`, that led on from it and that split off a part, in the order of time."""
    rows = Succession.objects.select_related("from_local_government", "to_local_government")
    family = [place.pk, *place.lineage]
    split_off = Q(from_local_government__in=family, kind=SuccessionKind.SPLIT)
    found = list(rows.filter(Q(to_local_government__in=family) | split_off))
    ends = rows.that_ended_the_old()
    on = ends.filter(from_local_government=place).first()
    while on is not None:
        found.append(on)
        on = ends.filter(from_local_government=on.to_local_government_id).first()
    return sorted(found, key=lambda row: (row.on, row.pk))
