"""One page for each section of a proposal: it keeps itself, and two people do not overwrite each other."""

import json
from datetime import datetime
from functools import cached_property

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from budgets.forms.proposing import AttachForm, QuotationForm
from budgets.forms.sections import FORMS, PasteForm
from budgets.judging import reading
from budgets.models import Proposal, ProposalItem
from budgets.states import PriceBasis, Section
from budgets.views.guidance import GUIDANCE
from budgets.writing import attachments, choosing, completeness, drafting
from budgets.writing import sections as saving
from budgets.writing.drafting import editing
from portal import clock, files
from portal.errors import Refused
from portal.thai.dates import thaitime
from portal.views import Door, whole

NOT_WORDS = {"csrfmiddlewaretoken", "version", "base", "action", "go_on"}
UNSAVED = "unsaved-sections"
MOST_BLANK = 10
NEW_QUOTATION = "quotation"


def address_of(proposal, lack):
    """Where a lack is mended: the section's page, at its control where there is one."""
    return address(proposal, lack.section) + anchor_of(lack)


def address(proposal, section):
    return reverse("budgets:section", args=[proposal.pk, section])


def anchor_of(lack):
    """The control that a lack is about, as the end of an address."""
    field = lack.code.removesuffix("_missing")
    fields = FORMS[lack.section].base_fields if lack.section in FORMS else {}
    if field not in fields:
        return ""
    several = {"theme", "primary_dimension", "dimensions", "plan_edition", "personal_data_processed"}
    dated = {"plan_approved_on", "plan_expected_on"}
    return f"#id_{field}_0" if field in several | dated else f"#id_{field}"


class SectionDoor(Door):
    """A page on which a section is written, for those who write the proposal and while it is open."""

    @cached_property
    def proposal(self):
        cases = Proposal.objects.visible_to(self.request.user).whole()
        return get_object_or_404(cases, pk=self.kwargs["pk"])

    @cached_property
    def section(self):
        if self.kwargs["section"] not in Section:
            raise Http404
        return Section(self.kwargs["section"])

    def dispatch(self, request, *args, **kwargs):
        self.request, self.kwargs = request, kwargs
        if not request.user.is_authenticated:
            return super().dispatch(request, *args, **kwargs)
        _there = self.proposal, self.section
        if not reading.may_edit(self.proposal, request.user):
            raise PermissionDenied(_("Only officers of this local government may change its proposal."))
        try:
            drafting.refuse_unless_open(self.proposal, [self.section])
            return super().dispatch(request, *args, **kwargs)
        except Refused as refusal:
            return self.refuse(refusal)

    def refuse(self, refusal):
        if self.wants_json:
            return JsonResponse({"detail": refusal.message, "code": refusal.code}, status=409)
        messages.warning(self.request, refusal.message)
        return redirect(self.proposal)

    @property
    def wants_json(self):
        return self.request.headers.get("Accept", "").startswith("application/json")

    @cached_property
    def open_sections(self):
        return drafting.open_sections(self.proposal)

    @property
    def next_address(self):
        """The next section that is open, or the check after the last."""
        later = [one for one in self.open_sections if list(Section).index(one) > list(Section).index(self.section)]
        if later:
            return address(self.proposal, later[0])
        return reverse("budgets:proposal-check", args=[self.proposal.pk])

    def get_context_data(self, **context):
        sections = list(Section)
        lacks = [lack for lack in completeness.CHECKS[self.section](self.proposal)]
        return super().get_context_data(
            proposal=self.proposal,
            object=self.proposal,
            section=self.section,
            place=sections.index(self.section) + 1,
            count=len(sections),
            guidance=GUIDANCE[self.section],
            lacks=[(lack, address_of(self.proposal, lack)) for lack in lacks],
            reason=self.reason,
            **context,
        )

    @property
    def reason(self):
        """Why the section was returned, or ""."""
        if not self.proposal.open_sections or not (found := reading.last_return(self.proposal)):
            return ""
        return next((row["reason"] for row in found.sections if row["section"] == self.section), "")


