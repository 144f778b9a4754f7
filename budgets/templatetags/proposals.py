"""How the parts of a proposal are said on pages and in letters."""

from django import template
from django.utils.translation import gettext as _

from budgets import states
from budgets.writing import choosing, copying, people
from portal import states as portal_states
from training import seams

register = template.Library()


@register.filter
def label_of(value, choices):
    """The label of `value` in the named choices of our states, as in `code|label_of:"SmartDimension"`."""
    known = getattr(states, choices, None) or getattr(portal_states, choices)
    return known(value).label if value in known.values else value


@register.filter
def is_in(value, several):
    """Whether `value` is one of `several`."""
    return value in (several or ())


@register.filter
def plain_number(value):
    """A decimal without the zeros that its column pads it with."""
    if value in (None, ""):
        return "–"
    shown = f"{value:,f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


@register.filter
def blocks(text, size=8):
    """A long code in blocks, so that it can be read aloud and compared."""
    return [text[start : start + size] for start in range(0, len(text), size)]


@register.filter
def document_name(proposal, kind):
    """What the round's checklist calls a kind of document."""
    return next((one.name for one in proposal.round.documents.all() if one.kind == kind), _("Other documents"))


@register.simple_tag
def chosen_warnings(proposal):
    """The chosen listings of a proposal that may no longer be chosen: `item`, `text`, `url` of each."""
    return choosing.warnings_of(proposal)


@register.simple_tag
def carried_score(proposal):
    """The case of last year whose score this one carries (`budgets.writing.copying.carried`), or None."""
    return copying.carried(proposal) if proposal.copied_from_id else None


@register.simple_tag(takes_context=True)
def trained_people(context, proposal):
    """Who of the office has the training that the round demands (`people.Standing`); None where it demands nobody."""
    if not proposal.round.needs_trained_person:
        return None
    return people.standing(proposal, seen_by=context.get("user"))


@register.simple_tag
def course_catalogue():
    """The address of the catalogue of courses."""
    return seams.catalogue()
