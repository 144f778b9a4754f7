"""One page for each section of an application, and for each product and certification: they keep themselves."""

import json
from datetime import datetime
from functools import cached_property

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import clock, files
from portal.errors import Refused
from portal.forms import PortalForm, UploadInput
from portal.models.audit import Event
from portal.thai.dates import thaitime
from portal.views import whole
from providers.applying import drafting, sheets
from providers.applying.completeness import missing_by_section
from providers.applying.sheets import Clash, Sheet
from providers.models import DocumentKind, Entry
from providers.states import ApplicationKind, Section
from providers.views.applying.application import COPIED, WrittenByCompany, address, address_of, earlier
from providers.views.applying.shared import put_errors

UNSAVED = "unsaved-sheets"
LISTS = frozenset({Section.PRODUCTS, Section.CERTIFICATIONS})
GUIDANCE = {
    Section.COMPANY: L(
        "The public page of your company says this. "
        "The registrar compares it with the Department of Business Development."
    ),
    Section.PRODUCTS: L(
        "One product or service each. Local governments find it by its categories and compare it by what you write."
    ),
    Section.PRICES: L("The price of one unit without VAT. While listed, local governments may not be asked for more."),
    Section.CERTIFICATIONS: L(
        "At least one quality certification that holds long enough. The registrar asks its issuer."
    ),
    Section.ATTESTATIONS: L("The company makes these statements and stands by them. False statements end the listing."),
    Section.DOCUMENTS: L(
        "Scans must be legible and whole. A newer file takes the place of the older one, which stays on record."
    ),
}


class FileForm(PortalForm):
    """The file that belongs to a row, or to one line of the checklist."""

    upload = forms.FileField(label=L("File"), required=False, widget=UploadInput)


class SectionDoor(WrittenByCompany):
    """A page on which a section is written, while it is open."""

    def dispatch(self, request, *args, **kwargs):
        self.request, self.kwargs = request, kwargs
        if not request.user.is_authenticated:
            return super().dispatch(request, *args, **kwargs)
        try:
            drafting.refuse_unless_open(self.application, self.section)
            return super().dispatch(request, *args, **kwargs)
        except Refused as refusal:
            if self.wants_json:
                return JsonResponse({"detail": str(refusal.message), "code": refusal.code}, status=409)
            messages.warning(request, refusal.message)
            return redirect(self.application)

    @cached_property
    def application(self):
        return self.find()

    @cached_property
    def section(self):
        if self.kwargs["section"] not in Section:
            raise Http404
        return Section(self.kwargs["section"])

    entry = None

    @property
    def here(self):
        return address(self.application, self.section)

    @property
    def wants_json(self):
        return self.request.headers.get("Accept", "").startswith("application/json")

    @property
    def back(self):
        """The page that this one belongs to: its address and its name."""
        return self.application.get_absolute_url(), _("List of sections")

    @property
    def next_address(self):
        """The next section that is open, or the check after the last; a renewal goes back to its one screen."""
        if self.application.kind == ApplicationKind.RENEWAL:
            return reverse("providers:renewal", args=[self.application.pk])
        order = list(Section)
        later = [one for one in order[order.index(self.section) + 1 :] if one in self.application.open_now]
        if later:
            return address(self.application, later[0])
        return reverse("providers:application-check", args=[self.application.pk])

    def get_context_data(self, **context):
        application, order = self.application, list(Section)
        lacks = missing_by_section(application)[self.section]
        if self.entry is not None:
            lacks = [one for one in lacks if one.entry == self.entry.pk]
        reasons = {row["section"]: row["reason"] for row in application.return_reasons}
        return super().get_context_data(
            application=application,
            object=application,
            section=self.section,
            entry=self.entry,
            place=order.index(self.section) + 1,
            count=len(order),
            guidance=GUIDANCE[self.section],
            lacks=[(one, address_of(application, one)) for one in lacks],
            reason=reasons.get(self.section, ""),
            to_confirm=self.section in application.to_confirm,
            back=self.back,
            **context,
        )


