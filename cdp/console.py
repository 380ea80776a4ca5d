"""The admin site: django-unfold without inline styles, without a cache of search results."""

from time import monotonic
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.module_loading import import_string
from unfold.sites import UnfoldAdminSite

from cdp.person import views as person

MOST_RESULTS = 20


class Console(UnfoldAdminSite):
    """The marketers' console."""

    index_title = "Home"

    def extra_urls(self) -> list[URLPattern]:
        """Pages that draw on several apps, and so belong to none of them."""
        return [
            path("people/<uuid:profile_id>/", self.admin_view(person.person), name="person"),
        ]

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """Nothing for whoever is not signed in: the sign-in page asks too, and questions about
        object permissions need a person."""
        if not request.user.is_authenticated:
            return []
        found: list[dict[str, Any]] = super().get_app_list(request, app_label)
        return found

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """unfold writes ``colors`` into an inline <style>, which the policy refuses: ours stand in
        ``static/console/theme.css``."""
        context: dict[str, Any] = super().each_context(request)
        return context | {"colors": None}

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The palette. unfold keeps results for five minutes in the cache, under labels that may
        name people: an erased person would still be found. So nothing is kept here."""
        term = request.GET.get("s", "").strip()
        if not term:
            return HttpResponse()
        started = monotonic()
        callback = import_string(self._get_config("COMMAND", request)["search_callback"])
        results = self._search_apps(self.get_app_list(request), term.lower())
        results = [*callback(request, term), *results][:MOST_RESULTS]
        return TemplateResponse(
            request,
            "unfold/helpers/command_results.html",
            {
                "results": results,
                "page_obj": {"count": len(results)},
                "page_counter": 0,
                "execution_time": monotonic() - started,
                "command_show_history": False,
            },
            headers={"HX-Trigger": "search"},
        )
