"""This app's addresses."""

from django.urls import URLPattern, URLResolver, path

from segments.rest import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/segments/", views.Segments.as_view(), name="segments"),
    path("api/v1/segments/preview", views.Preview.as_view(), name="segment-preview"),
    path("api/v1/segments/<slug:slug>/", views.OneSegment.as_view(), name="segment"),
    path("api/v1/segments/<slug:slug>/members", views.Members.as_view(), name="segment-members"),
    path("api/v1/segments/<slug:slug>/explain", views.Explain.as_view(), name="segment-explain"),
]