class SectionPage(SectionDoor):
    """The page of a section, by what kind of section it is."""

    def get(self, request, *args, **kwargs):
        return self.page()

    def page(self, status=200, **context):
        match self.section:
            case Section.PRODUCTS | Section.CERTIFICATIONS:
                return self.draw("list", status, rows=self.listed_rows(), earlier=self.copied(), **context)
            case Section.DOCUMENTS:
                context = {"boxes": self.boxes(context.pop("bound", None)), "earlier": self.copied(), **context}
                return self.draw("documents", status, rule=files.rule_text(), **context)
        return self.draw_sheet(status)

    def draw(self, name, status, **context):
        return render(
            self.request, f"providers/applying/sections/{name}.html", self.get_context_data(**context), status=status
        )

    def copied(self):
        """The earlier application, where this section is still empty and may be copied."""
        is_empty = not (
            self.application.documents.filter(removed_at=None).exists()
            if self.section == Section.DOCUMENTS
            else self.application.entries.filter(section=self.section).exists()
        )
        return earlier(self.application) if is_empty and self.section in COPIED else None

    def listed_rows(self):
        lacks = missing_by_section(self.application)[self.section]
        rows = self.application.entries.filter(section=self.section).select_related("file", "certification")
        return [(one, [lack for lack in lacks if lack.entry == one.pk]) for one in rows]

    def post(self, request, *args, **kwargs):
        action = request.POST.get("action", "save")
        try:
            if action == "confirm":
                return self.confirm()
            if self.section in LISTS:
                return self.change_list(action)
            if self.section == Section.DOCUMENTS:
                return self.change_documents(action)
            return self.save_sheet(action)
        except Refused as refusal:
            if self.wants_json:
                return JsonResponse({"detail": str(refusal.message), "code": refusal.code}, status=409)
            messages.warning(request, refusal.message)
            return redirect(self.here)

    def confirm(self):
        """The person has looked through what was copied."""
        with drafting.editing(self.application, self.section, by=self.request.user):
            pass
        messages.success(self.request, _("Noted that you have looked through this section."))
        return redirect(self.next_address)

    # Lists of rows

    def change_list(self, action):
        match action.partition("-"):
            case ["add", _dash, _none]:
                entry = drafting.add_entry(self.application, self.section, {}, by=self.request.user)
                return redirect("providers:row", self.application.pk, entry.pk)
            case ["remove", _dash, key]:
                entry = get_object_or_404(self.application.entries, section=self.section, pk=whole(key) or 0)
                drafting.remove_entry(entry, by=self.request.user)
                messages.success(self.request, _("“%(name)s” has been removed.") % {"name": entry})
                return redirect(self.here)
            case ["next", *_rest]:
                return redirect(self.next_address)
        raise Http404

    # Documents

    def boxes(self, bound=None):
        """The checklist: each kind with its file in force, the older ones, and the form that takes a new one."""
        kept = list(self.application.documents.select_related("file", "added_by").order_by("-pk"))
        return [
            {
                "kind": kind,
                "current": next((one for one in kept if one.kind_id == kind.pk and one.removed_at is None), None),
                "earlier": [one for one in kept if one.kind_id == kind.pk and one.removed_at is not None],
                "form": bound if bound and bound.prefix == kind.code else file_form(kind),
            }
            for kind in DocumentKind.objects.filter(is_active=True)
        ]

    def change_documents(self, action):
        verb, _dash, code = action.partition("-")
        if verb == "next":
            return redirect(self.next_address)
        if verb == "remove":
            found = get_object_or_404(self.application.documents.filter(removed_at=None), pk=whole(code) or 0)
            drafting.detach(found, by=self.request.user)
            messages.success(self.request, _("%(name)s has been taken out.") % {"name": found.file.name})
            return redirect(self.here)
        kind = get_object_or_404(DocumentKind, is_active=True, code=code)
        form = file_form(kind, self.request.POST, self.request.FILES)
        if form.is_valid():
            try:
                made = drafting.attach(self.application, kind, form.cleaned_data["upload"], by=self.request.user)
            except ValidationError as error:
                put_errors(form, error, "upload")
            else:
                messages.success(self.request, _("Attached: %(names)s.") % {"names": made.file.name})
                target = self.request.POST.get("return_to") == "renewal"
                page = reverse("providers:renewal", args=[self.application.pk]) if target else self.here
                return redirect(f"{page}#box-{kind.code}")
        problems = [(f"id_{kind.code}-upload", text) for text in form.errors["upload"]]
        return self.page(400, bound=form, problems=problems)

    # Sheets

    @cached_property
    def sheet(self):
        return Sheet(self.application, self.section, self.entry)

    template = None

    def draw_sheet(self, status=200, **context):
        sheet = self.sheet
        last = Event.objects.of(self.application).filter(verb="application.change").select_related("actor").last()
        return self.draw(
            self.template or str(self.section),
            status,
            sheet=sheet,
            form=next(iter(sheet.forms.values()), None),
            base=json.dumps(sheet.base, separators=(",", ":")),
            problems=context.pop("problems", None) or sheet.problems(),
            is_mine=bool(last and last.actor_id == self.request.user.pk),
            groups=self.price_groups() if self.section == Section.PRICES else (),
            **context,
        )

    def price_groups(self):
        """The products, each with the forms of its prices."""
        rows = list(self.sheet.rows.items())
        products = self.application.entries.filter(section=Section.PRODUCTS)
        return [
            (product, [(row, self.sheet.forms[unit]) for unit, row in rows if row.parent_id == product.pk])
            for product in products
        ]

    def save_sheet(self, action):
        request, sheet = self.request, self.sheet
        words, base = sheet.words(request.POST), base_in(request.POST)
        try:
            fresh = sheets.save(sheet, words, by=request.user, base=base)
        except Clash:
            remember(request, self.here, words, base)
            return self.to_differences()
        forget(request, self.here)
        if self.wants_json:
            return saved(fresh)
        return self.after(action, fresh)

    def to_differences(self):
        url = f"{self.here}differences/"
        if self.wants_json:
            return JsonResponse({"url": url, "code": "lost_race"}, status=409)
        return redirect(url)

    def after(self, action, fresh):
        """Where a button leads once everything is saved."""
        match action.partition("-"):
            case ["add", _dash, key]:
                product = get_object_or_404(self.application.entries, section=Section.PRODUCTS, pk=whole(key) or 0)
                row = drafting.add_entry(self.application, Section.PRICES, {}, by=self.request.user, parent=product)
                return redirect(f"{self.here}#id_row{row.pk}-label_th")
            case ["remove", _dash, key]:
                row = get_object_or_404(self.application.entries, section=Section.PRICES, pk=whole(key) or 0)
                drafting.remove_entry(row, by=self.request.user)
                messages.success(self.request, _("The row has been removed."))
                return redirect(self.here)
        problems = fresh.problems()
        if action == "next" and not problems:
            return redirect(self.next_address)
        if problems:
            text = _("The draft is saved, with what does not fit kept as you typed it. Please mend it.")
            messages.warning(self.request, text)
        else:
            messages.success(self.request, _("Draft saved at %(time)s.") % {"time": thaitime(clock.now())})
        return redirect(self.here)


