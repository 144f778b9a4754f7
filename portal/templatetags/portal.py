"""The words and shapes that every template may use."""

from decimal import Decimal, InvalidOperation

from django import forms, template
from django.apps import apps
from django.contrib.humanize.templatetags.humanize import intcomma
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext, ngettext

from portal import clock, registry
from portal.lifecycles import lifecycle_of
from portal.roles import Outsider, Role
from portal.thai import dates, digits, money, units

register = template.Library()

TONES = {
    "ok": "open enacted finished recommended allocated in_request executing completed accepted active approved valid"
    " scaled live ready resolved closed graduated selected eligible passed confirmed in_service in_force sent done"
    " granted",
    "info": "submitted in_screening in_review scored reviewing deliberating announced requested checking assessing"
    " applied screening design exit_review selecting matching shortlisted running assigned reported contained"
    " pending_endorsement planned proposed waiting",
    "warn": "returned suspended paused incomplete waitlisted on_leave appealed late started",
    "bad": "not_recommended screened_out rejected revoked expired terminated stopped cancelled failed absent refused"
    " ineligible not_selected lapsed errors resigned not_allocated declined",
}
TONE_OF = {state: tone for tone, states in TONES.items() for state in states.split()}


register.filter(clock.last_minute)


def _day(value):
    return value.astimezone(clock.BANGKOK).date() if hasattr(value, "tzinfo") else value


def _or_dash(function):
    def filtered(value):
        return "–" if value in (None, "") else function(value)

    return filtered


register.filter("thaidate", _or_dash(lambda value: dates.thaidate(_day(value))))
register.filter("thaidate_short", _or_dash(lambda value: dates.thaidate_short(_day(value))))
register.filter("thaitime", _or_dash(dates.thaitime))
register.filter("thaidatetime", _or_dash(dates.thaidatetime))
register.filter("baht", _or_dash(money.baht))
register.filter("figures", _or_dash(money.figures))
register.filter("baht_text", _or_dash(money.baht_text))
register.filter("unit_name", _or_dash(units.unit_name))
register.filter("thaidigits", _or_dash(lambda value: digits.to_thai(str(value))))


@register.filter
def number(value):
    """`value` with commas; decimals as they are, but no zeros at the end of more than two."""
    if value in (None, ""):
        return "–"
    try:
        value = Decimal(str(value))
    except InvalidOperation:
        return value
    if value == value.to_integral_value():
        return intcomma(int(value), use_l10n=False)
    return intcomma(value.normalize() if value.as_tuple().exponent < -2 else value, use_l10n=False)


@register.filter
def million(value):
    """An amount in baht as millions with one decimal, for large figures beside their unit."""
    return "–" if value is None else f"{Decimal(value) / 1_000_000:,.1f}"


@register.filter
def days_left(value):
    """“in 3 days”, “today” or “2 days late”, counted in Bangkok's days; `value` is a date or a moment."""
    if value is None:
        return ""
    days = (_day(value) - clock.today()).days
    if days == 0:
        return gettext("today")
    if days > 0:
        return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}
    return ngettext("%(days)s day late", "%(days)s days late", -days) % {"days": -days}


@register.filter
def tone(state):
    """The tone of a state's badge: ok, info, warn, bad or quiet."""
    return TONE_OF.get(str(state), "quiet")


@register.simple_tag
def badge(state, label=None, tone=None):
    """The badge of a case, of a state, or of any `label`.

    `state` is an object with `state` and `get_state_display`, a member of a choices class, or a plain word. A case
    whose word means something else elsewhere says its `tone` itself.
    """
    if hasattr(state, "get_state_display"):
        tone = tone or getattr(state, "tone", None)
        state, label = state.state, label or state.get_state_display()
    context = {"label": label or getattr(state, "label", state), "tone": tone or TONE_OF.get(str(state), "quiet")}
    return mark_safe(render_to_string("portal/_badge.html", context).strip())  # noqa: S308


@register.simple_tag(takes_context=True)
def querystring_with(context, **changes):
    """The page's query with `changes`; None takes a key away. The place in a list is left behind."""
    query = context["request"].GET.copy()
    for name in ("cursor", "format"):
        query.pop(name, None)
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}" if query else context["request"].path


@register.simple_tag(takes_context=True)
def sort_header(context, name, label, numeric=False):
    """A column's head with its link to sort by `name`; a second use turns the order round."""
    ordering = context.get("ordering") or ""
    now = {name: "ascending", f"-{name}": "descending"}.get(ordering)
    wanted = f"-{name}" if now == "ascending" else name
    return format_html(
        '<th scope="col"{}{}><a href="{}"><span>{}</span><span class="arrow" aria-hidden="true"></span></a></th>',
        mark_safe(' class="number"') if numeric else "",
        format_html(' aria-sort="{}"', now) if now else "",
        querystring_with(context, ordering=wanted),
        label,
    )


