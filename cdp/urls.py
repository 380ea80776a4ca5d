"""All addresses. Each app mounts its own below; see docs/architecture.md."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from cdp import health, metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics),
    path("", include("profiles.rest.urls")),
    path("", include("recommendations.rest.urls")),
    path("", include("segments.rest.urls")),
    path("", include("consent.rest.urls")),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
]

if settings.DEMO:
    urlpatterns.append(path("shop/", include("cdp.shop.urls")))

handler403 = "cdp.refusals.forbidden"
handler404 = "cdp.refusals.not_found"
handler500 = "cdp.refusals.failed"
