"""One decision for many cases: for all of them, or for none."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from budgets.judging import reviewing
from portal.errors import Refused


class NotAll(Refused):
    """Something stood in the way of some cases, so nothing was changed. `refusals` maps their keys to `Refused`."""

    def __init__(self, refusals):
        text = ngettext(
            "%(count)s case cannot go along, so nothing was changed.",
            "%(count)s cases cannot go along, so nothing was changed.",
            len(refusals),
        )
        super().__init__(
            text % {"count": len(refusals)},
            code="not_all",
            cases=[{"id": str(key), "code": no.code, "detail": no.message} for key, no in refusals.items()],
        )
        self.refusals = refusals


def all_of(jobs, *, dry_run=False):
    """What `jobs`, pairs of a key and a function, give: in one transaction that stands only if none refuses.

    Every job is tried, so that `NotAll` names all that stand in the way. With `dry_run` nothing is kept.
    """
    answers, refusals = [], {}
    with transaction.atomic():
        for key, job in jobs:
            try:
                with transaction.atomic():
                    answers.append(job())
            except Refused as refusal:
                refusals[key] = refusal
            except PermissionDenied as error:
                refusals[key] = Refused(str(error) or _("This is not for your role or place."), code="forbidden")
            except ValidationError as error:
                refusals[key] = Refused(" ".join(error.messages), code="invalid")
        if refusals:
            raise NotAll(refusals)
        if dry_run:
            transaction.set_rollback(True)
    return answers


def take_all(lifecycle, cases, name, *, by, details_for=None, versions=None, dry_run=False):
    """The fresh cases after step `name` of `lifecycle` was taken for all of `cases`. Raises `NotAll`.

    `details_for(case)` gives the step's details; `versions` maps a case's key to the version that was looked at.
    """
    versions = versions or {}

    def job(case):
        details = details_for(case) if details_for else {}
        return lambda: lifecycle.take(case, name, by=by, version=versions.get(case.pk), **details)

    return all_of([(case.pk, job(case)) for case in cases], dry_run=dry_run)


def assign_all(plan, *, by):
    """The new assignments of `plan`, pairs of proposal and reviewer, or none of them. Raises `NotAll`."""
    return all_of(
        [
            ((proposal.pk, person.pk), lambda p=proposal, r=person: reviewing.assign(p, r, by=by))
            for proposal, person in plan
        ]
    )


def hand_over_all(person, *, by, reason, dry_run=False):
    """The new assignments after every unsent review of `person` went to others, or none of them. Raises `NotAll`."""
    held = [one for one in reviewing.unsent(person) if by.has_perm("budgets.assign_reviewers", one.proposal)]
    jobs = [(one.proposal_id, lambda held=one: reviewing.hand_over(held, by=by, reason=reason)) for one in held]
    return all_of(jobs, dry_run=dry_run)
