"""Imports of files: how far each got, and the rows that did not fit."""

from django.db import models

from profiles.events.models import Source


class Job(models.Model):
    """One import of one content by one mapping. Its position moves in the transaction that stores
    the events read so far, so a killed import goes on exactly where it stopped."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        STOPPED = "stopped", "Stopped; run it again to go on"
        DONE = "done", "Done"

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    mapping = models.CharField(max_length=60)
    files = models.JSONField(help_text="Names of the files, in order.")
    content = models.CharField(
        max_length=40, help_text="Digest of the mapping and of all files' contents."
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    position = models.BigIntegerField(default=0, help_text="Rows dealt with, over all files.")
    counts = models.JSONField(default=dict)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "import"
        constraints = [
            models.UniqueConstraint(fields=["source", "content"], name="job_once_a_content")
        ]

    class Privacy:
        """No personal data."""

        holds = None

    def __str__(self) -> str:
        return f"{self.mapping} {self.started_at:%Y-%m-%d %H:%M}"


class RowError(models.Model):
    """A row that did not fit, by its place only: the value stays in the file."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="errors")
    file = models.CharField(max_length=200)
    line = models.BigIntegerField()
    field = models.CharField(max_length=60, blank=True)
    code = models.CharField(max_length=40)
    message = models.CharField(max_length=300)

    class Meta:
        verbose_name = "row that did not fit"
        indexes = [models.Index(fields=["job", "code"], name="rowerror_job")]

    class Privacy:
        """No personal data: a place in a file and what is wrong there."""

        holds = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.code}"
