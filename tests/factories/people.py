"""People and the posts they hold."""

from itertools import count
from types import SimpleNamespace

from portal.models.people import Membership, User
from portal.roles import AGENCY_ROLES, Role

NUMBERS = count(1)
ABOUT_THE_POST = {"acting", "order_no", "valid_from", "valid_to", "is_confirmed", "granted_by", "revoked_at"}


def person(role=None, *, at=None, agency="", password=None, **kwargs):
    """A saved user, holding `role` at `at` (a local government or a province) when one is named.

    What describes the post (`acting`, `order_no`, `valid_from` …) goes to the membership, the rest to the user.
    """
    post = {key: kwargs.pop(key) for key in ABOUT_THE_POST & kwargs.keys()}
    kwargs.setdefault("username", f"{role or 'person'}_{next(NUMBERS)}")
    user = User(**{"first_name": "สมใจ", "last_name": kwargs["username"], **kwargs})
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    user.save()
    if role is not None:
        member(user, role, at=at, agency=agency, **post)
    return user


def member(user, role, *, at=None, agency="", **post):
    """A membership of `user` in force from today unless `post` says otherwise."""
    agency = agency or ("depa" if role in AGENCY_ROLES else "")
    user.__dict__.pop("_memberships", None)
    return Membership.objects.create(user=user, role=role, agency=agency, **place(at), **post)


def place(at):
    """`at` as the keyword arguments of a membership."""
    return {} if at is None else {"province" if at._meta.model_name == "province" else "local_government": at}


def office(local_government):
    """The people of one office: officer, clerk, executive and auditor."""
    return SimpleNamespace(
        officer=person(Role.LOCAL_OFFICER, at=local_government),
        clerk=person(Role.LOCAL_CLERK, at=local_government),
        executive=person(Role.LOCAL_EXECUTIVE, at=local_government),
        auditor=person(Role.LOCAL_AUDITOR, at=local_government),
    )
