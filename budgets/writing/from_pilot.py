"""A proposal begun from a pilot that was scaled up: the answer to the hook `proposal_from_pilot`."""

from django.utils.translation import gettext as _

from budgets.models import Kpi, Round
from budgets.states import Section
from budgets.writing import drafting
from portal import clock
from portal.errors import Refused
from portal.registry import hook

WRITTEN = (Section.SUMMARY, Section.RATIONALE, Section.KPIS, Section.PERSONAL_DATA)


@hook("proposal_from_pilot")
def proposal_from_pilot(facts, local_government, *, by):
    """The address of a new draft of `local_government` in the round that closes soonest, filled with `facts`.

    `facts` are those of `sandboxes.exits.proposal_of`: texts, subdistricts, and measured values that become
    baselines. Raises Refused (`no_open_round`) and what `drafting.start` raises.
    """
    now = clock.now()
    open_ones = [r for r in Round.objects.open_for(local_government) if not r.is_past_closing(now)]
    if not open_ones:
        raise Refused(_("No round is open for this local government at present."), code="no_open_round")
    proposal = drafting.start(round=open_ones[0], local_government=local_government, by=by)
    with drafting.editing(proposal, *WRITTEN, by=by, details={"from_pilot": facts["reference"]}) as draft:
        draft.title_th, draft.title_en = facts["title_th"][:255], facts["title_en"][:255]
        draft.primary_dimension = facts["primary_dimension"]
        draft.dimensions = [facts["primary_dimension"]] if facts["primary_dimension"] else []
        draft.rationale = facts["rationale"]
        draft.personal_data_processed = facts["personal_data_processed"]
        draft.personal_data_note = facts["personal_data_note"]
        draft.subdistricts.set(facts["subdistricts"])
        for position, kpi in enumerate(facts["kpis"]):
            Kpi.objects.create(proposal=draft, position=position, **kpi)
    return proposal.get_absolute_url()
