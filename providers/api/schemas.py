"""The public bodies and answers as OpenAPI tells them."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view

from portal.api.pagination import DEFAULT_LIMIT, MAX_LIMIT
from portal.states import SmartDimension
from providers.states import CompanyStatus, Hosting, ListingState, PdpaRole, ProductKind, ReasonClass, SellerRole

TEXT = {"type": "string"}
YES_NO = {"type": "boolean"}
NUMBER = {"type": "integer", "minimum": 0}
DAY = {"type": "string", "format": "date"}
MAYBE_DAY = {"type": ["string", "null"], "format": "date"}
MAYBE_TEXT = {"type": ["string", "null"]}
LINK = {"type": ["string", "null"], "format": "uri"}
MOMENT = {"type": "string", "format": "date-time"}


def of(choices, *more):
    return {"type": "string", "enum": [*choices.values, *more]}


def thing(**properties):
    return {"type": "object", "properties": properties, "required": list(properties)}


def many(items):
    return {"type": "array", "items": items}


_NAMES = {"name_th": TEXT, "name_en": TEXT}
_COMPANY = thing(id=TEXT, juristic_number=TEXT, **_NAMES)
_STANDING = thing(
    id=TEXT,
    certificate_no=TEXT,
    status=of(ListingState),
    valid_from=DAY,
    valid_until=DAY,
    reason_class={"type": ["string", "null"], "enum": [*ReasonClass.values, None]},
    suspended_on=MAYBE_DAY,
    flags=many(TEXT),
)
_CERTIFICATION = thing(
    id=TEXT,
    kind=TEXT,
    number=TEXT,
    issuer=TEXT,
    scope=TEXT,
    level=TEXT,
    issued_on=DAY,
    expires_on=MAYBE_DAY,
    withdrawn_on=MAYBE_DAY,
    product=MAYBE_TEXT,
)
PROVIDER = thing(
    id=TEXT,
    juristic_number=TEXT,
    identifiers=many(thing(scheme=TEXT, id=TEXT)),
    **_NAMES,
    status=of(ListingState, ""),
    listed_until=MAYBE_DAY,
    province={**MAYBE_TEXT, "description": "Code of the province of registration"},
    address=TEXT,
    website=TEXT,
    phone=TEXT,
    email=TEXT,
    is_vat_registered=YES_NO,
    company_status=of(CompanyStatus),
    company_checked_on=MAYBE_DAY,
    description_th=TEXT,
    description_en=TEXT,
    certifications=many(_CERTIFICATION),
    products=many(thing(id=TEXT, kind=of(ProductKind), **_NAMES, listing=_STANDING)),
    successors=many(TEXT),
)
PRODUCT = thing(
    id=TEXT,
    provider=_COMPANY,
    **_NAMES,
    kind=of(ProductKind),
    version=TEXT,
    status=of(ListingState),
    listing=_STANDING,
    categories=many(TEXT),
    dimensions=many(of(SmartDimension)),
    is_nationwide=YES_NO,
    provinces=many(TEXT),
    hosting=of(Hosting),
    pdpa_role=of(PdpaRole),
    seller_role=of(SellerRole),
    owner_name=TEXT,
    has_api=YES_NO,
    standards=TEXT,
    warranty=TEXT,
    description_th=TEXT,
    description_en=TEXT,
    prices=many(
        thing(
            id=TEXT,
            label_th=TEXT,
            label_en=TEXT,
            unit=TEXT,
            price_baht={**TEXT, "description": "For one unit, without VAT"},
            includes_vat=YES_NO,
            min_term_months={"type": ["integer", "null"]},
            valid_from=DAY,
            valid_until=MAYBE_DAY,
        )
    ),
    certifications=many(_CERTIFICATION),
    replaces=MAYBE_TEXT,
)
LISTING = thing(
    **_STANDING["properties"],
    provider=_COMPANY,
    product=thing(id=TEXT, kind=of(ProductKind), **_NAMES),
    legal_basis=TEXT,
    review_by=MAYBE_DAY,
    barred_until=MAYBE_DAY,
)
BODIES = {"provider": PROVIDER, "product": PRODUCT, "listing": LISTING}
VERIFIED = thing(
    certificate_no=TEXT,
    on=DAY,
    is_listed=YES_NO,
    status={"type": ["string", "null"], "enum": [*ListingState.values, None]},
    listing={"anyOf": [LISTING, {"type": "null"}]},
)
STATUSES = thing(
    seq=NUMBER,
    day=DAY,
    results=many(
        thing(
            kind={"type": "string", "enum": list(BODIES)},
            id=TEXT,
            status=of(ListingState, ""),
            until=MAYBE_DAY,
            seq=NUMBER,
        )
    ),
)
CHANGES = thing(
    next=LINK,
    previous={"type": "null"},
    results=many(
        thing(
            seq=NUMBER,
            op={"type": "string", "enum": ["upsert", "delete"]},
            kind={"type": "string", "enum": list(BODIES)},
            id=TEXT,
            at=MOMENT,
            body={"type": ["object", "null"], "additionalProperties": True},
        )
    ),
    last_seq=NUMBER,
)


def parameter(name, schema, about="", **kwargs):
    return OpenApiParameter(name, schema, OpenApiParameter.QUERY, description=str(about), **kwargs)


certificate_no = OpenApiParameter("certificate_no", str, OpenApiParameter.PATH)
on = parameter("on", OpenApiTypes.DATE, "A day up to today, of the common or the Buddhist era")
as_of = parameter("as_of", OpenApiTypes.DATE, "What was true at the end of a day up to today")
limit = parameter("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT})


def sparse(members):
    items = {"type": "array", "items": {"type": "string", "enum": list(members)}, "minItems": 1}
    return parameter("fields", items, "Only these members of each body", style="form", explode=False)


def describe(viewset):
    """Tell OpenAPI what the list and the detail of a `Bodies` view take and answer."""
    body, kind = BODIES[viewset.kind], viewset.kind
    members = sparse(viewset.members)
    part = {key: value for key, value in body.items() if key != "required"}
    orderings = {
        "type": "array",
        "items": {"type": "string", "enum": [sign + name for name in viewset.orderings for sign in ("", "-")]},
        "minItems": 1,
    }
    asked = [
        parameter(one.name, one.schema, one.about)
        if one.is_single
        else parameter(one.name, {"type": "array", "items": one.schema}, one.about, style="form", explode=True)
        for one in viewset.questions
    ]
    lists = [
        *asked,
        as_of,
        members,
        limit,
        parameter("cursor", str),
        parameter("count", {"type": "boolean", "default": False}),
        parameter("ordering", orderings, "On a day past, `id` alone", style="form", explode=False),
        parameter("format", {"type": "string", "enum": ["json", "ndjson", "csv", "xlsx"], "default": "json"}),
    ]
    page = {
        "type": "object",
        "required": ["next", "previous", "results"],
        "properties": {"next": LINK, "previous": LINK, "count": NUMBER, "results": many(part)},
    }
    files = {
        (200, content_type): OpenApiTypes.BINARY
        for content_type in (
            "application/x-ndjson",
            "text/csv",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
    }
    about = viewset.__doc__
    extend_schema_view(
        list=extend_schema(
            operation_id=f"{kind}s_list",
            description=about,
            parameters=lists,
            filters=False,
            responses={(200, "application/json"): page, **files},
        ),
        retrieve=extend_schema(
            operation_id=f"{kind}s_retrieve",
            description=about,
            parameters=[as_of, members],
            responses={(200, "application/json"): part},
        ),
    )(viewset)
