"""An application as a list of tasks, its check, and its files."""

from dataclasses import dataclass, field

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from portal.errors import Refused
from providers.applying import drafting
from providers.applying.application_text import read_application
from providers.applying.completeness import missing, missing_by_section
from providers.applying.revising import changed_sections, untouched
from providers.lifecycle import APPLICATION
from providers.lifecycle.application import waits_until
from providers.models import Application
from providers.states import ApplicationKind, ApplicationState, Section
from providers.views.applying.shared import CompanyDoor, OwnCase, own_provider

COPIED = (Section.COMPANY, Section.PRODUCTS, Section.CERTIFICATIONS, Section.DOCUMENTS)


def address(application, section):
    """The page on which a section is written."""
    return reverse("providers:section", args=[application.pk, section])


def address_of(application, lack):
    """The page, and the control, where a lack is mended."""
    if lack.entry and lack.section in {Section.PRODUCTS, Section.CERTIFICATIONS}:
        page = reverse("providers:row", args=[application.pk, lack.entry])
        return page + anchor(lack)
    if lack.entry and lack.section == Section.PRICES:
        return f"{address(application, Section.PRICES)}#row-{lack.entry}"
    return address(application, lack.section) + anchor(lack)


def anchor(lack):
    from providers.applying.answers import FORMS

    if lack.section not in FORMS:
        return ""
    name = next((name for name in FORMS[lack.section]().fields if lack.code.startswith(f"{name}_")), "")
    return f"#id_{name}" if name else ""


@dataclass(frozen=True)
class Task:
    """One section in the list: what it is, what it lacks, whether it may be written now."""

    section: Section
    url: str
    lacks: list = field(default_factory=list)
    is_open: bool = True
    has_words: bool = False
    reason: str = ""
    to_confirm: bool = False
    is_untouched: bool = False

    @property
    def status(self):
        if self.reason and self.is_untouched:
            return "to_mend"
        if self.has_words and not self.lacks:
            return "done"
        return "in_progress" if self.has_words else "not_started"

    @property
    def label(self):
        labels = {
            "done": _("Done"),
            "in_progress": _("In progress"),
            "not_started": _("Not started"),
            "to_mend": _("To be revised"),
        }
        return labels[self.status]

    @property
    def tone(self):
        return {"done": "ok", "in_progress": "info", "not_started": "quiet", "to_mend": "warn"}[self.status]


def tasks_of(application):
    """The sections of an application as `Task`s."""
    lacks = missing_by_section(application)
    reasons = {row["section"]: row["reason"] for row in application.return_reasons}
    written = set(application.entries.values_list("section", flat=True).distinct())
    if application.documents.filter(removed_at=None).exists():
        written.add(Section.DOCUMENTS)
    written |= {one for one in (Section.COMPANY, Section.ATTESTATIONS) if any(getattr(application, one).values())}
    touched = changed_sections(application) if reasons else set()
    return [
        Task(
            section=section,
            url=address(application, section),
            lacks=lacks[section],
            is_open=section in application.open_now,
            has_words=section in written,
            reason=reasons.get(section, ""),
            to_confirm=section in application.to_confirm,
            is_untouched=section not in touched,
        )
        for section in Section
    ]


def earlier(application):
    """The company's last application that was decided, from which sections may be copied, or None."""
    decided = Application.objects.filter(
        provider=application.provider, state__in=[ApplicationState.APPROVED, ApplicationState.REJECTED]
    )
    return decided.exclude(pk=application.pk).order_by("-decided_at").first()


def may_write(user, application):
    return user.has_perm("providers.change_application", application)


class ApplicationPage(OwnCase):
    """An application for those who write it: tasks while it is open, else what it says and where it stands."""

    kind = "applications"
    model = Application
    queryset = Application.objects.select_related("provider", "submitted_by", "registrar", "assessor")
    lifecycle = APPLICATION

    def dispatch(self, request, *args, **kwargs):
        self.request, self.kwargs = request, kwargs
        if not self.is_mine() and request.user.has_perm("providers.view_registry"):
            return redirect("providers:desk-application", kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def is_own(self, obj):
        return self.request.user.is_authenticated and may_write(self.request.user, obj)

    @property
    def template_name(self):
        if not self.object.is_editable:
            return "providers/applying/read.html"
        if self.object.kind == ApplicationKind.RENEWAL:
            return "providers/applying/renewal.html"
        return "providers/applying/tasks.html"

    def get(self, request, *args, **kwargs):
        if self.object.is_editable and self.object.kind == ApplicationKind.RENEWAL:
            return redirect("providers:renewal", self.object.pk)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **context):
        application = self.object
        context |= {"waits_until": waits_until(application.provider)}
        if not application.is_editable:
            return super().get_context_data(text=read_application(application), **context)
        rows = tasks_of(application)
        return super().get_context_data(
            rows=rows,
            done=sum(1 for row in rows if row.status == "done"),
            count=len(rows),
            lacks=sum(len(row.lacks) for row in rows),
            to_mend=sum(1 for row in rows if row.status == "to_mend"),
            earlier=earlier(application),
            **context,
        )


class WrittenByCompany(CompanyDoor):
    """A page beneath an application, for those who write it."""

    def find(self):
        """The application; 404 for those who do not see it, 403 for those who only read it."""
        visible = Application.objects.visible_to(self.request.user).select_related("provider")
        application = get_object_or_404(visible, pk=self.kwargs["pk"])
        if not may_write(self.request.user, application):
            raise PermissionDenied(_("Only representatives of this company may change its application."))
        return application


class Start(CompanyDoor):
    """A new draft, by one press."""

    def post(self, request, pk):
        provider = own_provider(request.user, pk)
        try:
            application = drafting.start(provider, by=request.user)
        except Refused as refusal:
            messages.warning(request, refusal.message)
            return redirect("providers:mine", provider.pk)
        messages.success(request, _("The draft has been started. It keeps itself as you write."))
        return redirect(application)


class Check(WrittenByCompany):
    """What is still missing, each line leading to where it is mended; and the door of handing in."""

    def get(self, request, *args, **kwargs):
        application = self.find()
        groups = {}
        for lack in missing(application):
            groups.setdefault(Section(lack.section), []).append((lack, address_of(application, lack)))
        context = self.get_context_data(
            application=application,
            object=application,
            groups=list(groups.items()),
            lacks=sum(len(found) for found in groups.values()),
            text=read_application(application),
            untouched=untouched(application),
            offers=[one for one in APPLICATION.offers(application, by=request.user) if one.name == "submit"],
            step_url=reverse("providers:step", args=["applications", application.pk, "STEP"]),
        )
        return render(request, "providers/applying/check.html", context)


class Reuse(WrittenByCompany):
    """Fill a section from the company's last application, to be looked at again."""

    def post(self, request, pk, section):
        application = self.find()
        if section not in COPIED:
            raise Http404
        try:
            count = drafting.reuse(application, Section(section), by=request.user)
        except Refused as refusal:
            messages.warning(request, refusal.message)
        else:
            text = _("Copied from the earlier application (%(count)s). Look through it and mend what has changed.")
            messages.success(request, text % {"count": count})
        return redirect(address(application, section))


urlpatterns = [
    path("mine/<int:pk>/apply/", Start.as_view(), name="apply"),
    path("applications/<int:pk>/", ApplicationPage.as_view(), name="application"),
    path("applications/<int:pk>/check/", Check.as_view(), name="application-check"),
    path("applications/<int:pk>/reuse/<slug:section>/", Reuse.as_view(), name="application-reuse"),
]
