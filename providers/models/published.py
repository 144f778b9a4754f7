"""What providers, products and listings share: the text that the public register holds of them."""

from django.db import models

from portal import clock
from providers.states import RUNNING, ListingState


class Stands:
    """What has a `standing` and a day until which it is listed."""

    @property
    def standing_today(self):
        """The `ListingState` that this comes to today, or None for what was never listed."""
        if self.standing in RUNNING and self.listed_until < clock.today():
            return ListingState.EXPIRED
        return ListingState(self.standing) if self.standing else None


class PublishedQuerySet(models.QuerySet):
    def listed(self):
        """Those that the public register shows."""
        return self.filter(public_seq__isnull=False)

    def not_listed(self):
        return self.filter(public_seq=None)


class PublishedManager(models.Manager):
    """Leaves the public text in the database: only the doors that pass it on ask for it."""

    def get_queryset(self):
        return super().get_queryset().defer("public_body")


class Published(models.Model):
    """A row of the public register.

    `public_body` is the JSON that everyone reads, written by `providers.public.publishing` alone, in the transaction
    of the change; `public_seq` is the number of the record that it stands in, None for what is not public.
    """

    public_body = models.TextField(blank=True, editable=False)
    public_seq = models.BigIntegerField(null=True, editable=False, db_index=True)

    class Meta:
        abstract = True
