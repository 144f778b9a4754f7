"""Which columns the files of the account have: what is public, and nothing else."""

from django.utils.translation import gettext_lazy as _

from portal.exports import Column
from portal.states import SmartDimension


def _joined(names):
    return ", ".join(str(name) for name in names)


def lowest_price(product):
    """The lowest of the prices in force today (`prices_today`, prefetched), or None."""
    return min(product.prices_today, key=lambda price: price.price_baht, default=None)


def _of_lowest_price(name):
    def value(product):
        price = lowest_price(product)
        return getattr(price, name) if price else None

    return value


def _of_latest_listing(name):
    def value(product):
        return getattr(product.listings_in_order[-1], name) if product.listings_in_order else None

    return value


PROVIDERS = (
    Column(_("Juristic number"), "juristic_number", "code"),
    Column(_("Name in Thai"), "name_th"),
    Column(_("Name in English"), "name_en"),
    Column(_("Status"), "standing_today.label"),
    Column(_("Listed until"), "listed_until", "date"),
    Column(_("Registered province"), "province.name"),
    Column(_("Address"), "address"),
    Column(_("Office telephone"), "phone", "code"),
    Column(_("Office e-mail"), "email"),
    Column(_("Website"), "website"),
    Column(_("Company status"), lambda company: company.get_company_status_display()),
    Column(_("Checked on"), "company_checked_on", "date"),
)

PRODUCTS = (
    Column(_("Certificate number"), _of_latest_listing("certificate_no"), "code"),
    Column(_("Product name in Thai"), "name_th"),
    Column(_("Product name in English"), "name_en"),
    Column(_("Company"), "provider.name"),
    Column(_("Juristic number"), "provider.juristic_number", "code"),
    Column(_("Status"), "standing_today.label"),
    Column(_("Listed from"), _of_latest_listing("valid_from"), "date"),
    Column(_("Listed until"), _of_latest_listing("valid_until"), "date"),
    Column(_("Kind"), lambda product: product.get_kind_display()),
    Column(_("Categories"), lambda product: _joined(product.categories.all())),
    Column(
        _("Smart-city dimensions"), lambda product: _joined(SmartDimension(one).label for one in product.dimensions)
    ),
    Column(
        _("Provinces served"),
        lambda product: _("The whole country") if product.is_nationwide else _joined(product.provinces.all()),
    ),
    Column(_("Lowest price in force, without VAT"), _of_lowest_price("price_baht"), "money"),
    Column(_("Unit"), _of_lowest_price("unit")),
    Column(_("Where the data lies"), lambda product: product.get_hosting_display()),
    Column(_("Role under the Personal Data Protection Act"), lambda product: product.get_pdpa_role_display()),
    Column(_("Has an open API"), "has_api"),
    Column(_("Warranty and support"), "warranty"),
)
