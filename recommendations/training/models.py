"""What was trained, on what, how good it is, and what is live."""

from pathlib import Path

from django.conf import settings
from django.db import models


def models_folder() -> Path:
    """Where artefacts live."""
    return Path(settings.DATA_DIR) / "models"


class Run(models.Model):
    """One training of one algorithm. At most one run per algorithm is live: the pointer that the
    serving processes follow."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        LIVE = "live", "Live"
        RETIRED = "retired", "Replaced by a newer one"
        REFUSED = "refused", "Kept out: not better than best sellers"
        FAILED = "failed", "Stopped by a fault"

    algorithm = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    parameters = models.JSONField(default=dict)
    snapshot = models.JSONField(default=dict, help_text="What it was taught from, in numbers.")
    metrics = models.JSONField(
        default=dict, help_text="On what people did after everything it was taught."
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    because = models.CharField(max_length=300, blank=True)
    artefact = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "training run"
        constraints = [
            models.UniqueConstraint(fields=["algorithm", "version"], name="run_version_once"),
            models.UniqueConstraint(
                fields=["algorithm"],
                name="run_one_live",
                condition=models.Q(state="live"),
            ),
        ]

    class Privacy:
        """No personal data: counts and quality figures; models hold item-side numbers only."""

        holds = None

    def __str__(self) -> str:
        return f"{self.algorithm} {self.version}"
