"""The registry's queries, one thought a method."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast

from portal import clock
from portal.access import holding, scope
from providers.models.published import PublishedQuerySet
from providers.public.search import words
from providers.states import CEASED, IN_HAND, OPEN, RUNNING, ChangeState, ListingState, RepresentativeState


def spoken_for(user, path="provider"):
    """A `Q` for rows of the companies that `user` is a confirmed representative of; `path` leads to the company."""
    if not user.is_authenticated:
        return Q(pk__in=[])
    return Q(**{f"{path}__in": user.representations.confirmed().values("provider")})


def stands(state, day, path=""):
    """A `Q` for what is in `state` (a `ListingState`) on `day`; past its last day a running listing has expired.

    `path` leads to the row that has the standing, such as `provider__`.
    """
    is_so, running = Q(**{f"{path}standing": state}), Q(**{f"{path}standing__in": sorted(RUNNING)})
    if state in RUNNING:
        return is_so & Q(**{f"{path}listed_until__gte": day})
    if state == ListingState.EXPIRED:
        return is_so | running & Q(**{f"{path}listed_until__lt": day})
    return is_so


class _Standing(PublishedQuerySet):
    """What providers and products have in common: a standing that ends by date."""

    def standing(self, state, day):
        """Those that are in `state` (a `ListingState`) on `day`; past its last day a running listing has expired."""
        return self.filter(stands(state, day))

    def search(self, text):
        """Those in whose names every word of `text` occurs; tone marks and legal forms do not matter."""
        found = self
        for word in words(text):
            found = found.filter(self.named(word))
        return found

    def named(self, word):
        return Q(search_text__contains=word)

    def in_thai_order(self):
        return self.order_by("name_sort_key", "pk")


class ProviderQuerySet(_Standing):
    def visible_to(self, user):
        """The public ones for all; the others for the registry's people and their own representatives."""
        if user.has_perm("providers.view_registry"):
            return self
        return self.filter(Q(public_seq__isnull=False) | spoken_for(user, "pk"))

    def named(self, word):
        return Q(search_text__contains=word) | Q(pk__in=self.model.objects.offering(word).values("pk"))

    def offering(self, word):
        """Those one of whose public products has `word` in its name."""
        return self.filter(products__search_text__contains=word, products__public_seq__isnull=False)