@register.simple_tag
def field_errors(form, *names):
    """The messages of `form` (of these fields, or all) as pairs of id and text, for a summary with links."""
    return [
        (_control_id(form[name]) if name in form.fields else "", message)
        for name, messages in form.errors.items()
        if not names or name in names
        for message in messages
    ]


def _control_id(field):
    several = isinstance(field.field.widget, forms.MultiWidget | forms.RadioSelect | forms.CheckboxSelectMultiple)
    return f"{field.auto_id}_0" if several else field.id_for_label or field.auto_id


@register.simple_tag
def attributes(attrs):
    """The attributes of a widget as HTML."""
    return flatatt({name: str(value) if not isinstance(value, bool) else value for name, value in attrs.items()})


@register.simple_tag
def step_address(step_url, offer):
    """The address that takes `offer`: its own, or `step_url` with the step in place of the word STEP."""
    return offer.address or step_url.replace("STEP", offer.name)


@register.simple_tag
def main_offer(offers):
    """The offer that a page shows as its main button: the first on the way on, where nothing stands in its way."""
    first = next((offer for offer in offers if not (offer.step.danger or offer.step.aside)), None)
    return first if first and first.allowed else None


@register.simple_tag
def event_label(event):
    """What an event says happened: the label of its step, what its app calls it, or its verb."""
    family, _dot, name = event.verb.partition(".")
    return event_words(event) or (name or family).replace("_", " ").capitalize()


@register.filter
def event_words(event):
    """What an event says happened, in words of the reader's language; none where it has only its verb."""
    lifecycle = lifecycle_of(event)
    return lifecycle.steps[event.verb.partition(".")[2]][0].label if lifecycle else registry.said(event)


@register.filter
def event_state(event, field):
    """The state in `field` (`before` or `after`) of an event in words, as it is kept where no lifecycle names it."""
    state, lifecycle = getattr(event, field), lifecycle_of(event)
    return lifecycle.states(state).label if lifecycle and state in lifecycle.states.values else state


@register.filter
def case_name(event):
    """What kind of case an event belongs to, in words where its model has them."""
    try:
        return str(apps.get_model(event.case_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return event.case_type


@register.filter
def role_label(role):
    """The name of a role from its code."""
    return next((kind(role).label for kind in (Role, Outsider) if role in kind.values), role)


@register.simple_tag(takes_context=True)
def show_panel(context, panel):
    """A registered panel, drawn by the template of the app that it comes from."""
    return mark_safe(render_to_string(panel.template, {**context.flatten(), **panel.context}))  # noqa: S308


@register.simple_tag
def url_if_any(name, *args, **kwargs):
    """The address of `name`, or nothing where this portal has no such page."""
    try:
        return reverse(name, args=args, kwargs=kwargs)
    except NoReverseMatch:
        return ""


@register.simple_tag
def icon(name):
    """A line drawing by name, for decoration beside words."""
    return mark_safe(render_to_string(f"portal/icons/{name}.svg").strip())  # noqa: S308


@register.simple_block_tag
def card(content, title="", level=2):
    """`content` on a card, under `title`."""
    return render_to_string("portal/_card.html", {"content": content, "title": title, "level": level, "shape": "card"})


@register.simple_block_tag
def panel(content, title="", level=2):
    """`content` on a quiet ground, under `title`."""
    return render_to_string("portal/_card.html", {"content": content, "title": title, "level": level, "shape": "panel"})


@register.simple_block_tag
def breadcrumb(content):
    """The way here, as list items; home comes first by itself."""
    return render_to_string("portal/_breadcrumb.html", {"content": content, "language": get_language()})


@register.simple_block_tag
def listing(content, caption, as_cards=True, hide_caption=False):
    """A table (its thead, tbody, tfoot are `content`) that scrolls on its own and turns to cards on a phone.

    Each `td` carries its column's head in `data-label`; the row's own name is a `th scope="row"`.
    """
    context = {"content": content, "caption": caption, "as_cards": as_cards, "hide_caption": hide_caption}
    return render_to_string("portal/_table.html", context)


@register.simple_block_tag
def fold(content, on=0, is_open=False):
    """Filters behind a summary on phones, plain on wide screens; `on` is the number of filters that are on."""
    return render_to_string("portal/_fold.html", {"content": content, "on": on, "is_open": is_open})
