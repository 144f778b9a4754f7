"""What each step of the budget asks."""

from datetime import datetime
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from budgets.judging import screening
from budgets.models import FocusTheme, Meeting
from budgets.money import report_signing
from budgets.states import Route, Section
from budgets.writing import canonical, signing
from budgets.writing.drafting import planned_baht
from portal import clock
from portal.fields import BahtFormField, ThaiDateField, ThaiDateTimeField
from portal.forms import MoneyInput, ThaiDateInput, ThaiDateTimeInput, UploadInput
from portal.step_forms import NoteForm, ReasonForm, Rows, StepForm
from portal.thai.dates import thaidate
from portal.thai.money import baht
from portal.thai.workdays import add_working_days

TEXT = forms.Textarea(attrs={"rows": 4})


class SubmitForm(StepForm):
    letter_no = forms.CharField(label=_("Number of the cover letter"), required=False, max_length=80)


class AttestForm(StepForm):
    """What stands on the page that was signed: by whom, in which post, when, and the code of the text."""

    scan = forms.FileField(
        label=_("The signed page, scanned or photographed"), widget=UploadInput(kinds=("pdf", "jpg", "png"))
    )
    text_code = forms.CharField(
        label=_("Code on the page"),
        help_text=_("Four groups of four, below the signature. It shows that this very text was signed."),
        max_length=100,
        widget=forms.TextInput({"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )
    signed_on = ThaiDateField(label=_("Signed on"), widget=ThaiDateInput)
    signer = forms.ChoiceField(label=_("Who signed"), required=False)
    signer_name = forms.CharField(label=_("Name of who signed"), max_length=200, required=False,
                                  help_text=_("Only for somebody without an account here."))  # fmt: skip
    signer_title = forms.CharField(label=_("Position of who signed"), max_length=200, required=False)
    order_no = forms.CharField(label=_("Number of the order to act"), max_length=60, required=False,
                               help_text=_("Where somebody acts in the post."))  # fmt: skip
    letter_no = forms.CharField(label=_("Number of the cover letter"), required=False, max_length=80)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        held = list(signing.posts(self.case.local_government)) if self.case is not None else []
        people = {post.user.username: str(post.user) for post in held}
        self.fields["signer"].choices = [*people.items(), ("", _("Somebody without an account here"))]
        in_post = [post.user.username for post in held if post.is_in_force(clock.today())]
        self.initial.setdefault("signer", next(iter(in_post), ""))

    def clean_signed_on(self):
        day = self.cleaned_data["signed_on"]
        if day > clock.today():
            raise forms.ValidationError(_("The day lies in the future."))
        return day

    def clean_text_code(self):
        code = "".join(self.cleaned_data["text_code"].replace("-", " ").split()).lower()
        if len(code) < canonical.SHORTEST_CODE or set(code) - set("0123456789abcdef"):
            raise forms.ValidationError(_("The code has four groups of four of the characters 0-9 and a-f."))
        return code

    def clean(self):
        cleaned = super().clean()
        day, name = cleaned.get("signed_on"), cleaned.get("signer")
        if day is None or "signer" in self.errors:
            return cleaned
        in_post = list(signing.posts(self.case.local_government).filter(signing.held_on(day)))
        cleaned["signer"] = next((post for post in in_post if post.user.username == name), None)
        if name and cleaned["signer"] is None:
            self.add_error("signer", _("This person did not hold the post on that day."))
        elif not name:
            for field in ("signer_name", "signer_title"):
                if not cleaned.get(field):
                    self.add_error(field, _("Write it as it stands on the page."))
            if in_post and not cleaned.get("order_no"):
                text = _("%(name)s held the post on that day: choose them, or give the order by which another acted.")
                self.add_error("order_no", text % {"name": in_post[0].user})
        return cleaned


class AttestReportForm(AttestForm):
    """The same of a quarterly report, which has no cover letter."""

    letter_no = None


class SaysWhatDiffers:
    """Attesting on the page, where a code that does not fit is said at its box, and nothing typed is lost."""

    def clean_text_code(self):
        code = super().clean_text_code()
        if not canonical.fits_code(self.text(), code):
            raise forms.ValidationError(signing.DIFFERS)
        return code


class AttestFromPageForm(SaysWhatDiffers, AttestForm):
    def text(self):
        return signing.text_of(self.case)


class AttestReportFromPageForm(SaysWhatDiffers, AttestReportForm):
    def text(self):
        return report_signing.text_sha256(self.case)


class ReturnForm(StepForm):
    """Sections with reasons: over the API as `sections`, on a page as one reason box for each section."""

    sections = Rows(members=("section", "reason"), required=False, widget=forms.HiddenInput)
    prices_only = forms.BooleanField(
        label=_("Open the items for their prices only"),
        required=False,
        help_text=_(
            "For a price standard that was replaced or a quotation that ended: what is bought and how many stay, and no"
            " more can be asked than at first."
        ),
    )
    due_on = ThaiDateField(label=_("To be revised by"), required=False)
    letter_no = forms.CharField(label=_("Letter number"), required=False, max_length=80)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.initial.setdefault("due_on", self.default_due())

    def default_due(self):
        return add_working_days(clock.today(), self.case.round.return_working_days)

    @property
    def reasons(self):
        """For the page: (section, what was typed) pairs."""
        return [(section, self.data.get(f"reason-{section}", "") if self.is_bound else "") for section in Section]

    def clean_due_on(self):
        due_on = self.cleaned_data["due_on"] or self.default_due()
        if due_on <= clock.today():
            raise forms.ValidationError(_("The date must lie in the future."))
        return due_on

    def clean_sections(self):
        rows = self.cleaned_data["sections"] or [
            {"section": section, "reason": text.strip()} for section, text in self.reasons if text.strip()
        ]
        if not rows:
            raise forms.ValidationError(_("Choose at least one section and write what must be changed."))
        names = [row["section"] for row in rows]
        if any(name not in Section.values for name in names):
            raise forms.ValidationError(_("There is no such section."))
        if len(set(names)) != len(names):
            raise forms.ValidationError(_("Name each section once."))
        return rows

    def clean_prices_only(self):
        names = {row["section"] for row in self.cleaned_data.get("sections") or []}
        if self.cleaned_data["prices_only"] and names != {Section.ITEMS}:
            raise forms.ValidationError(_("For prices only, give a reason at the items and at nothing else."))
        return self.cleaned_data["prices_only"]


class PassScreeningForm(StepForm):
    note = forms.CharField(label=_("Note to the reviewers"), required=False, max_length=4000, widget=TEXT)


class PassFromDeskForm(PassScreeningForm):
    """Passing on from the page, where the checklist lies beside the case: none of its lines stays without an answer."""

    def clean(self):
        if left := screening.unanswered(self.case):
            raise forms.ValidationError(screening.answers_wanted(left))
        return super().clean()


class ConfirmScreenOutForm(StepForm):
    reason = forms.CharField(label=_("Reason, as proposed"), required=False, max_length=4000, widget=TEXT)


class ResolutionForm(StepForm):
    """The meeting that resolved; or, where it is not recorded here, the resolution's number and date."""

    meeting = forms.ModelChoiceField(
        label=_("Meeting"),
        queryset=Meeting.objects.none(),
        required=False,
        empty_label=_("Not recorded here: number and date below"),
    )
    resolution_no = forms.CharField(
        label=_("Resolution number"),
        help_text=_("With a meeting chosen, leave it empty for the number of the meeting."),
        required=False,
        max_length=80,
    )
    resolution_on = ThaiDateField(label=_("Date of the meeting"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.case is not None:
            meetings = Meeting.objects.for_round(self.case.round).held_by(clock.today())
            self.fields["meeting"].queryset = meetings.order_by("-on", "-pk")
            self.fields["meeting"].label_from_instance = lambda meeting: f"{meeting.number} · {thaidate(meeting.on)}"

    def clean_resolution_on(self):
        day = self.cleaned_data["resolution_on"]
        if day and day > clock.today():
            raise forms.ValidationError(_("The meeting cannot lie in the future."))
        return day

    def clean(self):
        cleaned = super().clean()
        meeting = cleaned.get("meeting")
        if meeting:
            cleaned["resolution_no"] = cleaned.get("resolution_no") or meeting.number
            cleaned["resolution_on"] = meeting.on
            return cleaned
        for name in ("resolution_no", "resolution_on"):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Choose the meeting, or give the resolution's number and date."))
        return cleaned


class RecommendForm(ResolutionForm):
    amount_baht = BahtFormField(label=_("Amount recommended (baht)"))

    field_order = ["amount_baht", "meeting", "resolution_no", "resolution_on"]

    def clean_amount_baht(self):
        return positive(self.cleaned_data["amount_baht"])


class NotRecommendForm(ResolutionForm):
    reason = forms.CharField(label=_("Reason for the local government"), max_length=4000, widget=TEXT)


class RemapForm(ReasonForm):
    theme = forms.ModelChoiceField(label=_("Focus theme"), queryset=FocusTheme.objects.none(), empty_label=_("Choose"))

    field_order = ["theme", "reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.case is not None:
            others = self.case.round.themes.exclude(pk=self.case.theme_id, edition=self.case.theme_edition)
            self.fields["theme"].queryset = others.order_by("position", "pk")


class LeaveOutForm(ReasonForm):
    pass


class ProposeAllocationForm(StepForm):
    amount_baht = BahtFormField(label=_("Amount to allocate (baht)"))
    reference = forms.CharField(label=_("Reference"), max_length=200, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.case is not None and self.case.is_statutory:
            self.fields["amount_baht"].label = _("Figure of the Act (baht)")
            self.fields["reference"].label = _("Where the Act names it")
            self.fields["reference"].help_text = _(
                "The Act itself gives this local government its money; the portal only records it. Volume, page and"
                " item; left empty, the reference of the Act stands."
            )

    def clean_amount_baht(self):
        return positive(self.cleaned_data["amount_baht"])


class AllocateForm(StepForm):
    amount_baht = BahtFormField(label=_("Amount, as proposed (baht)"))


class GrantCarryOverForm(StepForm):
    """The authority's letter. Amount and day are those that were asked for, unless the letter says less or sooner."""

    authority = forms.CharField(
        label=_("Authority"), help_text=_("Who decided, for example the Comptroller General."), max_length=160
    )
    letter_no = forms.CharField(label=_("Letter number"), max_length=80)
    letter_on = ThaiDateField(label=_("Date of the letter"), widget=ThaiDateInput)
    amount_baht = BahtFormField(label=_("Amount granted (baht)"), required=False, widget=MoneyInput)
    until = ThaiDateField(label=_("To be paid until"), required=False, widget=ThaiDateInput)
    letter = forms.FileField(label=_("The letter"), required=False, widget=UploadInput(kinds=("pdf",)))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.case.is_extension:
            del self.fields["amount_baht"]
        if not self.is_bound:
            self.initial.setdefault("amount_baht", self.case.amount_baht)
            self.initial.setdefault("until", self.case.until)

    def clean_amount_baht(self):
        amount = self.cleaned_data["amount_baht"]
        return amount if amount is None else positive(amount)

    def clean_letter_on(self):
        day = self.cleaned_data["letter_on"]
        if day > clock.today():
            raise forms.ValidationError(_("The letter cannot be dated in the future."))
        return day


class ConfirmFromPageForm(NoteForm):
    """Confirming on the page, where the allocation lies beside the plan: where they differ, a word says how it fits."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if planned_baht(self.case) != self.case.allocated_baht:
            note = self.fields["note"]
            note.required = True
            note.label = _("How the project fits what was allocated")
            note.help_text = _("What is left out, or which money of your own pays for the rest.")
            note.error_messages["required"] = _("The plan differs from the allocation: say how it fits.")


class DeclineAllocationForm(ReasonForm):
    pass


class ClosingForm(NoteForm):
    """How a project ends: what is given back of the money, and under which document."""

    returned_baht = BahtFormField(label=_("Money returned (baht)"), required=False)
    reference = forms.CharField(label=_("Document of the return"), required=False, max_length=200)

    def clean_returned_baht(self):
        return self.cleaned_data["returned_baht"] or Decimal(0)


class TerminateForm(ClosingForm):
    reason = forms.CharField(label=_("Reason"), max_length=4000, widget=TEXT)


class DecideAppealForm(ReasonForm):
    field_order = ["upheld", "reason"]

    upheld = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("true", _("The appeal is upheld: the case goes back")), ("false", _("The appeal is dismissed"))],
        coerce=lambda value: str(value).lower() == "true",
        widget=forms.RadioSelect,
    )

    def __init__(self, data=None, *args, **kwargs):
        if data is not None and isinstance(data.get("upheld"), bool):
            data = {**data, "upheld": "true" if data["upheld"] else "false"}
        super().__init__(data, *args, **kwargs)


class AnnounceForm(NoteForm):
    pass


class SendRequestForm(StepForm):
    request_reference = forms.CharField(label=_("Letter number of the request"), max_length=200, required=False)


class EnactForm(StepForm):
    """The Act and its figures, each with where the Act names it. Ceilings left out are those that were announced."""

    act_reference = forms.CharField(label=_("Reference of the Act"), max_length=200)
    enacted_baht = BahtFormField(label=_("Enacted for the round (baht)"), required=False, widget=MoneyInput)
    themes = Rows(members=("theme", "amount_baht"), optional=("reference",), required=False, widget=forms.HiddenInput)
    routes = Rows(members=("route", "amount_baht"), optional=("reference",), required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.round_themes = list(self.case.themes.order_by("position", "pk"))
        self.ceiling_names = {}
        for theme in self.round_themes:
            self._add(f"theme_{theme.pk}", theme.name, theme.ceiling_baht)
        for route in Route:
            self._add(f"route_{route}", route.label)
        if not self.is_bound:
            self.initial.setdefault("enacted_baht", self.case.ceiling_baht)

    def _add(self, name, label, amount=None):
        """The box of a ceiling and, after it, of where the Act names it."""
        self.ceiling_names[name] = label
        self.fields[name] = BahtFormField(label=_("Amount (baht)"), required=False, initial=amount, widget=MoneyInput)
        self.fields[f"{name}_reference"] = forms.CharField(
            label=_("Where the Act names it"), required=False, max_length=200
        )

    @property
    def pairs(self):
        """For the page: (heading, [(name, amount box, reference box)]) of the themes, then of the routes."""
        kinds = ((_("Ceilings by theme"), "theme_"), (_("Ceilings by route"), "route_"))
        return [
            (
                heading,
                [
                    (label, self[name], self[f"{name}_reference"])
                    for name, label in self.ceiling_names.items()
                    if name.startswith(kind)
                ],
            )
            for heading, kind in kinds
        ]

    def clean(self):
        cleaned = super().clean()
        by_id = {str(theme.pk): theme for theme in self.round_themes}
        announced = {t: t.ceiling_baht for t in self.round_themes if t.ceiling_baht is not None}
        references = {}
        no_theme, no_route = _("This theme is not in the round."), _("There is no such route.")
        cleaned["themes"] = announced | self._ceilings(cleaned, "theme", by_id, references, no_theme)
        cleaned["routes"] = self._ceilings(cleaned, "route", {r.value: r.value for r in Route}, references, no_route)
        cleaned["enacted_baht"] = cleaned.get("enacted_baht") or self.case.ceiling_baht
        cleaned["references"] = references
        return cleaned

    def _ceilings(self, cleaned, kind, known, references, unknown):
        """What was given for each of `known`, in a box of its own or in a row; `references` gets where it stands."""
        rows = cleaned.get(f"{kind}s") or []
        for key in known:
            amount, where = cleaned.pop(f"{kind}_{key}", None), cleaned.pop(f"{kind}_{key}_reference", "")
            if amount is not None:
                rows = [{kind: key, "amount_baht": amount, "reference": where}, *rows]
            elif where:
                references[f"{kind}:{key}"] = where
        found = {}
        for row in rows:
            if row[kind] not in known:
                self.add_error(f"{kind}s", unknown)
                continue
            found[known[row[kind]]] = self._money(row["amount_baht"], f"{kind}s")
            references[f"{kind}:{row[kind]}"] = row["reference"][:200]
        return found

    def _money(self, given, name):
        if isinstance(given, Decimal):
            return given
        try:
            return BahtFormField().clean(given)
        except forms.ValidationError as error:
            self.add_error(name, error)


class ChangeCeilingsForm(ReasonForm):
    """A later enactment: its reference and day, and each enacted ceiling as it is from then on."""

    reference = forms.CharField(
        label=_("Reference of the enactment"),
        help_text=_("A supplementary Act, a transfer by Act, or the order that cuts; volume and page."),
        max_length=200,
    )
    enacted_on = ThaiDateField(label=_("Date of the enactment"), widget=ThaiDateInput)
    ceilings = Rows(members=("ceiling", "amount_baht"), required=False, widget=forms.HiddenInput)

    field_order = ["reference", "enacted_on", "reason", "ceilings"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        order = {"": 0, "theme": 1, "route": 2}
        found = list(self.case.ceilings.select_related("theme", "round"))
        self.held = sorted(found, key=lambda one: (order[one.key.partition(":")[0]], one.pk))
        for ceiling in self.held:
            label = str(ceiling) if ceiling.key else _("The whole round")
            used = _("Now %(amount)s, of which %(allocated)s is allocated.")
            self.fields[f"ceiling_{ceiling.pk}"] = BahtFormField(
                label=label,
                required=False,
                initial=ceiling.amount_baht,
                help_text=used % {"amount": baht(ceiling.amount_baht), "allocated": baht(ceiling.allocated_baht)},
                widget=MoneyInput,
            )

    @property
    def ceiling_fields(self):
        """For the page: the box of each ceiling."""
        return [self[f"ceiling_{ceiling.pk}"] for ceiling in self.held]

    def clean_enacted_on(self):
        day = self.cleaned_data["enacted_on"]
        if day > clock.today():
            raise forms.ValidationError(_("The date must not lie in the future."))
        return day

    def clean(self):
        """`amounts`, `{key: baht}`, of the boxes filled in and of the rows, which name ceilings by their id."""
        cleaned = super().clean()
        amounts, by_id = {}, {str(ceiling.pk): ceiling for ceiling in self.held}
        for ceiling in self.held:
            if (amount := cleaned.pop(f"ceiling_{ceiling.pk}", None)) is not None:
                amounts[ceiling.key] = amount
        for row in cleaned.pop("ceilings", None) or []:
            if row["ceiling"] not in by_id:
                self.add_error("ceilings", _("This round has no such ceiling."))
                continue
            try:
                amounts[by_id[row["ceiling"]].key] = BahtFormField().clean(row["amount_baht"])
            except forms.ValidationError as error:
                self.add_error("ceilings", error)
        cleaned["amounts"] = amounts
        return cleaned


class ChangeCeilingsFromPageForm(ChangeCeilingsForm):
    """The same on the page, where a ceiling that is too low is said at its box, and nothing typed is lost."""

    def clean(self):
        cleaned = super().clean()
        for ceiling in self.held:
            if cleaned["amounts"].get(ceiling.key, ceiling.allocated_baht) < ceiling.allocated_baht:
                text = _("%(allocated)s is already allocated: revise allocations first, or give a higher ceiling.")
                self.add_error(f"ceiling_{ceiling.pk}", text % {"allocated": baht(ceiling.allocated_baht)})
        if not self.errors and all(cleaned["amounts"].get(c.key, c.amount_baht) == c.amount_baht for c in self.held):
            self.add_error(None, _("No ceiling differs from what it is now."))
        return cleaned


class AmendForm(ReasonForm):
    """New dates of a round: any that is not yet past, to any moment from now on."""

    opens_at = ThaiDateTimeField(label=_("Opens"), required=False, widget=ThaiDateTimeInput)
    closes_at = ThaiDateTimeField(label=_("Closes"), required=False, widget=ThaiDateTimeInput)
    screening_due_on = ThaiDateField(label=_("Screening due"), required=False, widget=ThaiDateInput)
    review_due_on = ThaiDateField(label=_("Review due"), required=False, widget=ThaiDateInput)
    announces_on = ThaiDateField(label=_("Results expected"), required=False, widget=ThaiDateInput)

    field_order = ["opens_at", "closes_at", "screening_due_on", "review_due_on", "announces_on", "reason"]

    DATES = ("opens_at", "closes_at", "screening_due_on", "review_due_on", "announces_on")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            for name in self.DATES:
                self.initial.setdefault(name, getattr(self.case, name))

    def clean(self):
        cleaned = super().clean()
        for name in self.DATES:
            new, old = cleaned.get(name), getattr(self.case, name)
            if new is None or to_the_minute(new) == to_the_minute(old):
                cleaned.pop(name, None)
                continue
            now = clock.now() if name.endswith("_at") else clock.today()
            if old is not None and old < now:
                self.add_error(name, _("This date has passed and stays as it is."))
            elif new < now:
                self.add_error(name, _("The date must not lie in the past."))
        return cleaned


def to_the_minute(moment):
    """A moment as it stands in its box; days and None as they are."""
    return moment.replace(second=0, microsecond=0) if isinstance(moment, datetime) else moment


def positive(amount):
    """`amount`, refused when it is not above zero."""
    if amount is None or amount <= 0:
        raise forms.ValidationError(_("Give an amount above zero."))
    return amount
