"""What the permissions of the ground floor ask of the object itself; loaded by `AppConfig.ready`."""

from portal.access import condition
from portal.roles import LOCAL_ROLES, Role


@condition("portal.invite_province", "portal.invite_colleague")
def is_post_in_an_office(user, post):
    """Provinces and clerks fill the posts of local governments, and no others."""
    return post.role in LOCAL_ROLES and post.local_government_id is not None


@condition("portal.invite_anyone", "portal.change_membership")
def is_held_by_people(user, post):
    """The timer's role is nobody's to give or take."""
    return post.role != Role.TIMER
