"""Who is who: identifiers are nodes, evidence that two belong together is an edge, a profile is a
component of that graph."""

import pgtrigger
from django.db import models


class Profile(models.Model):
    """One person. Its id is the node id of the strongest identifier of its component, so that any
    order of the same events gives the same ids. A profile that proved to be another's lives on as
    an alias (``merged_into``), always pointing straight at the survivor."""

    id = models.UUIDField(primary_key=True)
    known = models.BooleanField(
        default=False, help_text="Has an identifier the person gave, such as a user id or e-mail."
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True)

    class Meta:
        permissions = [("unmask_profile", "Can see personal data in clear")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(merged_into=models.F("id")), name="profile_not_into_itself"
            )
        ]
        indexes = [
            models.Index(
                fields=["-last_seen_at"],
                name="profile_recent",
                condition=models.Q(merged_into__isnull=True),
            )
        ]

    class Privacy:
        holds = "that a person exists"
        fields = {"id": "pseudonym"}

    def __str__(self) -> str:
        return str(self.id)


class Identifier(models.Model):
    """A way to know a person. ``id`` is the blind index of (kind, normalised value); the value
    itself is sealed. ``profile`` is where the identifier belongs now."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=20)
    sealed = models.BinaryField(editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="identifiers")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Privacy:
        holds = "identifiers, sealed"
        fields = {"id": "blind index", "sealed": "identifier"}

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Edge(models.Model):
    """Evidence that two identifiers are one person's. Append-only: a split is a further row that
    withdraws an edge, never a change."""

    id = models.UUIDField(primary_key=True)
    left = models.UUIDField(help_text="Node id, the smaller of the two.")
    right = models.UUIDField(help_text="Node id, the greater of the two.")
    event_id = models.UUIDField(null=True)
    rule = models.CharField(max_length=20)
    observed_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["left", "right"], name="edge_once"),
            models.CheckConstraint(
                condition=models.Q(left__lt=models.F("right")), name="edge_ordered"
            ),
        ]
        indexes = [models.Index(fields=["right"], name="edge_right")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update)]

    class Privacy:
        holds = "which identifiers belong together"
        fields = {"left": "blind index", "right": "blind index"}
