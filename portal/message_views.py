"""Pages of the bell, the outbox and the jobs."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from portal import clock, files, notices, tasks
from portal.audit import record
from portal.models.outbox import Notice
from portal.people.account_forms import OutboxFilter
from portal.views import VisibleList


class Bell(VisibleList):
    """What I was told."""

    template_name = "portal/account/notices.html"
    partial_name = "portal/account/_notice_rows.html"
    title = gettext_lazy("Notices")

    def get_queryset(self):
        return Notice.objects.bell_of(self.request.user, clock.now())


@login_required
@require_POST
def notice_open(request, pk):
    """Mark one notice as read and go where it leads."""
    mine = Notice.objects.bell_of(request.user, clock.now()).filter(pk=pk)
    notice = get_object_or_404(mine)
    notices.mark_read(mine)
    leads_here = url_has_allowed_host_and_scheme(notice.url, {request.get_host()}, require_https=request.is_secure())
    return redirect(notice.url if notice.url and leads_here else "notices")


@login_required
@require_POST
def notices_read(request):
    notices.mark_read(Notice.objects.bell_of(request.user, clock.now()))
    return redirect("notices")


class Outbox(VisibleList):
    """Every letter and its fate, for operators."""

    queryset = Notice.objects.exclude(email="").select_related("recipient").order_by("-pk")
    filterset_class = OutboxFilter
    template_name = "portal/account/outbox.html"
    partial_name = "portal/account/_outbox_rows.html"
    title = gettext_lazy("Outbox")

    def dispatch(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            require_outbox(request.user)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **context):
        return super().get_context_data(warnings=tasks.warnings(), **context)


@login_required
def outbox_letter(request, pk):
    """One letter as it is sent; links that open something are masked outside the demo."""
    require_outbox(request.user)
    notice = get_object_or_404(Notice.objects.exclude(email="").select_related("recipient"), pk=pk)
    record("outbox.read", notice, by=request.user)
    hidden = notice.is_secret and not settings.DEMO
    context = {
        "notice": notice,
        "text": notice.masked_body if hidden else notice.body,
        "url": "" if hidden else notice.url,
    }
    return render(request, "portal/account/outbox_letter.html", context)


@login_required
@require_POST
def outbox_resend(request, pk):
    """Give a letter that was given up on another round of tries."""
    require_outbox(request.user)
    notice = get_object_or_404(Notice, pk=pk)
    if notices.revive(notice):
        record("outbox.resend", notice, by=request.user)
        messages.success(request, _("The letter will be tried again."))
    return redirect("outbox")


def require_outbox(user):
    if not user.has_perm("portal.view_outbox"):
        raise PermissionDenied(_("The outbox is for operators only."))


# Jobs


class JobList(VisibleList):
    """The work I asked for."""

    template_name = "portal/account/jobs.html"
    partial_name = "portal/account/_job_rows.html"
    title = gettext_lazy("Work in the background")

    def get_queryset(self):
        return self.request.user.jobs.order_by("-pk")


@never_cache
@login_required
def job(request, pk):
    """How far one piece of work is; asks again every second until it is finished."""
    row = get_object_or_404(request.user.jobs.select_related("result"), pk=pk)
    template = "portal/account/_job.html" if request.htmx else "portal/account/job.html"
    return render(request, template, {"job": row})


@login_required
def job_file(request, pk):
    row = get_object_or_404(request.user.jobs.select_related("result"), pk=pk)
    if row.result is None:
        raise Http404
    return files.serve(row.result)
