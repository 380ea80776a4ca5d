"""The console's look, its navigation by role and its palette, as django-unfold reads them.

A person sees the items their permissions open: at most seven for a role of ``cdp.roles``. Addresses
are looked up when the page is drawn, because this file is read before the applications are.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

Item = dict[str, Any]


def _item(title: str, icon: str, address: str, *permissions: str) -> Item:
    """One line of the navigation, for holders of one of ``permissions`` (none: all staff)."""

    def allowed(request: HttpRequest) -> bool:
        return not permissions or any(request.user.has_perm(name) for name in permissions)

    def link(request: HttpRequest | None = None) -> str:
        return reverse(f"admin:{address}")

    return {"title": title, "icon": icon, "link": link, "permission": allowed}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of the side bar. unfold drops the items a person may not open."""
    drawn = [(title, [_drawn(item) for item in items]) for title, items in GROUPS]
    home = reverse("admin:index")
    person = reverse("admin:profiles_profile_changelist")
    path = request.path.replace(f"{home}people/", person, 1)
    links = {item["link"] for _, items in drawn for item in items} - {home}
    here = max((link for link in links if path.startswith(link)), key=len, default="")
    here = home if path == home else here
    return [
        {"title": title, "items": [item | {"active": item["link"] == here} for item in items]}
        for title, items in drawn
    ]


def _drawn(item: Item) -> Item:
    """With its address; the longest one the present address starts with marks where someone is."""
    return item | {"link": item["link"]()}


GROUPS: list[tuple[str, list[Item]]] = [
    (
        "Marketing",
        [
            _item("Home", "home", "index"),
            _item("People", "group", "profiles_profile_changelist", "profiles.view_profile"),
            _item("Segments", "category", "segments_segment_changelist", "segments.view_segment"),
            _item(
                "Overrides",
                "push_pin",
                "recommendations_override_changelist",
                "recommendations.view_override",
            ),
            _item(
                "Catalogue",
                "storefront",
                "recommendations_item_changelist",
                "recommendations.view_item",
            ),
            _item("Completeness", "checklist", "profiles_completeness", "profiles.view_profile"),
            _item(
                "Clusters",
                "bubble_chart",
                "segments_clusterrun_changelist",
                "segments.view_clusterrun",
            ),
        ],
    ),
    (
        "Privacy",
        [
            _item(
                "Requests",
                "mark_email_unread",
                "consent_request_changelist",
                "consent.view_request",
            ),
            _item(
                "Consent ledger",
                "receipt_long",
                "consent_ledgerrecord_changelist",
                "consent.view_ledgerrecord",
            ),
            _item("Purposes", "policy", "consent_purpose_changelist", "consent.view_purpose"),
        ],
    ),
    (
        "Engineering",
        [
            _item("Sources", "sensors", "profiles_source_changelist", "profiles.view_source"),
            _item(
                "Quarantine",
                "report",
                "profiles_quarantined_changelist",
                "profiles.view_quarantined",
            ),
            _item(
                "Attributes",
                "label",
                "profiles_definition_changelist",
                "profiles.change_definition",
            ),
            _item("API keys", "key", "consent_apikey_changelist", "consent.view_apikey"),
            _item(
                "Schedule",
                "schedule",
                "django_celery_beat_periodictask_changelist",
                "django_celery_beat.view_periodictask",
            ),
            _item(
                "Training runs",
                "model_training",
                "recommendations_run_changelist",
                "recommendations.view_run",
            ),
        ],
    ),
    (
        "Staff",
        [
            _item("Users", "badge", "auth_user_changelist", "auth.view_user"),
            _item("Roles", "shield_person", "auth_group_changelist", "auth.view_group"),
        ],
    ),
]


def environment(request: HttpRequest) -> tuple[str, str] | None:
    """The badge in the header that tells a demonstration from the real thing."""
    return ("Demo", "warning") if settings.DEMO else None


def _file(path: str) -> Callable[[HttpRequest], str]:
    return lambda request: static(path)


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Customer data platform",
    "SITE_HEADER": "Customer data",
    "SITE_SUBHEADER": "Profiles, segments, suggestions",
    "SITE_SYMBOL": "diversity_3",
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "cdp.unfold.environment",
    "DASHBOARD_CALLBACK": "cdp.dashboard.home",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": _file("console/favicon.svg")}
    ],
    "STYLES": [_file("console/theme.css"), _file("console/console.css")],
    "SCRIPTS": [_file("console/unfold_a11y.js"), _file("console/shim.js")],
    "COMMAND": {
        "search_models": False,
        "show_history": False,
        "search_callback": "cdp.palette.search",
    },
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "navigation": "cdp.unfold.navigation",
    },
}
