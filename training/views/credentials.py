"""Certificates: the holder's page, the paper, the badge, and the page where anyone checks them."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as L

from portal import clock, pdf
from portal.views import TakeStep, VisibleDetail, VisibleList
from training import badges, credentials, exports, privacy
from training.filters import CredentialFilter
from training.forms.courses import ShareForm
from training.lifecycle import CREDENTIAL
from training.models import Credential
from training.views.common import do, posted

LISTS = 1000
WITH = ("learner__user", "local_government__province", "enrolment__run__course", "replaces")


class CredentialList(VisibleList):
    """Certificates that the person may see."""

    queryset = Credential.objects.select_related("local_government__province", "learner", "enrolment").order_by(
        "-issued_on", "-pk"
    )
    filterset_class = CredentialFilter
    template_name = "training/credential_list.html"
    partial_name = "training/_credential_rows.html"
    columns = exports.CREDENTIALS
    filename = "credentials"
    title = L("Certificates")
    area = "training"

    def get_context_data(self, **context):
        self.note(context["rows"])
        return super().get_context_data(**context)

    def as_file(self, wanted):
        self.note(self.rows)
        return super().as_file(wanted)

    def note(self, rows):
        """A list names its holders: looking at others' names is on record."""
        privacy.note_list(rows, by=self.request.user, what="certificates list")


class CredentialDetail(VisibleDetail):
    """A certificate: its status, its files, and what the public page shows."""

    queryset = Credential.objects.select_related(*WITH)
    model = Credential
    lifecycle = CREDENTIAL
    template_name = "training/credential.html"

    def get(self, request, *args, **kwargs):
        note_reading(request, self.object)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **context):
        credential = self.object
        return super().get_context_data(
            standing=credential.standing(clock.today()),
            is_holder=is_holder(self.request.user, credential),
            share_form=ShareForm(instance=credential),
            public_url=badges.address("training:verify", credential.serial),
            successor=Credential.objects.filter(replaces=credential).first(),
            **context,
        )


class CredentialStep(TakeStep):
    queryset = Credential.objects.select_related(*WITH)
    model = Credential
    lifecycle = CREDENTIAL


def is_holder(user, credential):
    return credential.learner is not None and credential.learner.user_id == user.pk


def note_reading(request, credential):
    """Looking at somebody else's certificate is on record."""
    if not is_holder(request.user, credential):
        privacy.note_reading(credential, by=request.user, what="certificate")


def visible(request, pk):
    return get_object_or_404(Credential.objects.visible_to(request.user).select_related(*WITH), pk=pk)


@login_required
def share(request, pk):
    """What the public page shows besides the status."""
    credential = visible(request, pk)
    form = ShareForm(posted(request), instance=credential)
    if request.method != "POST" or not form.is_valid():
        raise Http404
    return do(
        request,
        lambda: credentials.share(credential, by=request.user, **form.cleaned_data),
        _("Saved. The public page shows what you chose."),
        credential,
    )


@login_required
def paper(request, pk):
    """The certificate as PDF, in Thai."""
    credential = visible(request, pk)
    note_reading(request, credential)
    url = badges.address("training:verify", credential.serial)
    context = {
        "credential": credential,
        "qr": pdf.qr_svg(url),
        "public_url": url,
        "standing": credential.standing(clock.today()),
        "portal_name": settings.PORTAL_NAME,
    }
    with translation.override("th"):
        return pdf.response("training/pdf/certificate.html", context, f"{credential.serial}.pdf")


@login_required
def badge(request, pk):
    """The signed Open Badges credential as a file, for a wallet."""
    credential = visible(request, pk)
    if not is_holder(request.user, credential):
        raise Http404
    response = HttpResponse(credential.badge, content_type="application/vc+jwt")
    response["Content-Disposition"] = content_disposition_header(True, f"{credential.serial}.jwt")
    response["Cache-Control"] = "private, no-store"
    return response


# For everybody


def verify(request, serial):
    """What a certificate is worth today; without signing in."""
    found = Credential.objects.filter(serial=serial.upper()).select_related("local_government").first()
    if found is None:
        return render(request, "training/verify.html", {"serial": serial[:40]}, status=404)
    context = {"found": credentials.public_view(found), "credential": found, "serial": found.serial}
    return render(request, "training/verify.html", context)


def issuer(request):
    """Who issues the badges, as an Open Badges profile."""
    return open_to_all(JsonResponse({"@context": badges.CONTEXT, **badges.issuer()}))


def issuer_keys(request):
    """Every public key, so that what an older one signed stays checkable."""
    return open_to_all(JsonResponse(badges.key_set()))


def status_list(request, number):
    """The signed list of certificates that no longer count."""
    if number >= LISTS:
        raise Http404
    text = badges.status_list(number, credentials.ended_in(number))
    return open_to_all(HttpResponse(text, content_type="application/vc+jwt"))


def open_to_all(response):
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, no-cache"
    return response


urlpatterns = [
    path("certificates/", CredentialList.as_view(), name="credentials"),
    path("certificates/<int:pk>/", CredentialDetail.as_view(), name="credential"),
    path("certificates/<int:pk>/share/", share, name="credential-share"),
    path("certificates/<int:pk>/paper/", paper, name="credential-paper"),
    path("certificates/<int:pk>/badge/", badge, name="credential-badge"),
    path("certificates/<int:pk>/<slug:step>/", CredentialStep.as_view(), name="credential-step"),
    path("verify/<str:serial>/", verify, name="verify"),
    path("issuer/", issuer, name="issuer"),
    path("issuer/keys.json", issuer_keys, name="issuer-keys"),
    path("issuer/status/<int:number>/", status_list, name="status-list"),
]
