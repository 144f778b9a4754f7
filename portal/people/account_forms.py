"""What the pages about accounts and posts ask."""

import django_filters
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal import access, clock
from portal.fields import ThaiDateField
from portal.forms import PortalForm, PortalModelForm, Radios, WithoutCitizenNumbers, speak_plainly
from portal.models.outbox import Notice
from portal.models.people import Agency, Invitation, Membership, User
from portal.models.places import LocalGovernment, Province
from portal.people import guessing
from portal.roles import LOCAL_ROLES, Role, Scope, scope_of
from portal.thai.digits import to_arabic


class ProfileForm(WithoutCitizenNumbers, PortalModelForm):
    """A person's own account."""

    class Meta:
        model = User
        fields = ["first_name", "last_name", "title", "phone", "email", "language", "shortcuts"]
        labels = {
            "first_name": _("First name"),
            "last_name": _("Last name"),
            "email": _("E-mail"),
            "shortcuts": _("Keyboard shortcuts: / to search, j and k to move in lists"),
        }
        help_texts = {
            "email": _("For news about your cases and for a forgotten password."),
            "title": _("As it stands below your signature."),
        }
        widgets = {
            "first_name": forms.TextInput({"autocomplete": "given-name"}),
            "last_name": forms.TextInput({"autocomplete": "family-name"}),
            "title": forms.TextInput({"autocomplete": "organization-title"}),
            "phone": forms.TextInput({"autocomplete": "tel", "inputmode": "tel"}),
            "email": forms.EmailInput({"autocomplete": "email"}),
            "language": Radios,
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["first_name"].required = self.fields["last_name"].required = True


class TokenForm(PortalForm):
    """A new key for a program."""

    name = forms.CharField(
        label=_("Name of the key"), max_length=80, help_text=_("For example the program that will use it.")
    )
    scope = forms.ChoiceField(
        label=_("What it may do"),
        choices=[("read", _("Read only")), ("write", _("Read and write"))],
        initial="read",
        widget=Radios,
    )
    days = forms.TypedChoiceField(
        label=_("Valid for"),
        choices=[(30, _("30 days")), (90, _("90 days")), (365, _("One year"))],
        coerce=int,
        initial=90,
        widget=Radios,
    )


def roles_for(user):
    """The roles that `user` may offer, as choices grouped by where they count."""
    everything = bool(access.holding(user, "portal.invite_anyone"))
    groups = {}
    for role in Role:
        if role in LOCAL_ROLES or (everything and role != Role.TIMER):
            groups.setdefault(scope_of(role).label, []).append((role.value, role.label))
    return list(groups.items())


FOUND = 100


def offices_for(user, text=""):
    """The local governments whose posts `user` may fill; for who may fill them all, those that `text` finds."""
    active = LocalGovernment.objects.active(clock.today())
    offices = LocalGovernment.objects.select_related("district", "province").in_thai_order()
    if access.holding(user, "portal.invite_anyone"):
        return (
            offices.filter(pk__in=list(active.search(text).values_list("pk", flat=True)[:FOUND]))
            if text
            else offices.none()
        )
    provinces = {held.province_id for held in access.holding(user, "portal.invite_province")}
    own = {held.local_government_id for held in access.holding(user, "portal.invite_colleague")}
    return offices.filter(Q(province__in=provinces) | Q(pk__in=own), pk__in=active)


class OfficeForm(PortalForm):
    """Which local governments to choose from."""

    marks_optional = False

    office = forms.CharField(
        label=_("Local government: name, province or code"),
        max_length=200,
        required=False,
        help_text=_("Leave it empty for a national or provincial role."),
        widget=forms.TextInput({"type": "search"}),
    )


class InviteForm(PortalForm):
    """Whom to invite into which post."""

    role = forms.ChoiceField(label=_("Role"))
    local_government = forms.ModelChoiceField(
        label=_("Local government"), queryset=LocalGovernment.objects.none(), required=False, empty_label=_("Choose")
    )
    province = forms.ModelChoiceField(
        label=_("Province"),
        queryset=Province.objects.order_by("name_sort_key"),
        required=False,
        empty_label=_("None"),
        help_text=_("For provincial officers."),
    )
    agency = forms.ChoiceField(
        label=_("Agency"),
        choices=[("", _("None")), *Agency.choices],
        required=False,
        help_text=_("For the sandbox roles: the agency that this person speaks for."),
    )
    full_name = forms.CharField(label=_("Name and surname"), max_length=160)
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("Without an address you print the letter with the code and hand it over."),
    )
    acting = forms.BooleanField(label=_("Acting in the post"), required=False)
    order_no = forms.CharField(
        label=_("Number of the order"),
        max_length=60,
        required=False,
        help_text=_("Needed for a person acting in the post."),
    )
    valid_to = ThaiDateField(
        label=_("Held until"),
        required=False,
        help_text=_("The first day on which the role no longer counts. Empty: no end."),
    )

    def __init__(self, *args, by, office="", **kwargs):
        super().__init__(*args, by=by, **kwargs)
        offices = offices_for(by, office)
        self.fields["role"].choices = [("", _("Choose")), *roles_for(by)]
        self.fields["local_government"].queryset = offices
        if not access.holding(by, "portal.invite_anyone"):
            del self.fields["province"], self.fields["agency"]
            self.fields["local_government"].required = True
            self.fields["local_government"].empty_label = None if offices.count() == 1 else _("Choose")
        elif not office:
            del self.fields["local_government"]

    def clean(self):
        cleaned = super().clean()
        scope = scope_of(cleaned.get("role"))
        if scope != Scope.LOCAL:
            cleaned["local_government"] = None
        if scope == Scope.LOCAL:
            cleaned["province"] = None
        return cleaned


