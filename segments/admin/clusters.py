"""Cluster runs in the console: what groups were found, how they differ, a segment from one."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from cdp.lib.errors import Problem
from segments.admin import chart
from segments.clusters.names import FIELD
from segments.models import ClusterRun
from segments.rules import versions


@admin.register(ClusterRun)
class ClusterRunAdmin(ModelAdmin):
    """Runs, newest first; nothing here is edited."""

    list_display = ["started_at", "people", "groups", "best"]
    list_per_page = 25

    @admin.display(description="Groups")
    def groups(self, run: ClusterRun) -> str:
        return ", ".join(cluster["name"] for cluster in run.clusters)

    @admin.display(description="Silhouette")
    def best(self, run: ClusterRun) -> str:
        return f"{max((score['silhouette'] for score in run.scores), default=0):.2f}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ClusterRun | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ClusterRun | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.make_segment))
        own = path("<int:pk>/segment/<int:index>/", view, name="segments_clusterrun_make_segment")
        return [own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One run: cards, a chart of the choice of k, tables beside it."""
        run = get_object_or_404(ClusterRun, pk=object_id if object_id.isdecimal() else 0)
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        return TemplateResponse(
            request,
            "admin/segments/clusterrun/run.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": f"Clusters of {run.started_at:%d %B %Y}",
                "run": run,
                "clusters": [
                    cluster | {"share": round(100 * cluster["size"] / max(run.people, 1))}
                    for cluster in run.clusters
                ],
                "charts": [
                    chart.line(run.scores, "silhouette", run.k, "How well apart (silhouette)"),
                    chart.line(run.scores, "inertia", run.k, "Spread within groups (elbow)"),
                ],
                "may_add": request.user.has_perm("segments.add_segment"),
            },
        )

    def make_segment(self, request: HttpRequest, pk: int, index: int) -> HttpResponse:
        """A draft segment of the people in one group."""
        if not request.user.has_perm("segments.add_segment"):
            raise PermissionDenied
        run = get_object_or_404(ClusterRun, pk=pk)
        if index >= len(run.clusters):
            return HttpResponse(status=404)
        name = run.clusters[index]["name"]
        try:
            segment = versions.create(
                name=name,
                rule={"attribute": FIELD, "op": "equals", "value": name},
                author=request.user.get_username(),
                owner_id=request.user.pk,
                description=f"From the clusters of {run.started_at:%d %B %Y}.",
            )
        except Problem as problem:
            messages.error(request, problem.message)
            return HttpResponseRedirect(reverse("admin:segments_clusterrun_change", args=[pk]))
        messages.success(request, f"“{segment.name}” is a draft. Publish it when it is right.")
        return HttpResponseRedirect(reverse("admin:segments_segment_change", args=[segment.pk]))