class RepresentativeQuerySet(models.QuerySet):
    def authorised(self):
        """Those whose letter has not run out today."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=clock.today()))

    def confirmed(self):
        """Those who speak for their company today."""
        return self.filter(state=RepresentativeState.CONFIRMED).authorised()

    def standing(self):
        """Those who claim to speak for a company, or do."""
        return self.filter(state__in=[RepresentativeState.CLAIMED, RepresentativeState.CONFIRMED]).authorised()

    def open(self):
        """Claims that wait for the registrar."""
        return self.filter(state__in=[RepresentativeState.CLAIMED, RepresentativeState.DISPUTED])

    def visible_to(self, user):
        if user.has_perm("providers.decide_representative") or user.has_perm("providers.view_registry"):
            return self
        return self.filter(Q(user=user) | spoken_for(user)) if user.is_authenticated else self.none()


class ProductQuerySet(_Standing):
    def visible_to(self, user):
        if user.has_perm("providers.view_registry"):
            return self
        return self.filter(Q(public_seq__isnull=False) | spoken_for(user))

    def named(self, word):
        return Q(search_text__contains=word) | Q(provider__search_text__contains=word)

    def serving(self, province):
        """Those offered in `province` (a Province, or its key)."""
        served = self.model.provinces.through.objects.filter(province=province)
        return self.filter(Q(is_nationwide=True) | Q(pk__in=served.values("product")))

    def in_categories(self, codes):
        """Those in any of these categories, or in one of a group among them."""
        fits = Q(category__code__in=codes) | Q(category__parent__code__in=codes)
        return self.filter(pk__in=self.model.categories.through.objects.filter(fits).values("product"))

    def with_dimensions(self, codes):
        """Those that serve any of these dimensions of a smart city."""
        wanted = Q(pk__in=[])
        for code in codes:
            wanted |= Q(dimensions_text__contains=f'"{code}"')
        return self.alias(dimensions_text=Cast("dimensions", models.TextField())).filter(wanted)

    def certified(self, kinds, day):
        """Those that hold on `day`, themselves or by their company, a certification of any of these kinds (codes)."""
        held = self.model.certifications.rel.related_model.objects.in_force(day).filter(kind__code__in=kinds)
        of_company, of_product = held.filter(product=None), held.exclude(product=None)
        return self.filter(Q(provider__in=of_company.values("provider")) | Q(pk__in=of_product.values("product")))

    def priced(self, ranges, day):
        """Those with a price in force on `day` in any of these half-open ranges (amounts in baht; None is no end)."""
        prices = self.model.prices.rel.related_model.objects.in_force(day)
        wanted = Q(pk__in=[])
        for low, high in ranges:
            wanted |= Q(price_baht__gte=low) & (Q() if high is None else Q(price_baht__lt=high))
        return self.filter(pk__in=prices.filter(wanted).values("product"))


class PriceQuerySet(models.QuerySet):
    def in_force(self, day):
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=day), valid_from__lte=day)


class CertificationQuerySet(models.QuerySet):
    def verified(self):
        return self.exclude(verified_at=None)

    def in_force(self, day):
        """Verified, issued by `day`, not past its last day, not withdrawn."""
        return self.verified().filter(
            Q(expires_on=None) | Q(expires_on__gte=day),
            Q(withdrawn_on=None) | Q(withdrawn_on__gt=day),
            issued_on__lte=day,
        )

    def lapsed(self, day):
        """Verified, past its last day or withdrawn on `day`, and followed by none."""
        return self.verified().filter(Q(expires_on__lt=day) | Q(withdrawn_on__lte=day), replaced_by=None)


class ListingQuerySet(PublishedQuerySet):
    def visible_to(self, user):
        """Listings are public from their first day."""
        return self

    def running(self):
        """By what is recorded: listed or suspended."""
        return self.filter(state__in=sorted(RUNNING))

    def in_state(self, state, day):
        """Those in `state` on `day`, by what is recorded now; past its last day a running listing has expired."""
        if state in RUNNING:
            return self.filter(state=state, valid_until__gte=day)
        if state == ListingState.EXPIRED:
            return self.filter(Q(state=state) | Q(state__in=sorted(RUNNING), valid_until__lt=day))
        return self.filter(state=state)

    def past_their_end(self, day):
        """Running by the record, but past their last day."""
        return self.running().filter(valid_until__lt=day)

    def ending_within(self, day, days):
        return self.filter(state__in=sorted(RUNNING), valid_until__range=(day, day + timedelta(days=days)))

    def choosable(self, day):
        """Those that a local government may choose on `day`: listed, and of no company that is known to have ceased."""
        found = self.in_state(ListingState.ACTIVE, day).filter(valid_from__lte=day)
        return found.exclude(provider__company_status__in=sorted(CEASED))


class ApplicationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The registry's people see what was handed in; representatives their own company's."""
        if not user.is_authenticated:
            return self.none()
        seen = Q(pk__in=[])
        if user.has_perm("providers.view_registry"):
            seen = Q(submitted_at__isnull=False)
        claimed = user.representations.standing().values("provider")
        return self.filter(seen | spoken_for(user) | Q(started_by=user, provider__in=claimed))

    def open(self):
        return self.filter(state__in=sorted(OPEN))

    def in_hand(self):
        return self.filter(state__in=sorted(IN_HAND))


class ChangeQuerySet(models.QuerySet):
    def visible_to(self, user):
        if user.has_perm("providers.view_registry"):
            return self
        return self.filter(spoken_for(user))

    def pending(self):
        return self.filter(state=ChangeState.PENDING)


class FlagQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(cleared_at=None)


class ComplaintQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The registry's people, the company concerned, and the local government that filed it."""
        if user.has_perm("providers.view_registry"):
            return self
        if not user.is_authenticated:
            return self.none()
        offices = [m.local_government_id for m in holding(user, "providers.view_complaint") if m.local_government_id]
        return self.filter(spoken_for(user, "listing__provider") | Q(local_government__in=offices))


class SuccessionQuerySet(models.QuerySet):
    def public(self):
        """Those both of whose companies the account shows."""
        return self.filter(predecessor__public_seq__isnull=False, successor__public_seq__isnull=False)

    def visible_to(self, user):
        """Everybody sees the public ones; the registry's people all."""
        return self if user.has_perm("providers.view_registry") else self.public()


class CorrectionQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.has_perm("providers.view_registry") else self.none()


class ComparisonQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the offices whose people may see them."""
        return self.filter(scope(user, "providers.view_comparison"))
