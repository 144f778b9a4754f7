"""Wrong passwords that still count."""

from django.db import models

from portal import clock


class Guess(models.Model):
    """One of the few tries that an account has within some minutes (การลองรหัสผ่าน): taken before the password is
    looked at, given back when it was right.
    """

    key = models.CharField(max_length=64)
    slot = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "slot"], name="a_try_is_taken_once")]

    def __str__(self):
        return f"{self.key[:8]} · {self.slot}"