class SectionPage(SectionDoor):
    """A section: drawn as it is kept, saved as it is typed, by itself or by a button."""

    def dispatch(self, request, *args, **kwargs):
        if kwargs["section"] == Section.ATTACHMENTS:
            return AttachmentsPage.as_view()(request, *args, **kwargs)
        return super().dispatch(request, *args, **kwargs)

    @property
    def template_name(self):
        return f"budgets/sections/{self.section}.html"

    @property
    def here(self):
        return address(self.proposal, self.section)

    def get(self, request, *args, **kwargs):
        return self.page()

    def page(self, *, status=200, words=None, paste=None):
        kept = saving.kept(self.proposal, self.section)
        blank = min(whole(self.request.GET.get("blank")) or 1, MOST_BLANK)
        form = kept.page(blank=blank) if words is None else FORMS[self.section](kept.proposal, words, blank=blank)
        context = self.get_context_data(
            form=form,
            kept=kept,
            base=json.dumps(kept.base, separators=(",", ":")),
            problems=form.problems(),
            paste=paste or PasteForm(),
            **self.more(kept),
        )
        return render(self.request, self.template_name, context, status=status)

    def more(self, kept):
        """What the pages of single sections need beside the form."""
        match self.section:
            case Section.ITEMS:
                return {"rows": item_rows(kept), "by_year": sums_by_year(self.proposal)}
            case Section.FUNDING:
                return {"by_year": sums_by_year(self.proposal), "channels": self.proposal.round.channel_labels}
        return {}

    def post(self, request, *args, **kwargs):
        words = posted_words(request.POST)
        action, base = request.POST.get("action", "save"), base_in(request.POST)
        if action.startswith("remove-"):
            words = without_row(words, action.removeprefix("remove-"))
        try:
            saving.save(
                self.proposal,
                self.section,
                words,
                by=request.user,
                version=whole(request.POST.get("version")),
                base=base,
            )
        except saving.Clash:
            remember(request, self.proposal, self.section, words, base)
            return self.to_differences()
        forget(request, self.proposal, self.section)
        if self.wants_json:
            return self.saved(words, base or {})
        return self.after(action)

    def to_differences(self):
        url = reverse("budgets:differences", args=[self.proposal.pk, self.section])
        if self.wants_json:
            return JsonResponse({"url": url, "code": "lost_race"}, status=409)
        return redirect(url)

    def saved(self, words, base):
        """The answer to a draft that keeps itself."""
        base, version = saving.base_after(self.proposal, self.section, words, base)
        fresh = Proposal.objects.get(pk=self.proposal.pk)
        return JsonResponse(
            {
                "saved_at": thaitime(clock.now()),
                "version": version,
                "base": json.dumps(base, separators=(",", ":")),
                "total_cost_baht": f"{fresh.total_cost_baht:,.2f}",
                "requested_baht": f"{fresh.requested_baht:,.2f}",
            }
        )

    def after(self, action):
        """Where a button leads once everything is saved."""
        match action.partition("-"):
            case ["add", _dash, "items"]:
                item = saving.add_item(self.proposal, by=self.request.user)
                return redirect(f"{self.here}#id_items-{item.pk}-description")
            case ["add", _dash, _list]:
                blank = min((whole(self.request.GET.get("blank")) or 1) + 2, MOST_BLANK)
                return redirect(f"{self.here}?blank={blank}#rows-{_list}")
            case ["remove", _dash, row] if row.startswith("items-"):
                self.remove_item(whole(row.removeprefix("items-")))
                return redirect(self.here)
            case ["remove", _dash, _row]:
                messages.success(self.request, _("The row has been removed."))
                return redirect(self.here)
            case ["paste", _dash, _none]:
                return self.paste()
        problems = saving.kept(self.proposal, self.section).form.problems()
        if action == "next" and not problems:
            return redirect(self.next_address)
        if problems:
            messages.warning(
                self.request, _("The draft is saved, with what does not fit kept as you typed it. Please mend it.")
            )
        else:
            messages.success(self.request, _("Draft saved at %(time)s.") % {"time": thaitime(clock.now())})
        return redirect(self.here)

    def remove_item(self, key):
        item = get_object_or_404(ProposalItem, proposal=self.proposal, pk=key or 0)
        saving.remove_item(self.proposal, item, by=self.request.user)
        messages.success(self.request, _("The item “%(name)s” has been removed.") % {"name": item.description or "–"})

    def paste(self):
        form = PasteForm(self.request.POST)
        if not form.is_valid():
            return self.page(status=400, paste=form)
        made = saving.paste_items(self.proposal, form.cleaned_data["pasted"], by=self.request.user)
        messages.success(self.request, _("%(count)s items have been added.") % {"count": len(made)})
        return redirect(self.here)


