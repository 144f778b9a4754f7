"""What the public lists can be asked: each question with its two answers, by columns today and by bodies on a day past.

A `Parameter` reads a text of the query (ValueError: 400), narrows a queryset by the values given (any of them), and
judges a body as it was. The members of bodies are those of `providers.public.bodies`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.api.problems import BadParameter
from portal.models import Province
from portal.states import SmartDimension
from portal.thai.digits import to_arabic
from providers.identity import SCHEME, juristic_number
from providers.public.search import folded, words
from providers.querysets import stands
from providers.states import RUNNING, ListingState, ProductKind

CODE = re.compile(r"[a-z0-9_]{1,40}")
KEY = re.compile(r"[1-9][0-9]{0,17}")
DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
PROVINCE = re.compile(r"[0-9]{2}")
BUDDHIST_FROM = 2400
MOST = 30


@dataclass(frozen=True)
class Parameter:
    """One question of a list. `narrow(rows, values, moment)` and `fits(body, values, moment)`: see `Moment`."""

    name: str
    read: Callable
    narrow: Callable
    fits: Callable
    about: str
    schema: dict = field(default_factory=lambda: {"type": "string"})
    is_single: bool = False


def value_of(text, pattern):
    if not pattern.fullmatch(text):
        raise ValueError(text)
    return text


def code(text):
    return value_of(text, CODE)


def key(text):
    return int(value_of(text, KEY))


def one_of(choices):
    def read(text):
        if text not in choices.values:
            raise ValueError(text)
        return text

    return read


def choice_schema(choices):
    return {"type": "string", "enum": list(choices.values)}


def province(text):
    return value_of(text, PROVINCE)


def baht(text):
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not amount.is_finite() or not 0 <= amount < 10**15 or amount != round(amount, 2):
        raise ValueError(text)
    return amount


def identifier(text):
    scheme, colon, number = text.partition(":")
    if colon and scheme != SCHEME:
        raise ValueError(text)
    try:
        return juristic_number(number if colon else scheme)
    except ValidationError as error:
        raise ValueError(text) from error


def phrase(text):
    if not 0 < len(text) <= 100:
        raise ValueError(text)
    return text


def day_in(text):
    """The date in `text`: ISO, of the common or (from 2400 on) the Buddhist era. Raises ValueError."""
    found = DAY.fullmatch(to_arabic(text))
    if not found:
        raise ValueError(text)
    year, month, day = map(int, found.groups())
    return date(year - 543 if year >= BUDDHIST_FROM else year, month, day)


def past_day(text, name):
    """The date in `text`, today at the latest; 400 otherwise."""
    try:
        day = day_in(text)
    except ValueError:
        detail = _("Write a date as YYYY-MM-DD, of the common or the Buddhist era.")
        raise BadParameter({name: detail}, code="bad_date") from None
    if day > clock.today():
        raise BadParameter({name: _("This day has not come yet.")}, code="future_date")
    return day


# The questions about a product


def _every_word(text, values):
    return all(word in text for value in values for word in words(value))


def _product_text(body):
    provider = body["provider"]
    return folded(
        body["name_th"], body["name_en"], provider["name_th"], provider["name_en"], provider["juristic_number"]
    )


def _searched(rows, values, moment):
    for value in values:
        rows = rows.search(value)
    return rows


def _serves(body, codes, moment):
    return body["is_nationwide"] or bool(set(codes) & set(body["provinces"]))


def _serving(rows, codes, moment):
    served = rows.model.provinces.through.objects.filter(province__in=Province.objects.filter(code__in=codes))
    return rows.filter(Q(is_nationwide=True) | Q(pk__in=served.values("product")))


def _prices(body, day):
    today = day.isoformat()
    return [
        Decimal(one["price_baht"])
        for one in body["prices"]
        if one["valid_from"] <= today and (one["valid_until"] is None or one["valid_until"] >= today)
    ]


def _in_categories(body, codes, moment):
    return bool(moment.categories_within(tuple(codes)) & set(body["categories"]))


def _certified(body, kinds, moment):
    providers, products = moment.holders(tuple(kinds))
    return body["provider"]["id"] in providers or body["id"] in products


def certifications_in_force(body, kinds, day):
    """Of a provider's body: its certifications of these kinds that cover `day`."""
    today = day.isoformat()
    return [
        one
        for one in body["certifications"]
        if one["kind"] in kinds
        and one["issued_on"] <= today
        and (one["expires_on"] is None or one["expires_on"] >= today)
        and (one["withdrawn_on"] is None or one["withdrawn_on"] > today)
    ]


def _in_status(rows, states, moment):
    found = Q(pk__in=[])
    for state in states:
        found |= stands(state, moment.day)
    return rows.filter(moment.late.in_states(found, states))


def _is_in_status(body, states, moment):
    return body["status"] in states


