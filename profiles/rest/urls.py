"""This app's addresses."""

from django.urls import URLPattern, URLResolver, path

from profiles.rest import collect, profiles

CALLS = {
    "identify": "i",
    "track": "t",
    "page": "p",
    "screen": "s",
    "group": "g",
    "alias": "a",
    "batch": "b",
    "import": "",
}
"""Calls of the collecting protocol, each with the letter that browsers' SDKs use for it."""

_collecting: list[URLPattern | URLResolver] = [
    path(f"v1/{name}{slash}", collect.collect, {"call": call})
    for call, letter in CALLS.items()
    for name in (call, letter)
    if name
    for slash in ("", "/")
]

urlpatterns: list[URLPattern | URLResolver] = [
    *_collecting,
    path("track", collect.track),
    path("api/log_event", collect.log_event),
    path("api/v1/events", profiles.Events.as_view(), name="events"),
    path("api/v1/profiles/lookup", profiles.Lookup.as_view(), name="profile-lookup"),
    path("api/v1/profiles/<uuid:profile_id>/", profiles.OneProfile.as_view(), name="profile"),
    path(
        "api/v1/profiles/<uuid:profile_id>/attributes/<slug:slug>/history/",
        profiles.AttributeHistory.as_view(),
        name="profile-attribute-history",
    ),
    path(
        "api/v1/profiles/<uuid:profile_id>/events/",
        profiles.ProfileEvents.as_view(),
        name="profile-events",
    ),
    path(
        "api/v1/profiles/<uuid:profile_id>/identifiers/",
        profiles.Identifiers.as_view(),
        name="profile-identifiers",
    ),
]
