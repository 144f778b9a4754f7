"""What people are told: written with the step that tells it, shown under the bell, mailed by the relay."""

import re
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal import clock

LINK = re.compile(r"https?://\S+")


class NoticeQuerySet(models.QuerySet):
    def released(self, moment):
        """Not held back at `moment`."""
        return self.filter(Q(held_until=None) | Q(held_until__lte=moment))

    def held(self, moment):
        return self.filter(held_until__gt=moment)

    def about(self, obj):
        return self.filter(case_type=obj._meta.label_lower, case_id=obj.pk)

    def bell_of(self, user, moment):
        """What `user` finds under the bell at `moment`, newest first."""
        return self.filter(recipient=user).released(moment).order_by("-created_at", "-pk")

    def unread(self):
        return self.filter(read_at=None)

    def unsent(self):
        """With an address, neither sent nor given up."""
        return self.filter(sent_at=None, failed_at=None).exclude(email="")

    def due(self, moment):
        """To be mailed at `moment`, and in no relay's hands."""
        return (
            self.unsent()
            .released(moment)
            .filter(Q(claimed_until=None) | Q(claimed_until__lte=moment), next_try_at__lte=moment)
        )

    def dead(self):
        """Given up after the last try."""
        return self.exclude(failed_at=None)


class Notice(models.Model):
    """One message to one person (การแจ้งเตือน).

    It stands under the person's bell, and goes out by e-mail where `email` holds an address. `message_id`
    never changes, so that a letter sent twice is known as one. `is_secret` marks a link with a one-time code.
    """

    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="notices")
    kind = models.CharField(max_length=60)
    subject = models.CharField(_("subject"), max_length=250)
    body = models.TextField(_("text"))
    url = models.CharField(max_length=500, blank=True)
    is_secret = models.BooleanField(default=False)
    case_type = models.CharField(max_length=60, blank=True)
    case_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    held_until = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    email = models.EmailField(blank=True)
    language = models.CharField(max_length=2, default="th")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=clock.now)
    claimed_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        indexes = [
            models.Index(
                fields=["next_try_at", "id"],
                name="notice_unsent",
                condition=Q(sent_at=None, failed_at=None) & ~Q(email=""),
            ),
            models.Index(fields=["recipient", "-created_at"], name="notice_bell"),
            models.Index(fields=["recipient"], name="notice_unread", condition=Q(read_at=None)),
            models.Index(fields=["case_type", "case_id"], name="notice_case"),
        ]

    def __str__(self):
        return self.subject

    @property
    def state(self):
        """`bell` (no address), `held`, `sent`, `failed`, `retrying` or `waiting`."""
        if self.sent_at:
            return "sent"
        if self.failed_at:
            return "failed"
        if self.held_until and clock.now() < self.held_until:
            return "held"
        if not self.email:
            return "bell"
        return "retrying" if self.attempts else "waiting"

    @property
    def state_label(self):
        return STATE_LABELS[self.state]

    @property
    def masked_body(self):
        """The text, with the links of a secret letter cut to their host."""
        return mask(self.body) if self.is_secret else self.body


STATE_LABELS = {
    "bell": _("In the portal only"),
    "held": _("Held until the announcement"),
    "sent": _("Sent"),
    "failed": _("Not delivered"),
    "retrying": _("Will be tried again"),
    "waiting": _("Waiting to be sent"),
}


def mask(text):
    """`text` with every link cut to its host."""
    return LINK.sub(lambda found: "/".join(found[0].split("/")[:3]) + "/…", text)
