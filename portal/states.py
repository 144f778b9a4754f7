"""The ground floor's choices."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LocalGovernmentKind(models.TextChoices):
    """What a local government is by law (ประเภทองค์กรปกครองส่วนท้องถิ่น)."""

    BMA = "bma", _("Bangkok Metropolitan Administration")
    PATTAYA = "pattaya", _("Pattaya City")
    PAO = "pao", _("Provincial administrative organization")
    CITY_MUNICIPALITY = "city_municipality", _("City municipality")
    TOWN_MUNICIPALITY = "town_municipality", _("Town municipality")
    SUBDISTRICT_MUNICIPALITY = "subdistrict_municipality", _("Subdistrict municipality")
    SAO = "sao", _("Subdistrict administrative organization")


class CodeScheme(models.TextChoices):
    """Who gave a local government its code."""

    DLA = "dla", _("DLA code")
    ISO_3166_2 = "iso_3166_2", _("ISO 3166-2")
    TAX_ID = "tax_id", _("tax number")
    EGP = "egp", _("e-GP agency code")
    DOPA_REGISTRAR = "dopa_registrar", _("civil registrar's code")
    BUDGET_UNIT = "budget_unit", _("budget unit code")


class SuccessionKind(models.TextChoices):
    """How one local government came after another (การเปลี่ยนแปลงฐานะ)."""

    UPGRADED = "upgraded", _("upgraded")
    RENAMED = "renamed", _("renamed")
    MERGED = "merged", _("merged")
    SPLIT = "split", _("split")


class ChangeKind(models.TextChoices):
    """What happens to the register of local governments (การเปลี่ยนแปลงทะเบียน)."""

    ADD = "add", _("added")
    RENAME = "rename", _("renamed or given a new code")
    UPGRADE = "upgrade", _("changed in kind")
    MERGE = "merge", _("merged into another")
    SPLIT = "split", _("split: a part became a new one")
    CLOSE = "close", _("closed")


class SmartCityStatus(models.TextChoices):
    CERTIFIED = "certified", _("Certified smart city")
    PROMOTION_ZONE = "promotion_zone", _("Smart city promotion zone")


class SmartDimension(models.TextChoices):
    """The seven dimensions of a smart city, in depa's order (ด้านเมืองอัจฉริยะ)."""

    ENVIRONMENT = "environment", _("Smart Environment")
    ECONOMY = "economy", _("Smart Economy")
    MOBILITY = "mobility", _("Smart Mobility")
    ENERGY = "energy", _("Smart Energy")
    PEOPLE = "people", _("Smart People")
    LIVING = "living", _("Smart Living")
    GOVERNANCE = "governance", _("Smart Governance")
