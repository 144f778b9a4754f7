"""What a permission asks of the object itself, and who holds the roles that only training knows."""

from portal import access
from portal.access import condition, outsider
from portal.roles import Outsider, Role
from training.models import Application, Learner, Placement, SelectionConflict

# Outsiders: each holds a role on what is their own


@outsider(Outsider.APPLICANT)
def has_applied(user, application):
    if application is None:
        return Application.objects.filter(applicant=user).exists()
    return getattr(application, "applicant_id", None) == user.pk


@outsider(Outsider.LEARNER)
def learns(user, enrolment):
    if enrolment is None:
        return Learner.objects.filter(user=user).exists()
    learner = getattr(enrolment, "learner", None)
    return learner is not None and learner.user_id == user.pk


@outsider(Outsider.AMBASSADOR)
def serves(user, obj):
    if obj is None:
        return Placement.objects.filter(ambassador=user).exists()
    return getattr(getattr(obj, "placement", obj), "ambassador_id", None) == user.pk


@outsider(Outsider.HOST_MENTOR)
def mentors(user, obj):
    if obj is None:
        return Placement.objects.filter(mentor=user).exists()
    return getattr(getattr(obj, "placement", obj), "mentor_id", None) == user.pk


def know_anew(user):
    """Let `user` be asked again what is their own: they have just begun something."""
    user.__dict__.pop("_standings", None)


# The programme is national; courses may be a province's or a trainer's

NATIONAL = (
    "training.change_generation",
    "training.close_generation",
    "training.view_application",
    "training.read_personal_application",
    "training.screen_application",
    "training.select_application",
    "training.offer_application",
    "training.close_list_application",
    "training.start_placement",
    "training.manage_placement",
    "training.close_stipend",
    "training.view_credential",
    "training.issue_credential",
    "training.revoke_credential",
)


def nationally(permission):
    def is_held_nationally(user, obj):
        return any(m.province_id is None for m in access.holding(user, permission))

    return is_held_nationally


for _permission in NATIONAL:
    condition(_permission)(nationally(_permission))


def conducts(user, run):
    """Whether `user` conducts `run`: the agency's own officer, the province's, or one of its trainers."""
    for membership in access.holding(user, "training.manage_run"):
        if membership.role == Role.TRAINER:
            if run.trainers.filter(pk=user.pk).exists():
                return True
        elif membership.province_id in {None, run.province_id}:
            return True
    return False


@condition("training.manage_run")
def is_ones_run(user, obj):
    return conducts(user, obj.run)


@condition("training.manage_enrolment")
def is_of_ones_run(user, obj):
    return getattr(user, "is_timer", False) or conducts(user, obj.run)


@condition("training.cancel_enrolment")
def is_ones_own_or_of_ones_people(user, enrolment):
    offices = {m.local_government_id for m in access.holding(user, "training.enrol_staff")}
    return (
        enrolment.learner.user_id == user.pk
        or (enrolment.office_id is not None and enrolment.office_id in offices)
        or conducts(user, enrolment.run)
    )


@condition("training.view_staff")
def is_of_an_office(user, obj):
    """Of the people of one's own office; a learner of no office is no office's business."""
    place = obj.office_id if hasattr(obj, "office_id") else obj.local_government_id
    return place is not None and place in {m.local_government_id for m in access.holding(user, "training.view_staff")}


@condition("training.change_course")
def is_ones_course(user, course):
    return any(m.province_id in {None, course.province_id} for m in access.holding(user, "training.change_course"))


# The selection


@condition(
    "training.view_application",
    "training.read_personal_application",
    "training.screen_application",
    "training.score_application",
    "training.select_application",
    "training.offer_application",
)
def has_no_part_in_it(user, application):
    """Nobody handles their own application, or one with which they have a conflict of interest."""
    if application.applicant_id == user.pk:
        return False
    return not SelectionConflict.objects.filter(application=application, member=user).exists()


@condition("training.end_placement")
def is_ones_own_or_nationally_run(user, placement):
    """An ambassador ends their own service; officers of the national programme end any."""
    if placement.ambassador_id == user.pk:
        return True
    return any(m.role == Role.TRAINING_OFFICER and m.province_id is None for m in access.memberships(user))


@condition("training.view_placement", "training.name_ambassador")
def is_within_ones_reach(user, placement):
    """A training officer of a province sees the placements of that province."""
    if user.pk in {placement.ambassador_id, placement.mentor_id}:
        return True
    place = placement.local_government
    return any(
        m.province_id in {None, place.province_id} and m.local_government_id in {None, place.pk}
        for m in access.holding(user, "training.view_placement")
        if m.role not in Outsider.values
    )
