"""Open cases follow a local government that was upgraded or merged; what has ended keeps the old name."""

from budgets.models import Extension, Proposal
from budgets.states import ENDS
from portal import clock
from portal.audit import record


def follow(old, new, *, by):
    """Move the open cases and running extensions of `old` to `new`; how many cases went."""
    moved = 0
    open_cases = Proposal.objects.filter(local_government=old).exclude(state__in=ENDS)
    for case in open_cases.select_for_update().order_by("pk"):
        case.local_government, case.version, case.changed_at = new, case.version + 1, clock.now()
        case.save(update_fields=["local_government", "version", "changed_at"])
        record("proposal.follow", case, by=by, details={"from": old.pk, "from_name": old.name_th, "to": new.pk})
        moved += 1
    Extension.objects.filter(local_government=old, until__gt=clock.now()).update(local_government=new)
    return moved
