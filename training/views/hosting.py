"""An office's own page: who serves here, what waits, which of its people are trained, what it may take part in."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from portal import access, clock
from portal.models import LocalGovernment
from training import coverage, privacy, service
from training.models import Credential, Enrolment, Generation, HostPlace, Placement
from training.querysets import RECENT
from training.seams import until_of
from training.states import (
    OCCUPIES,
    ON_THE_LIST,
    SEATED,
    CredentialState,
    MonthlyReportState,
    RunState,
)
from training.writing import invitations

PEOPLE = 100


def offices_of(user):
    """The local governments whose people `user` looks after or audits."""
    held = {m.local_government_id for m in access.holding(user, "training.view_staff")} - {None}
    return LocalGovernment.objects.filter(pk__in=held).select_related("province", "district")


@login_required
def hosting(request):
    offices = list(offices_of(request.user))
    if not offices:
        raise PermissionDenied(_("This page is for people who hold a post in a local government."))
    today, user = clock.today(), request.user
    placements = Placement.objects.filter(local_government__in=offices).select_related(
        "local_government__district", "generation", "ambassador", "mentor"
    )
    placements = placements.annotate(
        waiting=Count("reports", filter=Q(reports__state=MonthlyReportState.SUBMITTED)),
        accepted=Count("reports", filter=Q(reports__state=MonthlyReportState.ACCEPTED)),
    )
    services = [service_row(one, today) for one in placements.filter(state__in=OCCUPIES).order_by("starts_on", "pk")]
    people = list(trained(offices, today))
    privacy.note_list([one for one, _until, _soon in people], by=user, what="certificates list")
    for row in services:
        if user.pk not in {row["placement"].ambassador_id, row["placement"].mentor_id}:
            privacy.note_reading(row["placement"], by=user, what="placement")
    own = HostPlace.objects.filter(local_government__in=offices).select_related("generation").order_by("-pk")
    answered = {place.generation_id for place in own if place.state in {"proposed", "offered"}}
    calls = Generation.objects.calling_hosts().exclude(pk__in=answered).select_related("programme").order_by("pk")
    there = list(learning(offices))
    runs = invitations()[0].exclude(pk__in=[row["run"] for row in there])
    context = {
        "offices": offices,
        "services": services,
        "past": placements.exclude(state__in=OCCUPIES).order_by("-pk")[:PEOPLE],
        "places": own,
        "calls": calls,
        "people": people,
        "learning": there,
        "runs": runs,
        "may_propose": bool(access.holding(user, "training.propose_place")),
        "may_enrol": bool(access.holding(user, "training.enrol_staff")),
        "ending": sum(soon for _one, _until, soon in people),
        "waiting": sum(row["placement"].waiting for row in services),
    }
    return render(request, "training/hosting.html", context)


def service_row(placement, today):
    """A service with how far it is and how many reports its months ask for."""
    over = [month for month in service.months_of(placement, until=today) if month < today.replace(day=1)]
    return {
        "placement": placement,
        "served_pct": service.served_pct(placement, today),
        "owed": max(len(over) - placement.accepted - placement.waiting, 0) if placement.state != "planned" else 0,
    }


def trained(offices, today):
    """`(certificate, last day on which it counts, whether that is soon)` of an office's people, soonest first."""
    found = Credential.objects.filter(local_government__in=offices, state=CredentialState.VALID)
    found = found.filter(issued_on__gt=today - RECENT).select_related("learner", "enrolment").order_by("pk")[:PEOPLE]
    rows = [(one, until_of(one.issued_on, one.valid_until)) for one in found]
    rows = [(one, until, until <= today + coverage.SOON) for one, until in rows if until >= today]
    return sorted(rows, key=lambda row: row[1])


def learning(offices):
    """The runs that go on and in which people of the office are, with how many have a seat and how many wait."""
    there = Enrolment.objects.filter(
        office__in=offices, state__in=ON_THE_LIST, run__state__in=[RunState.OPEN, RunState.RUNNING]
    )
    return (
        there.order_by("run").values("run", "run__course__name_th", "run__number")
        .annotate(seated=Count("pk", filter=Q(state__in=SEATED)), waiting=Count("pk", filter=~Q(state__in=SEATED)))
    )  # fmt: skip


urlpatterns = [path("hosting/", hosting, name="hosting")]
