"""Pages of acting orders and of new access."""

import segno
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from portal import clock, files
from portal.errors import Refused
from portal.fields import ThaiDateField
from portal.forms import PortalForm, UploadInput
from portal.models.people import Membership, User
from portal.people import accounts, orders, resets
from portal.people.account_forms import CodeForm, JoinForm, offices_for
from portal.people.account_views import PeoplePage, add_errors
from portal.roles import LOCAL_ROLES, Role


class OrderForm(PortalForm):
    """Who acts in which post, by which order, until when."""

    colleague = forms.ChoiceField(label=gettext_lazy("Who acts"))
    role = forms.ChoiceField(
        label=gettext_lazy("In the post of"),
        choices=[("", gettext_lazy("Choose")), *[(role.value, role.label) for role in Role if role in LOCAL_ROLES]],
    )
    order_no = forms.CharField(label=gettext_lazy("Number of the order"), max_length=60)
    valid_from = ThaiDateField(label=gettext_lazy("From"), required=False, help_text=gettext_lazy("Empty: today."))
    valid_to = ThaiDateField(
        label=gettext_lazy("Held until"), help_text=gettext_lazy("The first day on which the role no longer counts.")
    )
    file = forms.FileField(label=gettext_lazy("The order"), required=False, widget=UploadInput(kinds=("pdf",)))

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, by=by, **kwargs)
        held = Membership.objects.in_force(clock.today()).filter(local_government__in=offices_for(by))
        held = held.exclude(user=by).select_related("user", "local_government__district")
        self.posts = {}
        for post in held.order_by("local_government__name_sort_key", "user__first_name", "pk")[:1000]:
            self.posts.setdefault(f"{post.user_id}-{post.local_government_id}", post)
        self.fields["colleague"].choices = [
            ("", gettext_lazy("Choose")),
            *[(key, f"{post.user} · {post.local_government}") for key, post in self.posts.items()],
        ]

    @property
    def appointment(self):
        """What was given, as `portal.people.orders.appoint` takes it, the file apart. Call after `is_valid`."""
        given = {name: self.cleaned_data[name] for name in ("role", "order_no", "valid_from", "valid_to")}
        post = self.posts[self.cleaned_data["colleague"]]
        return {**given, "user": post.user, "local_government": post.local_government}


class OrderList(PeoplePage):
    """Acting orders: those to check first, then all."""

    template_name = "portal/account/orders.html"
    partial_name = "portal/account/_order_rows.html"
    title = gettext_lazy("Acting orders")

    def get_queryset(self):
        found = orders.orders_of(self.request.user)
        return found.select_related(
            "membership__user", "membership__local_government__district", "recorded_by", "checked_by"
        ).order_by("-pk")

    def get_context_data(self, rows, **context):
        waiting = set(orders.to_check(self.request.user).values_list("pk", flat=True))
        for row in rows:
            row.waits_for_me = row.pk in waiting
        return super().get_context_data(rows=rows, may_record=accounts.may_invite(self.request.user), **context)


@login_required
def order_new(request):
    """Record an order; it works at once."""
    if not accounts.may_invite(request.user):
        raise PermissionDenied(_("This page is for those who look after the people of an office."))
    form = OrderForm(request.POST or None, request.FILES or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            upload = form.cleaned_data["file"]
            stored = files.store(upload, by=request.user, only={"pdf"}) if upload else None
            orders.appoint(by=request.user, file=stored, **form.appointment)
        except ValidationError as error:
            add_errors(form, error)
        except Refused as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The order is on record and works now. The province checks it."))
            return redirect("acting-orders")
    return render(request, "portal/account/order_new.html", {"form": form}, status=400 if form.errors else 200)


@login_required
@require_POST
def order_check(request, pk):
    """Find an order right, or not."""
    order = get_object_or_404(orders.orders_of(request.user).select_related("membership__local_government"), pk=pk)
    is_right, reason = "right" in request.POST, " ".join(request.POST.get("reason", "").split())[:500]
    if not is_right and not reason:
        messages.error(request, _("Write why the order is not right."))
        return redirect("acting-orders")
    try:
        orders.check(order, by=request.user, is_right=is_right, reason=reason)
    except Refused as refusal:
        messages.warning(request, refusal.message)
    else:
        messages.success(request, _("Checked.") if is_right else _("The order no longer counts."))
    return redirect("acting-orders")


@login_required
def order_file(request, pk):
    """The order, as it came in."""
    stored = get_object_or_404(orders.orders_of(request.user), pk=pk).file
    if stored is None:
        raise Http404
    return files.serve(stored)


# New access


@login_required
@require_POST
@never_cache
def access_issue(request, pk):
    """The letter with the code for a new password: the only page that ever shows it."""
    posts = accounts.memberships_of(request.user).select_related("user")
    person = get_object_or_404(posts, pk=pk).user
    reset, code = resets.issue(person, by=request.user)
    link = settings.SITE_URL + reverse("new-access")
    drawing = segno.make(link, error="m", micro=False).svg_inline(scale=4, border=4, svgclass="qr", lineclass=None)
    context = {"reset": reset, "code": code, "link": link, "qr": mark_safe(drawing)}  # noqa: S308
    return render(request, "portal/account/access_letter.html", context)


class AccessForm(JoinForm):
    """The code from the letter, and the new password."""

    code = CodeForm.base_fields["code"]
    field_order = ["code", "password1", "password2"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("first_name", "last_name", "username"):
            del self.fields[name]

    def clean(self):
        cleaned = PortalForm.clean(self)
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords differ. Enter the same one twice."))
        elif first:
            try:
                validate_password(first, User())
            except ValidationError as error:
                self.add_error("password1", error)
        return cleaned


@never_cache
@sensitive_post_parameters("password1", "password2", "code")
def new_access(request):
    """Choose a new password with the code from a letter."""
    form = AccessForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            resets.use(form.cleaned_data["code"], password=form.cleaned_data["password1"])
        except Refused as refusal:
            form.add_error("code", refusal.message)
        else:
            messages.success(request, _("The new password counts from now on. Sign in with it."))
            return redirect("account_login")
    return render(request, "portal/account/new_access.html", {"form": form}, status=400 if form.errors else 200)