def file_form(kind, data=None, uploads=None):
    """The form for a document of `kind`."""
    form = FileForm(data, uploads, prefix=kind.code)
    form.fields["upload"].required = True
    form.fields["upload"].error_messages["required"] = _("Choose a file first.")
    return form


def saved(fresh):
    """The answer to a draft that keeps itself."""
    return JsonResponse(
        {
            "saved_at": thaitime(clock.now()),
            "version": fresh.application.version,
            "base": json.dumps(fresh.base, separators=(",", ":")),
        }
    )


def base_in(data):
    """The marks of what the person was shown, or None."""
    try:
        base = json.loads(data.get("base", ""))
    except ValueError:
        return None
    fits = isinstance(base, dict) and all(
        isinstance(unit, dict) and all(isinstance(one, str) for one in unit.values()) for unit in base.values()
    )
    return base if fits else None


def remember(request, address, words, base):
    """Keep words that could not be written in the person's session until the differences are settled."""
    unsaved = request.session.setdefault(UNSAVED, {})
    unsaved[address] = {"words": words, "base": base, "at": clock.now().isoformat()}
    request.session.modified = True


def forget(request, address):
    if request.session.get(UNSAVED, {}).pop(address, None):
        request.session.modified = True


class RowPage(SectionPage):
    """One product, or one certification with its file."""

    @cached_property
    def entry(self):
        rows = Entry.objects.select_related("file", "certification__file", "product")
        return get_object_or_404(rows, application=self.application, pk=self.kwargs["entry"], section__in=LISTS)

    @cached_property
    def section(self):
        return Section(self.entry.section)

    @property
    def template(self):
        return "certification" if self.section == Section.CERTIFICATIONS else "product"

    @property
    def here(self):
        return reverse("providers:row", args=[self.application.pk, self.entry.pk])

    @property
    def back(self):
        if self.application.kind == ApplicationKind.RENEWAL:
            return reverse("providers:renewal", args=[self.application.pk]), _("Renewal")
        return address(self.application, self.section), str(self.section.label)

    @property
    def next_address(self):
        return self.back[0]

    def page(self, status=200, **context):
        form = context.pop("file_form", None) or FileForm()
        row = self.entry
        kept = row.file or (row.certification and row.certification.file)
        return self.draw_sheet(status, file_form=form, kept=kept, **context)

    def post(self, request, *args, **kwargs):
        try:
            if self.section == Section.CERTIFICATIONS and request.FILES:
                return self.save_with_file(request.POST.get("action", "save"))
            return self.save_sheet(request.POST.get("action", "save"))
        except Refused as refusal:
            if self.wants_json:
                return JsonResponse({"detail": str(refusal.message), "code": refusal.code}, status=409)
            messages.warning(request, refusal.message)
            return redirect(self.here)

    def save_with_file(self, action):
        """Keep the words first, so that a file that cannot be taken costs nothing."""
        answer = self.save_sheet(action)
        form = FileForm(self.request.POST, self.request.FILES)
        try:
            if form.is_valid() and form.cleaned_data["upload"]:
                entry = Entry.objects.select_related("application").get(pk=self.entry.pk)
                drafting.change_entry(entry, entry.answers, by=self.request.user, upload=form.cleaned_data["upload"])
                messages.success(self.request, _("Attached: %(names)s.") % {"names": entry.file.name})
        except ValidationError as error:
            put_errors(form, error, "upload")
        if form.errors:
            for name in ("application", "entry", "section", "sheet"):
                self.__dict__.pop(name, None)
            problems = [("id_upload", text) for text in form.errors.get("upload", ())]
            return self.page(400, file_form=form, problems=problems)
        return answer


