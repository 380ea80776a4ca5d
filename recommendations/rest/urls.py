"""This app's addresses."""

from django.urls import URLPattern, URLResolver, path

from recommendations.rest.catalog import Items
from recommendations.rest.recommend import recommend

urlpatterns: list[URLPattern | URLResolver] = [
    path("recommendations", recommend, name="recommendations"),
    path("recommendations/", recommend),
    path("api/v1/catalog/items", Items.as_view(), name="catalog-items"),
]
