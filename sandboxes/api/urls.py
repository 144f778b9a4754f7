"""The addresses of the sandbox's endpoints."""

from portal.api.routes import register
from sandboxes.api import citizens, gates, incidents, measures, partners, pilots, plan, rules
from sandboxes.api.nested import CASES

OF_A_PILOT = {
    "partners": partners.PartnerViewSet,
    "endorsements": partners.EndorsementViewSet,
    "documents": plan.DocumentViewSet,
    "plans": plan.PlanViewSet,
    "amendments": plan.AmendmentViewSet,
    "indicators": measures.IndicatorViewSet,
    "reviews": measures.ReviewViewSet,
    "baselines": measures.BaselineViewSet,
    "issues": rules.IssueViewSet,
    "waivers": rules.WaiverViewSet,
    "incidents": incidents.IncidentViewSet,
    "notices": citizens.NoticeViewSet,
    "feedback": citizens.FeedbackViewSet,
    "closing": citizens.ClosingViewSet,
    "gates": gates.GateViewSet,
    "conditions": gates.ConditionViewSet,
    "conflicts": gates.ConflictViewSet,
    "events": gates.EventViewSet,
}

register("sandboxes", pilots.PilotViewSet)
register("sandbox-endorsements", partners.AskedEndorsementViewSet, "asked-endorsements")
register("sandbox-authorities", rules.AuthorityViewSet, "sandbox-authorities")
register("sandbox-issues", rules.PublicIssueViewSet, "public-issues")
register(measures.READINGS, measures.ReadingViewSet, "sandbox-readings")
register(incidents.TELLINGS, incidents.TellingViewSet, "sandbox-tellings")
for name, viewset in OF_A_PILOT.items():
    register(f"{CASES}/{name}", viewset, f"sandbox-{name}")
