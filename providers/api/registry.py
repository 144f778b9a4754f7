"""The public register: companies, products, listings and categories, on any day.

What is stored is passed on: a page is one statement over one index, its bodies are never taken apart. What a list
answers hangs on the register's edition, the day and the question alone; so does its ETag.
"""

import hashlib
from functools import cached_property

import orjson
from django.db import connection
from django.db.models.expressions import RawSQL
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from portal import clock
from portal.api import pagination
from portal.api.problems import BadParameter
from portal.api.routes import register
from portal.api.serializers import IDENTIFIER
from portal.api.views import Door
from providers.api import flat, parameters, schemas
from providers.api.calls import note_call
from providers.api.kept import KEPT, WORTH_PACKING, Answer
from providers.api.past import Moment, Past, bounds_in, position_in
from providers.models import Category, Edition, Listing, Product, Provider
from providers.public import bodies, history
from providers.public.late import late
from providers.public.publishing import edition

TABLES = ("csv", "xlsx")
FORMATS = ("json", "ndjson", *TABLES)
COMMON = {"limit", "cursor", "count", "ordering", "format", "as_of", "fields"}
LINES = 500
NOW = RawSQL(f"(SELECT seq FROM {Edition._meta.db_table} WHERE id = 1)", [])


class Public(ViewSetMixin, Door, APIView):
    """The frame of what everybody may pull: the edition, the tag, and answers packed for those who take them so."""

    is_public = True
    pagination_class = None
    is_described_whole = True

    @cached_property
    def edition(self):
        return edition()

    @cached_property
    def today(self):
        return clock.today()

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        note_call(request)

    def tag_for(self, seq, question):
        """The strong ETag of the answer to `question` in the edition `seq`, on this day."""
        said = f"{question} {self.today}"
        return f'"{seq}-{self.edition.at.timestamp():.0f}-{hashlib.blake2b(said.encode(), digest_size=8).hexdigest()}"'

    def takes_packed(self):
        return "gzip" in self.request.headers.get("Accept-Encoding", "")

    def send(self, answer, tag):
        """`answer` (an `Answer`), packed where that is taken and worth it; the tag of packed bytes is their own."""
        is_packed = self.takes_packed() and len(answer.plain) >= WORTH_PACKING
        response = HttpResponse(answer.packed() if is_packed else answer.plain, content_type="application/json")
        if is_packed:
            response["Content-Encoding"] = "gzip"
            tag = packed_tag(tag)
        self.tag = tag
        patch_vary_headers(response, ["Accept-Encoding"])
        return response

    def answer_unchanged(self, tag):
        super().answer_unchanged(tag)
        super().answer_unchanged(packed_tag(tag))

    def get_serializer_context(self):
        return {}


def packed_tag(tag):
    return f'{tag[:-1]}-gz"'


