"""The sandbox's queries, one thought a method."""

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When

from portal import access
from portal.models import Subdistrict
from portal.thai.digits import to_arabic
from portal.thai.search import fold
from sandboxes.states import ENDS, PHASES, RUNNING, IncidentState, PilotState, WaiverState

EVIDENCE = (
    "documents", "partners", "endorsements", "gates__scores", "gates__decisions", "issues__waivers", "notices",
    "amendments__gate", "conditions", "indicators__readings", "feedback", "incidents", "safeguard_reviews", "plans",
    "subdistricts",
)  # fmt: skip


class PilotQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What is published, for everybody; own office's and own partnership's whole; others' once applied for."""
        published = Q(approved_at__isnull=False)
        if not user.is_authenticated:
            return self.filter(published)
        return self.filter(published | self.whole_for(user))

    def seen_whole_by(self, user):
        """Those of which `user` may read everything: the twin of `user.has_perm("sandboxes.view_pilot", pilot)`."""
        return self.filter(self.whole_for(user)) if user.is_authenticated else self.none()

    def whole_for(self, user):
        """A `Q` for the pilots of which `user` may read everything."""
        from sandboxes.models import Partner

        wanted = access.scope(user, "sandboxes.view_pilot") & Q(first_applied_at__isnull=False)
        for held in access.holding(user, "sandboxes.view_pilot"):
            if held.local_government_id:
                wanted |= Q(local_government=held.local_government_id)
        return wanted | Q(Exists(Partner.objects.filter(pilot=OuterRef("pk"), representative=user, left_on=None)))

    def with_evidence(self):
        """Fetches all that `sandboxes.evidence` reads, in a fixed number of queries."""
        places = self.select_related("local_government__province", "local_government__district")
        return places.prefetch_related(*EVIDENCE)

    def published(self):
        """Pilots whose plan was approved: from then on the public may know of them, whatever becomes of them."""
        return self.filter(approved_at__isnull=False)

    def as_of(self, moment):
        """Adds `shown_state` (str): the state at `moment`, where what ended by date counts as ended."""
        return self.annotate(
            shown_state=Case(
                When(state__in=RUNNING, ends_at__lte=moment, then=Value(PilotState.EXIT_REVIEW.value)),
                When(state=PilotState.LIVE, stands_until__lte=moment, then=Value(PilotState.PAUSED.value)),
                default=F("state"),
                output_field=models.CharField(),
            )
        )

    def in_phase(self, phase):
        """Of those `as_of` a moment, the ones in a column of the board."""
        return self.filter(shown_state__in=PHASES[phase])

    def out_of_waiver(self, moment):
        """Recorded as live although a waiver that they need is no longer in force at `moment`."""
        return self.filter(state=PilotState.LIVE, stands_until__lte=moment)

    def past_end(self, moment):
        """Recorded as running although their time is over at `moment`."""
        return self.filter(state__in=RUNNING, ends_at__lte=moment)

    def in_subdistricts_named(self, text):
        """Pilots in a subdistrict whose name contains `text`."""
        found = Subdistrict.objects.filter(search_text__contains=fold(text))
        return self.filter(Exists(self.model.subdistricts.through.objects.filter(
            pilot=OuterRef("pk"), subdistrict__in=found)))  # fmt: skip

    def search(self, text):
        """Those whose number, title, office or subdistrict fits `text`."""
        number, folded = to_arabic(text).strip(), fold(text)
        if not folded:
            return self.filter(number__icontains=number) if number else self.none()
        through = self.model.subdistricts.through.objects
        here = Exists(through.filter(pilot=OuterRef("pk"), subdistrict__search_text__contains=folded))
        return self.filter(
            Q(number__icontains=number)
            | Q(search_text__contains=folded)
            | Q(local_government__search_text__contains=folded)
            | here
        )

    def like(self, pilot):
        """Others of the same dimension or technology, twins first."""
        same = Q(technology=pilot.technology) if pilot.technology else Q(pk__in=[])
        if pilot.dimension:
            same |= Q(dimension=pilot.dimension)
        return self.filter(same).exclude(pk=pilot.pk).annotate(
            likeness=Case(When(technology=pilot.technology, dimension=pilot.dimension, then=Value(0)), default=Value(1))
        ).order_by("likeness", "-approved_at", "-pk")  # fmt: skip


class EndorsementQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those that an office of `user` is asked for."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(access.scope(user, "sandboxes.endorse_pilot", "place"))

    def unanswered(self):
        return self.filter(answered_at=None)


class GateQuerySet(models.QuerySet):
    def with_record(self):
        """Fetches what was scored, voted, decided and asked for at each gate, and by whom."""
        return self.prefetch_related("decisions__decided_by", "scores", "votes__member", "conditions")


class ConditionQuerySet(models.QuerySet):
    def with_place(self):
        return self.select_related("pilot__local_government__district", "pilot__officer", "gate")

    def to_be_met(self):
        """Those not met, of pilots that have not ended."""
        return self.filter(met_at=None).exclude(pilot__state__in=ENDS)

    def to_be_reported(self):
        """Those that the pilot's office has still to fulfil, or to report."""
        return self.to_be_met().filter(reported_at=None)

    def to_be_checked(self):
        """Those reported fulfilled that a case officer is to look at."""
        return self.to_be_met().exclude(reported_at=None)


class ReadingQuerySet(models.QuerySet):
    def with_record(self):
        """Fetches who recorded each reading, on which file it rests, and what corrects it."""
        return self.select_related("recorded_by", "file", "corrected_by")

    def current(self):
        """Readings that no other corrects."""
        return self.filter(corrected_by=None)

    def update(self, **kwargs):
        raise TypeError("A reading is never changed: record a correction.")


class IssueQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of pilots that `user` may know of."""
        from sandboxes.models import Pilot

        return self.filter(pilot__in=Pilot.objects.visible_to(user))

    def elsewhere(self, pilot):
        """How the laws that stand in the way of `pilot` were dealt with in other published pilots, the newest first."""
        laws = self.model.objects.filter(pilot=pilot).values("law")
        found = self.standing().filter(law__in=laws, pilot__approved_at__isnull=False).exclude(pilot=pilot)
        return found.select_related("pilot__local_government", "authority").prefetch_related("waivers").order_by("-pk")

    def standing(self):
        """Those that were not found to be no obstacle after all."""
        return self.filter(dropped_at=None)


class WaiverQuerySet(models.QuerySet):
    def in_force(self, moment):
        return self.filter(state=WaiverState.IN_FORCE, starts_at__lte=moment, ends_at__gt=moment)

    def run_out(self, moment):
        """Recorded as in force although their last day is over at `moment`."""
        return self.filter(state=WaiverState.IN_FORCE, ends_at__lte=moment)


class IncidentQuerySet(models.QuerySet):
    def still_open(self):
        return self.exclude(state=IncidentState.CLOSED)


class FeedbackQuerySet(models.QuerySet):
    def unanswered(self):
        return self.filter(answered_at=None)