class JoinForm(WithoutCitizenNumbers, PortalForm):
    """A new account for somebody who was invited."""

    marks_optional = False

    first_name = forms.CharField(
        label=_("First name"), max_length=150, widget=forms.TextInput({"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label=_("Last name"), max_length=150, widget=forms.TextInput({"autocomplete": "family-name"})
    )
    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        validators=[UnicodeUsernameValidator(message=_("Use letters, digits and . _ - @ without spaces."))],
        help_text=_("Latin letters, digits and . _ - without spaces. You sign in with it."),
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=500,
        help_text=_("At least 12 characters. Three words that only you put together work well."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("Password again"),
        strip=False,
        max_length=500,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def clean_username(self):
        username = User.normalize_username(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError(_("This user name is taken. Choose another."), code="taken")
        return username

    def clean(self):
        cleaned = super().clean()
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords differ. Enter the same one twice."))
        elif first:
            names = {name: cleaned.get(name, "") for name in ("username", "first_name", "last_name")}
            try:
                validate_password(first, User(**names))
            except ValidationError as error:
                self.add_error("password1", error)
        return cleaned

    def save(self, *, email, language):
        """The new account. Raises ValidationError when the name was taken meanwhile."""
        names = {name: self.cleaned_data[name] for name in ("username", "first_name", "last_name")}
        user = User(email=email, language=language, **names)
        user.set_password(self.cleaned_data["password1"])
        try:
            with transaction.atomic():
                user.save()
        except IntegrityError as error:
            raise ValidationError({"username": _("This user name is taken. Choose another.")}) from error
        return user


class CodeForm(PortalForm):
    """The code of an invitation."""

    marks_optional = False

    code = forms.CharField(
        label=_("Code from the letter"),
        max_length=60,
        help_text=_("Sixteen letters and digits, such as ABCD-EFGH-JKMN-PQRS."),
        widget=forms.TextInput(
            {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class EndForm(PortalForm):
    """The end of a post."""

    on = ThaiDateField(
        label=_("First day without the role"),
        required=False,
        help_text=_("Empty: at once."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("For example the number of the order, or “moved to another office”."),
    )

    def clean_on(self):
        day = self.cleaned_data["on"]
        if day and day < clock.today():
            raise ValidationError(_("Choose today or a day to come."), code="past")
        return day


def has_ended():
    """Posts that are over, as a condition."""
    return Q(revoked_at__isnull=False) | Q(valid_to__isnull=False, valid_to__lte=clock.today())


class PeopleFilter(django_filters.FilterSet):
    """How the list of posts narrows."""

    q = django_filters.CharFilter(label=_("Name"), method="named")
    role = django_filters.ChoiceFilter(
        label=_("Role"), choices=[one for one in Role.choices if one[0] != Role.TIMER], empty_label=_("All")
    )
    shown = django_filters.ChoiceFilter(
        label=_("Show"),
        choices=[("ended", _("Ended")), ("all", _("All"))],
        empty_label=_("Held now"),
        method="in_period",
        required=False,
    )

    class Meta:
        model = Membership
        fields = ["q", "role", "shown"]

    def filter_queryset(self, queryset):
        narrowed = super().filter_queryset(queryset)
        return narrowed if self.form.cleaned_data.get("shown") else narrowed.exclude(has_ended())

    def named(self, queryset, _name, value):
        for word in value.split()[:5]:
            queryset = queryset.filter(
                Q(user__first_name__icontains=word)
                | Q(user__last_name__icontains=word)
                | Q(user__username__icontains=word)
                | Q(local_government__name_th__icontains=word)
            )
        return queryset

    def in_period(self, queryset, _name, value):
        return queryset.filter(has_ended()) if value == "ended" else queryset


class InvitationFilter(django_filters.FilterSet):
    """How the list of invitations narrows."""

    q = django_filters.CharFilter(label=_("Name"), field_name="full_name", lookup_expr="icontains")
    role = django_filters.ChoiceFilter(
        label=_("Role"), choices=[one for one in Role.choices if one[0] != Role.TIMER], empty_label=_("All")
    )
    shown = django_filters.ChoiceFilter(
        label=_("Show"), choices=[("all", _("All"))], empty_label=_("Still open"), method="everything", required=False
    )

    class Meta:
        model = Invitation
        fields = ["q", "role", "shown"]

    def filter_queryset(self, queryset):
        narrowed = super().filter_queryset(queryset)
        if self.form.cleaned_data.get("shown"):
            return narrowed
        return narrowed.filter(accepted_at=None, revoked_at=None)

    def everything(self, queryset, _name, _value):
        return queryset


class OutboxFilter(django_filters.FilterSet):
    """How the outbox narrows."""

    q = django_filters.CharFilter(label=_("Address or subject"), method="mentions")
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[
            ("waiting", _("Waiting to be sent")),
            ("sent", _("Sent")),
            ("failed", _("Not delivered")),
            ("held", _("Held until the announcement")),
        ],
        empty_label=_("All"),
        method="in_state",
    )

    class Meta:
        model = Notice
        fields = ["q", "state"]

    def mentions(self, queryset, _name, value):
        return queryset.filter(Q(email__icontains=value) | Q(subject__icontains=value))

    def in_state(self, queryset, _name, value):
        match value:
            case "sent":
                return queryset.exclude(sent_at=None)
            case "failed":
                return queryset.dead()
            case "held":
                return queryset.unsent().held(clock.now())
        return queryset.unsent().released(clock.now())


class AppCode:
    """What allauth's forms of the second factor ask: the app's code, or one for the day without a telephone."""

    marks_optional = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"] = forms.CharField(
            label=_("Code"),
            max_length=20,
            widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}),
        )
        speak_plainly(self)

    def clean_code(self):
        self.cleaned_data["code"] = to_arabic(self.cleaned_data["code"]).replace(" ", "")
        return super().clean_code()


class CountedCode(AppCode):
    """A code that proves who somebody is: few are looked at, as with passwords."""

    def clean_code(self):
        guess = guessing.take(f"second factor {self.user.pk}")
        if guess is None:
            raise get_account_adapter().validation_error("too_many_login_attempts")
        code = super().clean_code()
        guessing.give_back(guess)
        return code


class SignInCode(CountedCode, mfa.AuthenticateForm):
    pass


class ConfirmCode(CountedCode, mfa.ReauthenticateForm):
    pass


class TurnOnCode(AppCode, totp.ActivateTOTPForm):
    pass