class Bodies(Public):
    """A list of one kind of bodies, and one of them by its id."""

    kind = ""
    model = None
    questions = ()
    cells = ()
    orderings = {}  # noqa: RUF012
    members = ()

    def known_parameters(self):
        if self.action == "retrieve":
            return {"as_of", "fields"}
        return COMMON | {one.name for one in self.questions}

    # What is asked

    @cached_property
    def day(self):
        """The day asked about; today where none is named."""
        text = self.single("as_of")
        return self.today if text is None else parameters.past_day(text, "as_of")

    @cached_property
    def fields(self):
        """The members asked for, in the order of the body, or None for all."""
        text = self.single("fields")
        if text is None:
            return None
        wanted = set(text.split(","))
        if not wanted <= set(self.members):
            choices = ", ".join(self.members)
            detail = _("These members can be asked for: %(choices)s.") % {"choices": choices}
            raise BadParameter({"fields": detail}, code="bad_fields")
        return [name for name in self.members if name in wanted]

    @cached_property
    def asked(self):
        return parameters.read(self.questions, self.request.query_params)

    def single(self, name):
        texts = self.request.query_params.getlist(name)
        if len(texts) > 1:
            raise BadParameter({name: _("Give this once.")}, code="given_twice")
        return texts[0] if texts else None

    def question(self):
        """All that the answer hangs on beside edition and day, in one way whatever the order of the query."""
        query = self.request.query_params
        asked = sorted((name, tuple(sorted(set(query.getlist(name))))) for name in query)
        language = get_language() if query.get("format") in TABLES else ""
        return f"{self.request.build_absolute_uri(self.request.path)} {asked} {language}"

    @cached_property
    def moment(self):
        is_now = self.day == self.today
        return Moment(self.day, late(self.kind, self.edition, self.day)) if is_now else Moment(self.day)

    # One

    def retrieve(self, request, pk):
        if not IDENTIFIER.fullmatch(pk):
            raise Http404
        key, fields = int(pk), self.fields
        if self.day != self.today:
            body = history.body_as_of(self.kind, key, self.day)
            if body is None:
                raise Http404
            return self.send(
                Answer(self.shown(bodies.as_text(body)).encode(), 0), self.tag_for("as_of", self.question())
            )
        row = self.listed().filter(pk=key).values_list("public_seq", "public_body").first()
        if row is None:
            raise Http404
        seq, text = row
        told = self.moment.late.texts.get(key)
        parts = [seq, *(["late"] if told else []), *map(self.members.index, fields or ())]
        tag = f'"{"-".join(map(str, parts))}"'
        self.answer_unchanged(tag)
        return self.send(Answer(self.shown(told or text).encode(), seq), tag)

    def shown(self, text):
        """A body's text, or the part of it that was asked for."""
        if self.fields is None:
            return text
        body = orjson.loads(text)
        return bodies.as_text({name: body[name] for name in self.fields})

    def listed(self):
        return self.model._base_manager.filter(public_seq__isnull=False)

    # Many

    def list(self, request):
        wanted = self.single("format") or "json"
        if wanted not in FORMATS:
            raise BadParameter({"format": _("This list is not offered in that format.")}, code="bad_format")
        question = self.question()
        tag = self.tag_for(self.edition.seq, question)
        self.check()
        self.answer_unchanged(tag)
        if wanted != "json":
            return self.whole(wanted, tag)
        key = (self.edition.seq, self.edition.at, self.today, question)
        answer = KEPT.get(key)
        if answer is None:
            answer = self.page() if self.day == self.today else self.past_page()
            KEPT.put(key, answer)
        return self.send(answer, self.tag_for(answer.seq, question))

    def check(self):
        """400 for what does not fit, before anything is answered, also with 304."""
        query = self.request.query_params
        _every = self.limit, self.ordering, self.fields, self.asked, self.counts
        if self.day == self.today:
            return
        if "ordering" in query and self.ordering != ["id"]:
            detail = _("On a day past the list is ordered by: %(choices)s.") % {"choices": "id"}
            raise BadParameter({"ordering": detail}, code="bad_ordering")
        position_in(query.get("cursor"))

    @cached_property
    def limit(self):
        return pagination.limit_in(self.request.query_params)

    @cached_property
    def counts(self):
        return pagination.flag_in(self.request.query_params, "count")

    @cached_property
    def ordering(self):
        return pagination.ordering_in(self.request.query_params, default=["id"], allowed=self.orderings)

    def rows(self):
        """The rows that fit today."""
        rows, about_products = self.model.objects.listed(), []
        for one in self.questions:
            if one.name in self.asked:
                if self.model is Provider and one in parameters.OF_PRODUCTS:
                    about_products.append(one)
                elif one not in parameters.BOUNDS:
                    rows = one.narrow(rows, self.asked[one.name], self.moment)
        low, high = bounds_in(self.asked)
        has_price = low is not None or high is not None
        if self.model is not Provider:
            return parameters.priced(rows, low, high, self.moment) if has_price else rows
        if not about_products and not has_price:
            return rows
        products = Product.objects.listed()
        for one in about_products:
            products = one.narrow(products, self.asked[one.name], self.moment)
        if has_price:
            products = parameters.priced(products, low, high, self.moment)
        return rows.filter(pk__in=products.values("provider"))

    def page(self):
        rows, ordering = self.rows(), self.ordering
        count = rows.order_by().count() if self.counts else None
        columns = {"id", *(name.lstrip("-") for name in ordering)}
        texts = rows.annotate(now=NOW).values(*columns, "public_body", "now")
        try:
            found = pagination.page(
                texts, ordering=ordering, cursor=self.request.query_params.get("cursor"), limit=self.limit
            )
        except pagination.BadCursor:
            raise BadParameter({"cursor": _("This cursor does not belong to this list.")}, code="bad_cursor") from None
        told = self.moment.late.texts
        parts = [told.get(row["id"]) or row["public_body"] for row in found.rows]
        seq = found.rows[0]["now"] if found.rows else self.edition.seq
        return self.envelope(parts, found.next_cursor, found.previous_cursor, count, seq)

    def past_page(self):
        position = position_in(self.request.query_params.get("cursor"))
        past = Past(self.kind, self.questions, self.asked, self.moment)
        found = []
        for body in past.bodies(position):
            found.append(body)
            if len(found) > self.limit:
                break
        shown = found[: self.limit]
        following = f"a{shown[-1]['id']}" if len(found) > self.limit else None
        count = sum(1 for _body in past.bodies()) if self.counts else None
        return self.envelope([bodies.as_text(body) for body in shown], following, None, count, self.edition.seq)

    def envelope(self, texts, next_cursor, previous_cursor, count, seq):
        if self.fields is not None:
            texts = [self.shown(text) for text in texts]
        links = {"next": self.link(next_cursor), "previous": self.link(previous_cursor)}
        if count is not None:
            links["count"] = count
        head = orjson.dumps(links).decode()[:-1]
        return Answer(f'{head},"results":[{",".join(texts)}]}}'.encode(), seq)

    def link(self, cursor):
        if cursor is None:
            return None
        url = pagination.remove_query_param(self.request.build_absolute_uri(), "cursor")
        return pagination.replace_query_param(url, "cursor", cursor)

    # Everything that fits, as a file

    def whole(self, wanted, tag):
        name = f"{self.kind}s.{wanted}"
        if wanted == "xlsx":
            return self.mark(flat.xlsx_response(self.cells, self.table(), name, self.notes()), tag, name)
        if wanted == "csv":
            lines = self.csv_lines(flat.headings(self.cells))
            content_type = "text/csv; charset=utf-8"
        else:
            lines, content_type = self.lines(), "application/x-ndjson"
        return self.mark(StreamingHttpResponse(lines, content_type=content_type), tag, name)

    def mark(self, response, tag, name):
        self.tag = tag
        response["Content-Disposition"] = content_disposition_header(True, name)
        response["Cache-Control"] = "public, no-cache"
        patch_vary_headers(response, ["Accept-Language"])
        return response

    def lines(self):
        """NDJSON in parts of `LINES`, each read when the one before is sent: no transaction waits for a reader."""
        if self.day == self.today:
            told = self.moment.late.texts
            columns = {"id", *(name.lstrip("-") for name in self.ordering)}
            rows = pagination.every(self.rows().values(*columns, "public_body"), ordering=self.ordering, size=LINES)
            texts = (told.get(row["id"]) or row["public_body"] for row in rows)
        else:
            texts = map(bodies.as_text, Past(self.kind, self.questions, self.asked, self.moment).bodies())
        part = []
        for text in texts:
            part.append(self.shown(text))
            if len(part) == LINES:
                yield "\n".join([*part, ""])
                part.clear()
        if part:
            yield "\n".join([*part, ""])

    def csv_lines(self, headings):
        is_stored = self.day == self.today and not self.moment.late.texts
        if is_stored and connection.vendor == "postgresql":
            return flat.copied_lines(headings, self.cells, self.in_order())
        return flat.csv_lines(headings, self.table())

    def in_order(self):
        return self.rows().order_by(*self.ordering, *([] if "id" in self.ordering else ["id"]))

    def table(self):
        if self.day != self.today:
            return flat.rows_of(Past(self.kind, self.questions, self.asked, self.moment).bodies(), self.cells)
        told = self.moment.late.texts
        tuples = self.in_order().values_list(*(cell.path for cell in self.cells)).iterator(flat.PART)
        if not told:
            return tuples
        return (
            [cell.of(orjson.loads(told[row[0]])) for cell in self.cells] if row[0] in told else row for row in tuples
        )