class Differences(RowPage):
    """What two people wrote in the same place, side by side, to choose from. Nothing is lost before that."""

    @cached_property
    def entry(self):
        if "entry" not in self.kwargs:
            return None
        return RowPage.entry.func(self)

    @cached_property
    def section(self):
        return SectionDoor.section.func(self) if self.entry is None else Section(self.entry.section)

    @property
    def here(self):
        return address(self.application, self.section) if self.entry is None else RowPage.here.fget(self)

    @property
    def unsaved(self):
        return self.request.session.get(UNSAVED, {}).get(self.here)

    def get(self, request, *args, **kwargs):
        unsaved = self.unsaved
        if unsaved is None:
            return redirect(self.here)
        found = sheets.differences(self.sheet, unsaved["words"], unsaved["base"])
        if not found:
            return self.settle(unsaved, {})
        return self.draw(
            "differences", 200, differences=found, sheet_url=self.here, at=datetime.fromisoformat(unsaved["at"])
        )

    def post(self, request, *args, **kwargs):
        unsaved = self.unsaved
        if unsaved is None:
            return redirect(self.here)
        choices = {
            name.removeprefix("choose-"): (side, request.POST.get(f"mark-{name.removeprefix('choose-')}", ""))
            for name, side in request.POST.items()
            if name.startswith("choose-")
        }
        return self.settle(unsaved, choices)

    def settle(self, unsaved, choices):
        words, base = unsaved["words"], unsaved["base"]
        try:
            sheets.settle(self.sheet, words, base, choices, by=self.request.user)
        except Clash:
            messages.warning(self.request, _("It was changed once more meanwhile. Please choose again."))
            remember(self.request, self.here, words, base)
            return redirect(f"{self.here}differences/")
        forget(self.request, self.here)
        messages.success(self.request, _("Draft saved at %(time)s.") % {"time": thaitime(clock.now())})
        return redirect(self.here)


urlpatterns = [
    path("applications/<int:pk>/edit/<slug:section>/", SectionPage.as_view(), name="section"),
    path("applications/<int:pk>/edit/<slug:section>/differences/", Differences.as_view(), name="section-differences"),
    path("applications/<int:pk>/rows/<int:entry>/", RowPage.as_view(), name="row"),
    path("applications/<int:pk>/rows/<int:entry>/differences/", Differences.as_view(), name="row-differences"),
]
