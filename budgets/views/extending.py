"""Extensions: who got more time in a round and by what authority; and granting one."""

from functools import cached_property

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from budgets.deciding import extending
from budgets.forms.extending import ExtensionForm, OfficeSearch
from budgets.forms.rounds import add_errors
from budgets.models import Extension, Proposal
from budgets.states import ProposalState
from budgets.views.deciding.common import visible_round
from portal import access, clock, files
from portal.errors import Refused
from portal.exports import Column
from portal.views import VisibleList, whole


class ExtensionList(VisibleList):
    """Who got more time in a round, the latest first."""

    template_name = "budgets/extensions/list.html"
    partial_name = "budgets/extensions/_rows.html"
    title = gettext_lazy("Extensions")
    filename = "extensions"
    columns = (
        Column(gettext_lazy("Local government"), "local_government.name_th"),
        Column(gettext_lazy("Province"), "local_government.province.name_th"),
        Column(gettext_lazy("Case"), "proposal.number", "code"),
        Column(gettext_lazy("Until"), "until", "moment"),
        Column(gettext_lazy("Authority"), "authority"),
        Column(gettext_lazy("Letter number"), "letter_no", "code"),
        Column(gettext_lazy("Reason"), "reason"),
    )

    @cached_property
    def round(self):
        return visible_round(self.request, self.kwargs["pk"])

    def get_queryset(self):
        found = Extension.objects.seen_by(self.request.user).filter(round=self.round)
        related = ("local_government__province", "local_government__district", "proposal", "letter", "granted_by")
        return found.select_related(*related).order_by("-pk")

    def get_context_data(self, **context):
        may_grant = bool(access.holding(self.request.user, "budgets.grant_extension"))
        return super().get_context_data(round=self.round, may_grant=may_grant, now=clock.now(), **context)


@login_required
def grant(request, pk):
    """Give one local government more time."""
    round = visible_round(request, pk)
    if not access.holding(request.user, "budgets.grant_extension"):
        raise PermissionDenied(_("Only DLA grants extensions."))
    search = OfficeSearch(request.GET)
    office = search.cleaned_data["office"] if search.is_valid() else ""
    place = whole(request.GET.get("local_government"))
    form = ExtensionForm(
        request.POST or None, request.FILES or None, round=round, by=request.user, office=office, place=place
    )
    if request.method == "POST" and form.is_valid():
        fields = dict(form.cleaned_data)
        upload = fields.pop("letter")
        try:
            if upload:
                fields["letter"] = files.store(upload, by=request.user, only={"pdf"})
            extension = extending.extend(round, by=request.user, **fields)
        except ValidationError as error:
            add_errors(form, error)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The extension is granted, and the office is told."))
            return redirect(after(extension, request.user))
    context = {"form": form, "search": search, "round": round, "office": office}
    return render(request, "budgets/extensions/grant.html", context, status=400 if form.errors else 200)


def after(extension, user):
    """Where to go from here: to the lapsed cases that the extension can bring back, else to the list."""
    lapsed = Proposal.objects.visible_to(user).filter(
        round=extension.round, local_government=extension.local_government, state=ProposalState.LAPSED
    )
    keys = list(lapsed.order_by("pk").values_list("pk", flat=True)[:20])
    if not keys:
        return reverse("budgets:extensions", args=[extension.round_id])
    query = "&".join(f"case={key}" for key in keys)
    return f"{reverse('budgets:together', args=['reinstate'])}?{query}"


@login_required
def letter(request, pk):
    """The letter of an extension."""
    stored = get_object_or_404(Extension.objects.seen_by(request.user), pk=pk).letter
    if stored is None:
        raise Http404
    return files.serve(stored)


urlpatterns = [
    path("rounds/<int:pk>/extensions/", ExtensionList.as_view(), name="extensions"),
    path("rounds/<int:pk>/extensions/new/", grant, name="extension-new"),
    path("extensions/<int:pk>/letter/", letter, name="extension-letter"),
]