class ProviderViewSet(Bodies):
    """Companies of the account. What they offer is asked of one of their products, which must fit it all."""

    kind, model = "provider", Provider
    questions, cells = parameters.PROVIDER, flat.PROVIDER
    orderings = {"id": "id", "name": "name_sort_key"}  # noqa: RUF012
    members = tuple(schemas.PROVIDER["properties"])


class ProductViewSet(Bodies):
    """Products and services of the account, with prices and certifications."""

    kind, model = "product", Product
    questions, cells = parameters.PRODUCT, flat.PRODUCT
    orderings = {"id": "id", "name": "name_sort_key"}  # noqa: RUF012
    members = tuple(schemas.PRODUCT["properties"])


class ListingViewSet(Bodies):
    """Listings: that a product may be chosen, and from when until when."""

    kind, model = "listing", Listing
    questions, cells = parameters.LISTING, flat.LISTING
    orderings = {"id": "id", "valid_until": "valid_until", "certificate_no": "certificate_no"}  # noqa: RUF012
    members = tuple(schemas.LISTING["properties"])


for viewset in (ProviderViewSet, ProductViewSet, ListingViewSet):
    schemas.describe(viewset)


class ProductCategorySerializer(serializers.ModelSerializer):
    parent = serializers.SlugRelatedField("code", read_only=True, allow_null=True)

    class Meta:
        model = Category
        fields = ("code", "name_th", "name_en", "parent", "is_active")
        read_only_fields = fields