STATUS = Parameter(
    "status", one_of(ListingState), _in_status, _is_in_status, "Any of these states", choice_schema(ListingState)
)
PRICE_RANGE = {"price_min", "price_max"}
OF_PRODUCTS = [
    Parameter(
        "kind",
        one_of(ProductKind),
        lambda rows, values, moment: rows.filter(kind__in=values),
        lambda body, values, moment: body["kind"] in values,
        "Any of these kinds of product",
        choice_schema(ProductKind),
    ),
    Parameter(
        "category",
        code,
        lambda rows, values, moment: rows.in_categories(values),
        _in_categories,
        "Any of these categories, or of those within them",
    ),
    Parameter(
        "dimension",
        one_of(SmartDimension),
        lambda rows, values, moment: rows.with_dimensions(values),
        lambda body, values, moment: bool(set(values) & set(body["dimensions"])),
        "Any of these dimensions of a smart city",
        choice_schema(SmartDimension),
    ),
    Parameter(
        "certification",
        code,
        lambda rows, values, moment: rows.certified(values, moment.day),
        _certified,
        "Certified on the day by the company or for the product, any of these kinds",
    ),
    Parameter("serving", province, _serving, _serves, "Offered in any of these provinces (codes)"),
]


def priced(rows, low, high, moment):
    """Those with one price in force that is at least `low` and at most `high` (None: no bound)."""
    prices = rows.model.prices.rel.related_model.objects.in_force(moment.day)
    if low is not None:
        prices = prices.filter(price_baht__gte=low)
    if high is not None:
        prices = prices.filter(price_baht__lte=high)
    return rows.filter(pk__in=prices.values("product"))


def is_priced(body, low, high, moment):
    return any((low is None or price >= low) and (high is None or price <= high) for price in _prices(body, moment.day))


def _bound(name, about):
    never = lambda *_args: None  # noqa: E731 - both bounds are asked together, by `priced`
    return Parameter(name, baht, never, never, about, {"type": "string", "examples": ["100000.00"]}, is_single=True)


BOUNDS = [
    _bound("price_min", "A price in force of at least so many baht"),
    _bound("price_max", "A price in force of at most so many baht"),
]
PRODUCT = [
    STATUS,
    *OF_PRODUCTS,
    *BOUNDS,
    Parameter(
        "provider",
        key,
        lambda rows, values, moment: rows.filter(provider__in=values),
        lambda body, values, moment: int(body["provider"]["id"]) in values,
        "Of any of these providers (ids)",
    ),
    Parameter(
        "q",
        phrase,
        _searched,
        lambda body, values, moment: _every_word(_product_text(body), values),
        "Words in the names of product or company; tone marks do not matter",
        is_single=True,
    ),
]


# The questions about a company


def _company_text(body):
    names = [body["name_th"], body["name_en"], body["juristic_number"]]
    for product in body["products"]:
        names += [product["name_th"], product["name_en"]]
    return folded(*names)


PROVIDER = [
    STATUS,
    Parameter(
        "province",
        province,
        lambda rows, values, moment: rows.filter(province__in=Province.objects.filter(code__in=values)),
        lambda body, values, moment: body["province"] in values,
        "Registered in any of these provinces (codes)",
    ),
    Parameter(
        "identifier",
        identifier,
        lambda rows, values, moment: rows.filter(juristic_number__in=values),
        lambda body, values, moment: body["juristic_number"] in values,
        "Juristic number, as TH-DBD:0105… or alone",
    ),
    Parameter(
        "q",
        phrase,
        _searched,
        lambda body, values, moment: _every_word(_company_text(body), values),
        "Words in the names of the company or its products, or its number; tone marks do not matter",
        is_single=True,
    ),
    *OF_PRODUCTS,
    *BOUNDS,
]


# The questions about a listing


def _listing_in(rows, states, moment):
    found = Q(pk__in=[])
    for state in states:
        if state in RUNNING:
            found |= Q(state=state, valid_until__gte=moment.day)
        elif state == ListingState.EXPIRED:
            found |= Q(state=state) | Q(state__in=sorted(RUNNING), valid_until__lt=moment.day)
        else:
            found |= Q(state=state)
    return rows.filter(found)


def _of(name, about):
    return Parameter(
        name,
        key,
        lambda rows, values, moment: rows.filter(**{f"{name}__in": values}),
        lambda body, values, moment: int(body[name]["id"]) in values,
        about,
    )


LISTING = [
    Parameter(
        "status",
        one_of(ListingState),
        _listing_in,
        _is_in_status,
        "Any of these states",
        choice_schema(ListingState),
    ),
    _of("provider", "Of any of these providers (ids)"),
    _of("product", "Of any of these products (ids)"),
    Parameter(
        "kind",
        one_of(ProductKind),
        lambda rows, values, moment: rows.filter(product__kind__in=values),
        lambda body, values, moment: body["product"]["kind"] in values,
        "Any of these kinds of product",
        choice_schema(ProductKind),
    ),
    Parameter(
        "certificate_no",
        lambda text: value_of(text, re.compile(r"[A-Z0-9-]{1,20}")),
        lambda rows, values, moment: rows.filter(certificate_no__in=values),
        lambda body, values, moment: body["certificate_no"] in values,
        "Any of these certificate numbers",
    ),
]


def read(parameters, query):
    """{name: values} of what `query` (a QueryDict) asks of `parameters`, each value once, in order. Raises 400."""
    found = {}
    for parameter in parameters:
        texts = query.getlist(parameter.name)
        if not texts:
            continue
        if len(texts) > (1 if parameter.is_single else MOST):
            raise BadParameter({parameter.name: _("Give this once.")}, code="given_twice")
        try:
            found[parameter.name] = sorted({parameter.read(text) for text in texts})
        except ValueError:
            raise BadParameter({parameter.name: _("This value does not fit.")}, code="bad_value") from None
    return found
