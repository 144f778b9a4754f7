"""Following one baht of a project, from the Act to the photograph, on one page that prints."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, render
from django.urls import path

from budgets.models import LedgerEntry
from budgets.money import trail
from budgets.states import Entry
from budgets.views.following import case_context, visible_case
from budgets.writing import canonical
from portal.views import whole
from providers import seams


@login_required
def page(request, pk):
    """The trail of all the money of a project, or from `?item=` or `?payment=` on."""
    proposal = visible_case(request, pk)
    item = payment = None
    if key := request.GET.get("item"):
        item = get_object_or_404(proposal.items, pk=whole(key) or 0)
    elif key := request.GET.get("payment"):
        payments = LedgerEntry.objects.filter(proposal=proposal, kind=Entry.DISBURSEMENT, reverses=None)
        payment = get_object_or_404(payments, pk=whole(key) or 0)
    found = trail.follow(proposal, request.user, item=item, payment=payment)
    for one in found.items:
        one.standing = seams.standing(one.listing) if one.listing else None
    context = {
        **case_context(request, proposal),
        "trail": found,
        "canonical_url": canonical.canonical_url(found.version) if found.version else "",
        "all_items": list(proposal.items.order_by("position", "pk")) if item or payment else [],
    }
    return render(request, "budgets/following/trail.html", context)


urlpatterns = [path("proposals/<int:pk>/money/trail/", page, name="money-trail")]
