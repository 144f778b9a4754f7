"""Gates: what both agencies decide on, on which evidence, with which votes and conditions."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.models import StoredFile, User
from portal.models.people import Agency
from sandboxes.models.pilot import OfPilot, Pilot
from sandboxes.querysets import ConditionQuerySet, GateQuerySet
from sandboxes.states import GateKind, Vote


class Gate(OfPilot):
    """One time that a pilot stood before a gate (ด่านพิจารณา); closed once both agencies have decided alike."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="gates")
    kind = models.CharField(_("gate"), max_length=20, choices=GateKind)
    opened_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True)

    objects = GateQuerySet.as_manager()

    class Meta:
        verbose_name = _("gate")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="pilot_one_gate_open", fields=["pilot"], condition=Q(closed_at=None)),
            models.CheckConstraint(
                name="gate_closed_has_outcome",
                condition=Q(closed_at=None, outcome="") | (Q(closed_at__isnull=False) & ~Q(outcome="")),
            ),
        ]

    def __str__(self):
        return str(self.get_kind_display())

    def decision_of(self, agency):
        """The decision of an agency that counts, or None."""
        return next((one for one in self.decisions.all() if one.agency == agency and one.replaced_at is None), None)

    @property
    def waiting_for(self):
        """The agencies whose decision is still wanted, in order."""
        return [agency for agency in Agency if self.closed_at is None and self.decision_of(agency) is None]


class Amendment(OfPilot):
    """A change of the plan while the pilot runs (การแก้ไขแผนระหว่างทดลอง), decided by both agencies at a gate of its own.

    `changes` and `before` are `{field: value}` in JSON's own types.
    """

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="amendments")
    gate = models.OneToOneField(Gate, models.CASCADE, related_name="amendment")
    changes = models.JSONField()
    before = models.JSONField()
    reason = models.TextField(_("reason"))
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=clock.now)
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("amendment of the plan")
        ordering = ["pk"]

    def __str__(self):
        return self.reason

    @property
    def is_open(self):
        return self.gate.closed_at is None

    @property
    def state(self):
        """`open`, `approved`, `refused`, `withdrawn`, or `lapsed` when the trial ended before it was decided."""
        return {
            "": "open",
            "approve_amendment": "approved",
            "refuse_amendment": "refused",
            "withdraw": "withdrawn",
        }.get(self.gate.outcome, "lapsed")


class GateScore(models.Model):
    """What the case officer finds on one criterion of admission, by its anchors."""

    gate = models.ForeignKey(Gate, models.CASCADE, related_name="scores")
    criterion = models.CharField(max_length=20)
    score = models.PositiveSmallIntegerField()
    justification = models.TextField(blank=True)
    scored_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    scored_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="gate_scored_once", fields=["gate", "criterion"]),
            models.CheckConstraint(
                name="gate_score_within_scale",
                condition=Q(score__gte=0, score__lte=4),
                violation_error_message=_("The score is between 0 and 4."),
            ),
        ]

    def __str__(self):
        return f"{self.criterion}: {self.score}"


class GateDecision(models.Model):
    """An agency's part of a gate: the step it takes, its reason and its conditions. A newer one replaces it."""

    gate = models.ForeignKey(Gate, models.CASCADE, related_name="decisions")
    agency = models.CharField(_("agency"), max_length=10, choices=Agency)
    step = models.CharField(max_length=20)
    reason = models.TextField(blank=True)
    conditions = models.JSONField(default=list, blank=True)
    details = models.JSONField(default=dict, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=clock.now)
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="gate_decided_once_an_agency", fields=["gate", "agency"], condition=Q(replaced_at=None)
            )
        ]

    def __str__(self):
        return f"{self.agency}: {self.step}"

    @property
    def label(self):
        from sandboxes.lifecycle.pilot import PILOT

        return PILOT.steps[self.step][0].label


class GateVote(models.Model):
    """A member's vote on a gate."""

    gate = models.ForeignKey(Gate, models.CASCADE, related_name="votes")
    member = models.ForeignKey(User, models.PROTECT, related_name="+")
    agency = models.CharField(max_length=10, choices=Agency)
    vote = models.CharField(_("vote"), max_length=10, choices=Vote)
    note = models.TextField(_("note"), blank=True)
    voted_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="gate_voted_once", fields=["gate", "member"])]

    def __str__(self):
        return f"{self.member}: {self.vote}"


class Conflict(OfPilot):
    """A person's conflict of interest in a pilot: from then on they neither vote nor decide."""

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="conflicts")
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    agency = models.CharField(max_length=10, choices=Agency, blank=True)
    reason = models.TextField(_("reason"))
    declared_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(name="pilot_conflict_once", fields=["pilot", "person"])]

    def __str__(self):
        return str(self.person)


class Condition(OfPilot):
    """What an agency decided on condition of, and whether it was fulfilled (เงื่อนไข).

    Its local government reports it fulfilled; a case officer who has seen it records that it is met, or sends the
    report back. `told_days` is the last stage of which its office was reminded, in days before `due_on`.
    """

    pilot = models.ForeignKey(Pilot, models.CASCADE, related_name="conditions")
    gate = models.ForeignKey(Gate, models.CASCADE, related_name="conditions")
    agency = models.CharField(max_length=10, choices=Agency)
    text = models.TextField(_("condition"))
    due_on = models.DateField(_("due"), null=True, blank=True)
    met_at = models.DateTimeField(null=True, blank=True)
    met_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    met_note = models.TextField(_("how it was met"), blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)
    reported_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    report = models.TextField(_("what was done"), blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    sent_back = models.TextField(_("what is still missing"), blank=True)
    told_days = models.SmallIntegerField(null=True, blank=True)

    objects = ConditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("condition")
        ordering = ["pk"]
        indexes = [models.Index(fields=["due_on"], name="condition_open", condition=Q(met_at=None))]

    def __str__(self):
        return self.text

    @property
    def state(self):
        """`met`, `reported` while a case officer is to look at it, `late` or `open`."""
        if self.met_at:
            return "met"
        if self.reported_at:
            return "reported"
        return "late" if self.due_on and self.due_on < clock.today() else "open"