def posted_words(data):
    return MultiValueDict({name: texts for name, texts in data.lists() if name not in NOT_WORDS and name != "pasted"})


def base_in(data):
    """What the units said when the person's page was drawn, or None."""
    try:
        base = json.loads(data.get("base", ""))
    except ValueError:
        return None
    return base if isinstance(base, dict) and all(isinstance(one, str) for one in base.values()) else None


def without_row(words, row):
    return MultiValueDict({name: texts for name, texts in words.lists() if not name.startswith(f"{row}-")})


def remember(request, proposal, section, words, base):
    """Keep words that could not be written in the person's session until the differences are settled."""
    unsaved = request.session.setdefault(UNSAVED, {})
    unsaved[f"{proposal.pk}/{section}"] = {
        "words": dict(words.lists()),
        "base": base,
        "at": clock.now().isoformat(),
    }
    request.session.modified = True


def forget(request, proposal, section):
    if request.session.get(UNSAVED, {}).pop(f"{proposal.pk}/{section}", None):
        request.session.modified = True


class Differences(SectionDoor):
    """What two people wrote in the same place, side by side, to choose from. Nothing is lost before that."""

    template_name = "budgets/differences.html"

    @property
    def unsaved(self):
        return self.request.session.get(UNSAVED, {}).get(f"{self.proposal.pk}/{self.section}")

    def get(self, request, *args, **kwargs):
        unsaved = self.unsaved
        if unsaved is None:
            return redirect(address(self.proposal, self.section))
        now = saving.kept(self.proposal, self.section)
        differences = saving.differences(now, MultiValueDict(unsaved["words"]), base=unsaved["base"])
        if not differences:
            return self.settle(unsaved, {})
        context = self.get_context_data(differences=differences, kept=now, at=datetime.fromisoformat(unsaved["at"]))
        return render(request, self.template_name, context)

    def post(self, request, *args, **kwargs):
        unsaved = self.unsaved
        if unsaved is None:
            return redirect(address(self.proposal, self.section))
        choices = {
            name.removeprefix("choose-"): (side, request.POST.get(f"base-{name.removeprefix('choose-')}", ""))
            for name, side in request.POST.items()
            if name.startswith("choose-")
        }
        return self.settle(unsaved, choices)

    def settle(self, unsaved, choices):
        words = MultiValueDict(unsaved["words"])
        base = saving.base_for(words, self.proposal, self.section, unsaved["base"], choices)
        try:
            saving.save(self.proposal, self.section, words, by=self.request.user, base=base)
        except saving.Clash:
            messages.warning(self.request, _("It was changed once more meanwhile. Please choose again."))
            remember(self.request, self.proposal, self.section, words, base)
            return redirect(self.request.path)
        forget(self.request, self.proposal, self.section)
        messages.success(self.request, _("Draft saved at %(time)s.") % {"time": thaitime(clock.now())})
        return redirect(address(self.proposal, self.section))


# Items


def item_rows(kept):
    """Each row of the grid with its item, the number of its quotations, and whether its price is evidenced."""
    items = {item.pk: item for item in kept.proposal.items.prefetch_related("quotations").select_related("category")}
    rows = []
    for index, row in enumerate(kept.form.rows["items"], start=1):
        item = items[int(row.prefix.rpartition("-")[2])]
        rows.append({"form": row, "item": item, "index": index, "evidence": evidence_of(item)})
    return rows


