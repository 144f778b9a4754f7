"""How open cases follow a local government to its successor: the kit of the apps' followers (`portal.registry`)."""

from django.db import IntegrityError, transaction

from portal import clock
from portal.audit import record


def move(cases, old, new, *, by, verb, field="local_government"):
    """Give each of `cases`, a queryset of open ones, to `new`; how many went.

    What has a version counts it up. A case that cannot be of the new one beside what is there (an area may have one
    ambassador, a call one answer) stays where it is, to be ended there under the old name.
    """
    moved = 0
    for case in cases.select_for_update(of=("self",)).order_by("pk"):
        changed = {field: new}
        if hasattr(case, "version"):
            changed["version"] = case.version + 1
        if hasattr(case, "changed_at"):
            changed["changed_at"] = clock.now()
        for name, value in changed.items():
            setattr(case, name, value)
        try:
            with transaction.atomic():
                case.save(update_fields=list(changed))
        except IntegrityError:
            record(f"{verb}_stays", case, by=by, details={"of": old.pk, "not_to": new.pk})
            continue
        record(verb, case, by=by, details={"from": old.pk, "from_name": old.name_th, "to": new.pk, "field": field})
        moved += 1
    return moved
