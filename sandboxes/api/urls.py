"""The addresses of the sandbox's endpoints."""

from portal.api.routes import register
from sandboxes.api import pilots, rows
from sandboxes.api.nested import CASES

register("sandboxes", pilots.PilotViewSet)
register(f"{CASES}/partners", rows.PartnerViewSet, "sandbox-partners")
register(f"{CASES}/documents", rows.DocumentViewSet, "sandbox-documents")
register(f"{CASES}/plans", rows.PlanViewSet, "sandbox-plans")
register(f"{CASES}/notices", rows.NoticeViewSet, "sandbox-notices")
register(f"{CASES}/indicators", rows.IndicatorViewSet, "sandbox-indicators")
register(rows.READINGS, rows.ReadingViewSet, "sandbox-readings")
register(f"{CASES}/issues", rows.IssueViewSet, "sandbox-issues")
register(f"{CASES}/waivers", rows.WaiverViewSet, "sandbox-waivers")
register(f"{CASES}/incidents", rows.IncidentViewSet, "sandbox-incidents")
register(f"{CASES}/gates", rows.GateViewSet, "sandbox-gates")
register(f"{CASES}/events", rows.EventViewSet, "sandbox-events")