class CategoryViewSet(Door, ReadOnlyModelViewSet):
    """What products are for: groups, and the categories in them."""

    is_public = True
    queryset = Category.objects.select_related("parent")
    serializer_class = ProductCategorySerializer
    lookup_field = "code"
    ordering = ("order",)
    ordering_fields = {"order": "order", "code": "code"}  # noqa: RUF012


class VerifyViewSet(Public):
    """What is true of one certificate, now or on a day."""

    def known_parameters(self):
        return {"on"}

    @extend_schema(
        operation_id="listings_verify",
        parameters=[schemas.certificate_no, schemas.on],
        responses={200: schemas.VERIFIED},
        filters=False,
    )
    def list(self, request, certificate_no):
        """Whether the product of this certificate was listed on the day, and in which state it was."""
        texts = request.query_params.getlist("on")
        if len(texts) > 1:
            raise BadParameter({"on": _("Give this once.")}, code="given_twice")
        day = parameters.past_day(texts[0], "on") if texts else self.today
        listing = Listing.objects.listed().filter(certificate_no=certificate_no).only("pk", "public_body").first()
        if listing is None:
            raise Http404
        if day == self.today:
            body = bodies.on_day("listing", orjson.loads(listing.public_body), day)
        else:
            body = history.body_as_of("listing", listing.pk, day)
        return Response(
            {
                "certificate_no": certificate_no,
                "on": day.isoformat(),
                "is_listed": bool(body) and body["status"] == "active" and body["valid_from"] <= day.isoformat(),
                "status": body["status"] if body else None,
                "listing": body,
            }
        )


register("providers", ProviderViewSet, "providers")
register("products", ProductViewSet, "products")
register("listings/(?P<certificate_no>[A-Z0-9-]{1,20})/verify", VerifyViewSet, "listing-verify")
register("listings", ListingViewSet, "listings")
register("categories", CategoryViewSet, "categories")