def evidence_of(item):
    """How the price of an item is evidenced: (is enough, words)."""
    if not item.price_basis:
        return False, _("Not given yet")
    if item.price_basis == PriceBasis.OFF_LIST:
        count = len(item.quotations.all())
        is_enough = count >= completeness.QUOTATIONS_WANTED or bool(item.few_quotations_reason)
        return is_enough, _("%(count)s of 3 quotations") % {"count": count}
    if item.price_basis == PriceBasis.REGISTRY:
        return item.listing_id is not None, item.get_price_basis_display()
    return bool(item.price_reference), item.get_price_basis_display()


def sums_by_year(proposal):
    """For each fiscal year of the proposal: the items, the funding, and what is missing between them."""
    years = {}
    for item in proposal.items.all():
        years.setdefault(item.fiscal_year, [0, 0])[0] += item.total_baht
    for line in proposal.funding.all():
        years.setdefault(line.fiscal_year, [0, 0])[1] += line.amount_baht or 0
    return [
        {"year": year or "–", "items": items, "funding": funding, "rest": items - funding}
        for year, (items, funding) in sorted(years.items(), key=lambda pair: pair[0] or 0)
    ]


class ItemPage(SectionDoor):
    """Where the unit price of one item comes from: a price standard, the registry, or quotations with their files."""

    template_name = "budgets/sections/item.html"

    @property
    def section(self):
        return Section.ITEMS

    @cached_property
    def item(self):
        rows = self.proposal.items.prefetch_related("quotations__file").select_related("category")
        return get_object_or_404(rows, pk=self.kwargs["item"])

    @property
    def here(self):
        return reverse("budgets:item", args=[self.proposal.pk, self.item.pk])

    def get(self, request, *args, **kwargs):
        return self.page()

    def page(self, *, status=200, quotation=None):
        kept = saving.kept(self.proposal, Section.ITEMS)
        unit = f"evidence-{self.item.pk}"
        row = next((one for one in kept.form.rows["evidence"] if one.prefix == unit), None)
        if row is None:
            raise Http404
        context = self.get_context_data(
            item=self.item,
            form=row,
            kept=kept,
            problems=row.problems(),
            base=json.dumps({unit: kept.base[unit]}),
            quotation=quotation or QuotationForm(item=self.item, prefix=NEW_QUOTATION),
            gone=next((one for one in choosing.warnings_of(self.proposal) if one["item"].pk == self.item.pk), None),
            limit=choosing.listed_price(self.item),
            sought=(sought := self.request.GET.get("find", "").strip()[:100]),
            found=choosing.search(sought) if sought else None,
            wanted=completeness.QUOTATIONS_WANTED,
        )
        return render(self.request, self.template_name, context, status=status)

    def post(self, request, *args, **kwargs):
        action = request.POST.get("action", "save")
        if action == "quote":
            return self.quote()
        if action == "unchoose":
            return self.choose(None)
        if action.startswith("choose-"):
            return self.choose(choosing.find(action.removeprefix("choose-")))
        if action.startswith("unquote-"):
            return self.unquote(whole(action.removeprefix("unquote-")))
        words, base = posted_words(request.POST), base_in(request.POST)
        mine = f"evidence-{self.item.pk}-"
        words = MultiValueDict({name: texts for name, texts in words.lists() if name.startswith(mine)})
        try:
            saving.save(
                self.proposal,
                Section.ITEMS,
                words,
                by=request.user,
                version=whole(request.POST.get("version")),
                base=base,
            )
        except saving.Clash:
            remember(request, self.proposal, Section.ITEMS, words, base)
            return SectionPage.to_differences(self)
        if self.wants_json:
            return SectionPage.saved(self, words, base or {})
        messages.success(request, _("Draft saved at %(time)s.") % {"time": thaitime(clock.now())})
        return redirect(address(self.proposal, Section.ITEMS) if action == "next" else self.here)

    def quote(self):
        """Add a quotation, with its file when there is one."""
        form = QuotationForm(self.request.POST, self.request.FILES, item=self.item, prefix=NEW_QUOTATION)
        if not form.is_valid():
            return self.page(status=400, quotation=form)
        try:
            with editing(self.proposal, Section.ITEMS, by=self.request.user):
                quotation = form.save(commit=False)
                if form.cleaned_data["upload"]:
                    quotation.file = files.store(
                        form.cleaned_data["upload"], by=self.request.user, only={"pdf", "png", "jpg", "jpeg"}
                    )
                quotation.save()
        except ValidationError as error:
            form.add_error("upload", error.messages)
            return self.page(status=400, quotation=form)
        messages.success(self.request, _("The quotation has been added."))
        return redirect(f"{self.here}#quotations")

    def choose(self, listing):
        """Let the item stand on a listing of the account, or on none."""
        if listing is None and self.request.POST.get("action") != "unchoose":
            raise Http404
        choosing.choose(self.item, listing, by=self.request.user)
        told = _("The listing has been chosen.") if listing else _("The listing has been taken off.")
        messages.success(self.request, told)
        return redirect(f"{self.here}#listing")

    def unquote(self, key):
        quotation = get_object_or_404(self.item.quotations, pk=key or 0)
        with editing(self.proposal, Section.ITEMS, by=self.request.user, details={"removed": quotation.seller_name}):
            quotation.delete()
        messages.success(
            self.request, _("The quotation of %(name)s has been removed.") % {"name": quotation.seller_name}
        )
        return redirect(f"{self.here}#quotations")


