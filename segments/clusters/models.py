"""Runs of the clustering: what went in, what was chosen, what came out."""

from django.db import models


class ClusterRun(models.Model):
    """One search for groups of people who buy alike. Kept whole, so that a name given to a person
    can be traced to its numbers."""

    version = models.CharField(max_length=20, help_text="Of features and preparation.")
    started_at = models.DateTimeField()
    seconds = models.FloatField()
    people = models.IntegerField()
    k = models.PositiveSmallIntegerField(help_text="How many groups were chosen.")
    parameters = models.JSONField()
    features = models.JSONField(help_text="Names, means and spreads of the features.")
    scores = models.JSONField(help_text="Silhouette and inertia by number of groups.")
    clusters = models.JSONField(help_text="Name, size and centre of each group.")

    class Meta:
        ordering = ["-started_at"]
        verbose_name = "cluster run"

    class Privacy:
        """No personal data: means over at least dozens of people."""

        holds = None

    def __str__(self) -> str:
        return f"{self.started_at:%d %B %Y %H:%M}, {self.k} groups"
