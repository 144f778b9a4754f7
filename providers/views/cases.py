"""The page of each kind of case in the registry, and of every step that is taken with it."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.functional import cached_property

from portal.views import TakeStep, VisibleDetail
from providers.deciding import impact
from providers.lifecycle import LIFECYCLES
from providers.models import Application, Change, Complaint, Correction, Listing, Representative

CASES = {
    "applications": (Application, "application"),
    "listings": (Listing, "listing"),
    "representatives": (Representative, "representative"),
    "changes": (Change, "change"),
    "complaints": (Complaint, "complaint"),
    "corrections": (Correction, "correction"),
}


class OfOneKind:
    """Finds the case by the kind in the address."""

    area = "providers"

    @cached_property
    def kind(self):
        if self.kwargs["kind"] not in CASES:
            raise Http404
        return CASES[self.kwargs["kind"]]

    @property
    def lifecycle(self):
        return LIFECYCLES[self.kind[1]]

    @cached_property
    def object(self):
        return get_object_or_404(self.visible(self.kind[0].objects.all()), pk=self.kwargs["pk"])

    def get_context_data(self, **context):
        step_url = reverse("providers:step", args=[self.kwargs["kind"], self.object.pk, "STEP"])
        return super().get_context_data(step_url=step_url, **context)


class CasePage(OfOneKind, VisibleDetail):
    @property
    def template_name(self):
        return "providers/desk/correction.html" if self.kwargs["kind"] == "corrections" else "providers/case.html"


class CaseStep(OfOneKind, TakeStep):
    """A step of any case. Who keeps the register comes back to its desk; suspending shows first whom it concerns."""

    @property
    def template_name(self):
        if self.kwargs["kind"] == "listings" and self.name in {"suspend", "revoke"}:
            return "providers/desk/suspend.html"
        if self.kwargs["kind"] == "listings" and self.name == "withdraw":
            return "providers/applying/withdraw.html"
        if self.kwargs["kind"] == "applications" and self.name == "return":
            return "providers/desk/return.html"
        return "portal/take_step.html"

    def get_context_data(self, **context):
        if self.request.user.has_perm("providers.view_registry"):
            context |= {"current_area": "providers-desk"}
        if self.kwargs["kind"] == "listings":
            cases = impact.of(self.object)
            context |= {
                "cases": cases,
                "counts": impact.counted(cases),
                "letter": impact.letter_for(self.object, self.name),
            }
        return super().get_context_data(**context)

    def success_url(self, taken):
        if self.kwargs["kind"] == "applications" and self.request.user.has_perm("providers.view_registry"):
            return reverse("providers:desk-application", args=[taken.pk])
        return super().success_url(taken)


urlpatterns = [
    path(f"{kind}/<int:pk>/", CasePage.as_view(), {"kind": kind}, name=name) for kind, (_model, name) in CASES.items()
] + [path("<slug:kind>/<int:pk>/steps/<slug:step>/", CaseStep.as_view(), name="step")]
