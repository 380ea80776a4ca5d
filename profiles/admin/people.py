"""Finding a person, and the versions of one attribute. The page of a person is the roof's."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin

from profiles.admin import completeness, listing, versions
from profiles.attributes.models import Definition
from profiles.identity import nodes
from profiles.identity.models import Profile
from profiles.identity.rules import v1


class Page(forms.Form):
    """Where in the list someone is, and which half of it they want."""

    before = forms.DateTimeField(required=False)
    known = forms.ChoiceField(required=False, choices=[("", "All"), ("1", "Known"), ("0", "Not")])


@admin.register(Profile)
class ProfileAdmin(ModelAdmin):
    """People: one search box, the most recent first. Nothing is added or deleted by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People come in by their events."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Profile | None = None) -> bool:
        """Deleting is a request with a receipt, not a button."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Adds the versions of an attribute, and completeness."""
        guard = self.admin_site.admin_view
        urls: list[URLPattern] = super().get_urls()
        return [
            path(
                "<uuid:profile_id>/versions/<slug:attribute>/",
                guard(self.versions_view),
                name="profiles_profile_versions",
            ),
            path("completeness/", guard(self.completeness_view), name="profiles_completeness"),
            path(
                "completeness/<slug:attribute>/",
                guard(self.lacking_view),
                name="profiles_completeness_lacking",
            ),
            *urls,
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """The list, and the search. A search is sent by POST: what people type is personal data and
        belongs in no address and no log."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._search(request)
        page = Page(request.GET)
        page.is_valid()
        found = listing.recent(
            page.cleaned_data.get("before"), page.cleaned_data.get("known") or ""
        )
        shown = found[: listing.PAGE]
        context = {
            **self.admin_site.each_context(request),
            "title": "People",
            "rows": listing.rows(shown),
            "known": page.cleaned_data.get("known") or "",
            "halves": Page.declared_fields["known"].choices,  # type: ignore[attr-defined]
            "older": shown[-1].last_seen_at if len(found) > listing.PAGE else None,
        }
        return render(request, "admin/profiles/people.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The person's page."""
        return redirect("admin:person", object_id)

    def versions_view(
        self, request: HttpRequest, profile_id: UUID, attribute: str
    ) -> HttpResponseBase:
        """Every claim about one attribute of one person, with the one that holds."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        definition = Definition.objects.filter(pk=attribute).first()
        if definition is None:
            raise Http404("There is no such attribute.")
        context = {
            **self.admin_site.each_context(request),
            "title": f"{definition.title}: versions",
            "definition": definition,
            "profile_id": profile_id,
            "claims": versions.of_attribute(profile_id, definition),
        }
        return render(request, "admin/profiles/versions.html", context)

    def completeness_view(self, request: HttpRequest) -> HttpResponseBase:
        """How complete profiles are."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return completeness.overview(request, self.admin_site.each_context(request))

    def lacking_view(self, request: HttpRequest, attribute: str) -> HttpResponseBase:
        """Who lacks an attribute."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return completeness.lacking(request, attribute, self.admin_site.each_context(request))

    def _search(self, request: HttpRequest) -> HttpResponse:
        term = request.POST.get("term", "").strip()
        found = find(term)
        if found is not None:
            return redirect("admin:person", found)
        messages.warning(
            request,
            "Nobody has exactly this e-mail, user id, phone number or other identifier. Values are "
            "encrypted, so parts of them cannot be searched.",
        )
        return redirect("admin:profiles_profile_changelist")


def find(term: str) -> UUID | None:
    """The person with exactly this identifier, of whatever kind, or this profile id. One query."""
    named = [
        known
        for kind in v1.ORDER
        if (known := v1.identifier(kind, term, node_id=nodes.node_id)) is not None
    ]
    wanted = [known.node_id for known in named]
    with suppress(ValueError):
        wanted.append(UUID(term))
    living = nodes.peek(wanted)
    return next((living[node] for node in wanted if node in living), None)
