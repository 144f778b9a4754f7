"""Setting up a generation: its settings, quotas and criteria."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from portal import access
from portal.audit import record
from portal.errors import Refused
from training.models import Generation, PrivacyNotice, Quota, SelectionCriterion
from training.querysets import holds_nationally
from training.states import GenerationState, QuotaKind, Stage

FROZEN_ONCE_OPEN = ("min_age", "max_age", "min_degree", "programme", "number")


def what_the_generation_lacks(generation):
    """What is missing before it can open, as texts."""
    missing = []
    if not generation.opens_at or not generation.closes_at:
        missing.append(_("Say when applications open and close."))
    if not generation.starts_on:
        missing.append(_("Say when the service begins."))
    if generation.notice() is None:
        missing.append(_("Publish a privacy notice."))
    for stage in Stage:
        if not generation.criteria.filter(stage=stage).exists():
            missing.append(_("Give criteria for: %(stage)s.") % {"stage": stage.label})
    return missing


def runs_it(generation, user):
    """Whether `user` is an officer of the national programme, who sets up this generation (None: a new one)."""
    if generation is None:
        return holds_nationally(user, "training.change_generation")
    return access.capacity(user, "training.change_generation", generation) is not None


def may_change(generation, *, by):
    """PermissionDenied for all but the officers of the national programme."""
    if not runs_it(generation, by):
        raise PermissionDenied(_("Only training officers of the national programme set up generations."))


@transaction.atomic
def change_generation(generation, *, by, **fields):
    """Write settings of a generation, new (a `Generation` not yet saved) or old; the saved one.

    What applicants relied on stays once applications are open: Refused `frozen`.
    """
    may_change(None if generation._state.adding else generation, by=by)
    if generation.state != GenerationState.ANNOUNCED:
        changed = [name for name in FROZEN_ONCE_OPEN if name in fields and fields[name] != getattr(generation, name)]
        if changed:
            raise Refused(
                _("Who may apply can no longer change: applications are open."), code="frozen", fields=changed
            )
    is_new = generation._state.adding
    for name, value in fields.items():
        setattr(generation, name, value)
    generation.version += not is_new
    generation.full_clean(exclude=["name_sort_key"])
    generation.save()
    if generation.state != GenerationState.ANNOUNCED:
        settle_quotas(generation)
    record(
        "generation.create" if is_new else "generation.change", generation, by=by, details={"fields": sorted(fields)}
    )
    return generation


def settle_quotas(generation):
    """Bring the quota of all places to the generation's number. Refused `below_taken` when more are given."""
    quota, _made = Quota.objects.get_or_create(
        generation=generation, kind=QuotaKind.TOTAL, value="", defaults={"seats": generation.seats}
    )
    if not Quota.objects.filter(pk=quota.pk, taken__lte=generation.seats).update(seats=generation.seats):
        raise Refused(
            _("%(taken)s places are already given, so there cannot be fewer.") % {"taken": quota.taken},
            code="below_taken",
        )


@transaction.atomic
def set_quotas(generation, quotas, *, by):
    """Write the quotas by region and kind: `{(kind, value): seats}`; what is left out no longer limits."""
    may_change(generation, by=by)
    for (kind, value), seats in quotas.items():
        quota, _made = Quota.objects.get_or_create(
            generation=generation,
            kind=kind,
            value=value,
            defaults={"seats": seats, "taken": taken_of(generation, kind, value)},
        )
        if not Quota.objects.filter(pk=quota.pk, taken__lte=seats).update(seats=seats):
            raise Refused(
                _("%(name)s: %(taken)s places are already given.") % {"name": quota.label, "taken": quota.taken},
                code="below_taken",
            )
    for quota in generation.quotas.exclude(kind=QuotaKind.TOTAL):
        if (quota.kind, quota.value) not in quotas:
            quota.delete()
    Generation.objects.filter(pk=generation.pk).update(version=generation.version + 1)
    record("generation.set_quotas", generation, by=by, details={f"{k}:{v}": seats for (k, v), seats in quotas.items()})


def taken_of(generation, kind, value):
    """How many seats are given that a new quota would count."""
    held = generation.applications.filter(holds_seat=True)
    path = {
        QuotaKind.REGION: "place__local_government__province__region",
        QuotaKind.KIND: "place__local_government__kind",
    }
    return held.filter(**{path[kind]: value}).count() if kind in path else held.count()


@transaction.atomic
def set_criteria(generation, rows, *, by):
    """Replace the criteria by `rows`: dicts with stage, name_th, name_en, max_score. Refused `frozen` once scored."""
    may_change(generation, by=by)
    if generation.applications.filter(evaluations__sent_at__isnull=False).exists():
        raise Refused(_("Scores are already sent by these criteria."), code="frozen")
    generation.criteria.all().delete()
    for position, row in enumerate(rows, start=1):
        criterion = SelectionCriterion(generation=generation, position=position, **row)
        criterion.full_clean()
        criterion.save()
    record("generation.set_criteria", generation, by=by, details={"count": len(rows)})


@transaction.atomic
def publish_notice(programme, *, by, text_th, text_en=""):
    """The new edition of a programme's privacy notice."""
    last = programme.notices.order_by("-edition").first()
    notice = PrivacyNotice.objects.create(
        programme=programme, edition=last.edition + 1 if last else 1, text_th=text_th, text_en=text_en
    )
    record("notice.publish", notice, by=by, details={"edition": notice.edition})
    return notice
