"""Training runs in the console: to read only."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from recommendations.training.models import Run


@admin.register(Run)
class RunAdmin(ModelAdmin):
    """What was trained, how good it is beside best sellers, and why it is or is not in use."""

    list_display = [
        "algorithm",
        "version",
        "state",
        "quality",
        "floor",
        "hits",
        "taught",
        "published_at",
    ]
    list_filter = ["algorithm", "state"]
    ordering = ["-started_at", "-id"]
    fields = [
        "algorithm",
        "version",
        "state",
        "because",
        "metrics",
        "snapshot",
        "parameters",
        "artefact",
        "started_at",
        "finished_at",
        "published_at",
    ]

    @admin.display(description="NDCG@10")
    def quality(self, run: Run) -> str:
        """How well it foresaw later choices."""
        return _number(run, "ndcg@10")

    @admin.display(description="Best sellers' NDCG@10")
    def floor(self, run: Run) -> str:
        """What it had to reach."""
        return _number(run, "best_sellers")

    @admin.display(description="People it was right for")
    def hits(self, run: Run) -> str:
        """The share of people of whose later choices at least one was among ten."""
        value = run.metrics.get("hr@10")
        return "" if value is None else f"{value:.0%} of {run.metrics['people']}"

    @admin.display(description="Taught from")
    def taught(self, run: Run) -> str:
        """How much it learned from."""
        counts = run.snapshot
        return f"{counts.get('people', 0):,} people, {counts.get('interactions', 0):,} contacts"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Runs are made by training."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Run | None = None) -> bool:
        """A record of what happened."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Run | None = None) -> bool:
        """A record of what happened."""
        return False


def _number(run: Run, name: str) -> str:
    value = run.metrics.get(name)
    return "" if value is None else f"{value:.4f}"
