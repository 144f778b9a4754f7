"""What a step asks of the person. Page and API clean their input with the same form."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.forms import PortalForm


class StepForm(PortalForm):
    """A form that knows the case and the person, for limits and choices that depend on them."""


class NoteForm(StepForm):
    note = forms.CharField(label=_("Note"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class ReasonForm(StepForm):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Give the reason.")},
    )


class Rows(forms.Field):
    """A list of objects, each with the named text members: from JSON as it is, from a page by `key-index`.

    Members that are `optional` may be left out, and are then "".
    """

    def __init__(self, *, members, optional=(), **kwargs):
        super().__init__(**kwargs)
        self.members, self.optional = members, optional

    def to_python(self, value):
        if value in self.empty_values:
            return []
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise forms.ValidationError(_("Give a list of objects."), code="invalid")
        rows, names = [], ", ".join(self.members)
        for row in value:
            if set(row) - {*self.members, *self.optional}:
                names = ", ".join([*self.members, *self.optional])
                raise forms.ValidationError(_("Each row has these members: %(names)s.") % {"names": names})
            given = [row.get(member) for member in self.members]
            if not all(isinstance(text, str) and text.strip() for text in given):
                raise forms.ValidationError(_("Fill every member of each row: %(names)s.") % {"names": names})
            more = {member: row.get(member, "") for member in self.optional}
            if not all(isinstance(text, str) for text in more.values()):
                raise forms.ValidationError(_("Give a text."), code="invalid")
            rows.append({member: text.strip() for member, text in {**row, **more}.items()})
        return rows