# Attachments


class AttachmentsPage(SectionDoor):
    """The documents by the round's checklist: several at once, replaced with their versions kept, taken out."""

    template_name = "budgets/sections/attachments.html"

    def get(self, request, *args, **kwargs):
        return self.page()

    def page(self, *, status=200, bound=None):
        required = {
            document.kind: is_required for document, is_required in completeness.required_documents(self.proposal)
        }
        present = self.proposal.attachments.select_related("file", "uploaded_by").order_by("pk")
        boxes = []
        for kind, name in self.kinds.items():
            of_kind = [one for one in present if one.kind == kind]
            boxes.append(
                {
                    "kind": kind,
                    "name": name,
                    "is_required": required.get(kind, False),
                    "current": [one for one in of_kind if one.removed_at is None],
                    "earlier": [one for one in of_kind if one.removed_at is not None],
                    "form": bound
                    if bound and bound.kind == kind
                    else AttachForm(kind=kind, name=name, prefix=f"kind-{kind}"),
                }
            )
        problems = [(f"id_{bound.prefix}-files", text) for text in bound.errors.get("files", ())] if bound else []
        context = self.get_context_data(boxes=boxes, problems=problems, rule=files.rule_text())
        return render(self.request, self.template_name, context, status=status)

    @cached_property
    def kinds(self):
        return attachments.kinds_of(self.proposal)

    def post(self, request, *args, **kwargs):
        action, _dash, rest = request.POST.get("action", "").partition("-")
        match action:
            case "remove":
                found = get_object_or_404(self.proposal.attachments.filter(removed_at=None), pk=whole(rest) or 0)
                attachments.remove(found, by=request.user)
                messages.success(request, _("%(name)s has been taken out.") % {"name": found.file.name})
                return redirect(request.path)
            case "add" | "replace" if rest in self.kinds:
                return self.attach(rest, replacing=action == "replace")
        if "action" in request.POST and action != "next":
            raise Http404
        return redirect(self.next_address)

    def attach(self, kind, *, replacing):
        form = AttachForm(
            self.request.POST, self.request.FILES, kind=kind, name=self.kinds[kind], prefix=f"kind-{kind}"
        )
        if form.is_valid():
            try:
                made = attachments.attach(
                    self.proposal, kind, form.cleaned_data["files"], by=self.request.user, replacing=replacing
                )
            except ValidationError as error:
                form.add_error("files", error.messages)
            else:
                names = ", ".join(one.file.name for one in made)
                messages.success(self.request, _("Attached: %(names)s.") % {"names": names})
                return redirect(f"{self.request.path}#box-{kind}")
        return self.page(status=400, bound=form)


urlpatterns = [
    path("proposals/<int:pk>/edit/<slug:section>/", SectionPage.as_view(), name="section"),
    path("proposals/<int:pk>/edit/<slug:section>/differences/", Differences.as_view(), name="differences"),
    path("proposals/<int:pk>/items/<int:item>/", ItemPage.as_view(), name="item"),
]
