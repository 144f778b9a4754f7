"""Files as they came in: named by their content, never changed."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import clock


def content_path(stored, _name):
    """Where the content lies: files of equal content share one place."""
    return f"files/{stored.sha256[:2]}/{stored.sha256}"


class StoredFile(models.Model):
    """A file (ไฟล์) whose type and safety were checked when it arrived; served by `portal.files.serve`."""

    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField(_("size"))
    name = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(max_length=100)
    file = models.FileField(upload_to=content_path, max_length=120)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("file")

    def __str__(self):
        return self.name
