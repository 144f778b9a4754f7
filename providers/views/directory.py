"""What everybody may see of the account: companies, products, listings."""

from django.urls import path

from portal.views import VisibleDetail
from providers.models import Product, Provider


class ProviderPage(VisibleDetail):
    public = True
    area = "providers"
    model = Provider
    template_name = "providers/provider.html"


class ProductPage(VisibleDetail):
    public = True
    area = "providers"
    model = Product
    template_name = "providers/product.html"


urlpatterns = [
    path("<int:pk>/", ProviderPage.as_view(), name="provider"),
    path("products/<int:pk>/", ProductPage.as_view(), name="product"),
]
