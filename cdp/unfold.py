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
    return [
        {"title": title, "items": [_active(item, request) for item in items]}
        for title, items in GROUPS
    ]


def _active(item: Item, request: HttpRequest) -> Item:
    address = item["link"]()
    home = reverse("admin:index")
    here = request.path == address if address == home else request.path.startswith(address)
    return item | {"link": address, "active": here}


GROUPS: list[tuple[str, list[Item]]] = [
    (
        "Marketing",
        [
            _item("Home", "home", "index"),
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
