"""The ground floor's queries, one thought a method."""

import re
from collections import Counter

from django.db import models
from django.db.models import Q

from portal.thai.digits import to_arabic
from portal.thai.search import fold, kinds_named, squash

_DLA_CODE = re.compile(r"[0-9]{7,8}")
_ANY_CODE = re.compile(r"[0-9]{7,8}|th-\w+", re.IGNORECASE)


class NamedQuerySet(models.QuerySet):
    def in_thai_order(self):
        return self.order_by("name_sort_key", "pk")


class LocalGovernmentQuerySet(NamedQuerySet):
    def active(self, day):
        """Those that exist on `day`, a date in Bangkok; the last day is not included."""
        return self.filter(
            Q(active_from=None) | Q(active_from__lte=day),
            Q(active_to=None) | Q(active_to__gt=day),
        )

    def of_kinds(self, *kinds):
        return self.filter(kind__in=kinds)

    def with_code(self, code, scheme=None):
        """Those that have or had `code`; seven digits stand for a DLA code without its leading zero."""
        code = to_arabic(code).strip().upper()
        code = code.zfill(8) if _DLA_CODE.fullmatch(code) else code
        held = {"codes__code": code} | ({"codes__scheme": scheme} if scheme else {})
        return self.filter(pk__in=self.model.objects.filter(**held).values("pk"))

    def search(self, text):
        """Those that `text` means: every word is part of a name, now or before, or begins the name of the district or
        province, and at least one is part of a name. A DLA code with or without its leading zero finds its owner.
        """
        words = to_arabic(text).replace("\0", "").split()
        if len(words) == 1 and _ANY_CODE.fullmatch(words[0]):
            return self.with_code(words[0])
        found, named = self, Q()
        for word in words:
            named |= self._named(word)
            found = found.filter(self._named(word) | self._lies_in(word)) if len(words) > 1 else found
        return found.filter(named)

    @staticmethod
    def _named(word):
        kinds, rest = kinds_named(word), fold(word)
        if kinds and rest != squash(word):
            return Q(search_text__contains=squash(word)) | Q(search_text__contains=rest, kind__in=kinds)
        return Q(search_text__contains=rest)

    @staticmethod
    def _lies_in(word):
        place = fold(word)
        return (
            Q(district__search_text__startswith=place)
            | Q(district__search_text__contains=f" {place}")
            | Q(province__search_text__startswith=place)
            | Q(province__search_text__contains=f" {place}")
        )

    def mark_shared_names(self, day):
        """Set `is_name_shared` on all: another one that exists on `day` has the same Thai name in the same province."""
        rows = list(self.active(day).values_list("pk", "province", "name_th"))
        held = Counter((province, name) for _, province, name in rows)
        shared = [pk for pk, province, name in rows if held[province, name] > 1]
        self.filter(pk__in=shared, is_name_shared=False).update(is_name_shared=True)
        self.filter(is_name_shared=True).exclude(pk__in=shared).update(is_name_shared=False)
