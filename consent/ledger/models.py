"""What personal data may be used for, what people were told, what they chose, and what follows.

The ledger knows a person only as a subject UUID and has no foreign key upward, so that the proof of
what was agreed outlives an erased profile.
"""

import pghistory
import pgtrigger
from django.core.validators import MaxValueValidator
from django.db import models

from consent.data import Basis, Evidence

_WORDS = {
    Basis.CONSENT: "Consent",
    Basis.CONTRACT: "Contract",
    Basis.LEGAL_OBLIGATION: "Legal obligation",
    Basis.VITAL_INTERESTS: "Vital interests",
    Basis.PUBLIC_TASK: "Public task",
    Basis.LEGITIMATE_INTERESTS: "Legitimate interests",
}


def append_only(name: str = "append_only") -> list[pgtrigger.Trigger]:
    """Triggers by which the database itself refuses to change, remove or empty rows."""
    return [
        pgtrigger.Protect(name=name, operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name=f"{name}_truncate",
            when=pgtrigger.Before,
            level=pgtrigger.Statement,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
        ),
    ]


@pghistory.track()
class Purpose(models.Model):
    """Something personal data may be used for, and the law it rests on."""

    slug = models.SlugField(primary_key=True, max_length=40)
    bit = models.PositiveSmallIntegerField(
        unique=True,
        validators=[MaxValueValidator(30)],
        help_text="Place in the mask that travels with events, 0 to 30. Never reused.",
    )
    basis = models.CharField(max_length=24, choices=[(b.value, _WORDS[b]) for b in Basis])
    title = models.CharField(max_length=80)
    description = models.TextField(help_text="What people read before they choose.")
    retention_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="How long data is kept for this purpose. Empty: no limit."
    )

    class Meta:
        ordering = ["bit"]
        constraints = [
            models.CheckConstraint(condition=models.Q(bit__lte=30), name="purpose_bit_in_mask")
        ]

    class Privacy:
        """No personal data."""

        holds = None

    def __str__(self) -> str:
        return self.title


class Notice(models.Model):
    """What people were told about one purpose. A new wording is a new version, never a change."""

    version = models.CharField(max_length=40)
    purpose = models.CharField(max_length=40, help_text="The purpose's slug.")
    text = models.TextField()
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["-published_at", "purpose"]
        constraints = [
            models.UniqueConstraint(fields=["version", "purpose"], name="notice_once"),
        ]
        triggers = append_only()

    class Privacy:
        """No personal data."""

        holds = None

    def __str__(self) -> str:
        return f"{self.purpose}, version {self.version}"


class LedgerRecord(models.Model):
    """One act of one person about one purpose. Rows are only ever added; the database refuses the
    rest."""

    sequence = models.BigAutoField(primary_key=True)
    act_id = models.UUIDField(unique=True)
    subject_id = models.UUIDField()
    purpose = models.CharField(max_length=40)
    granted = models.BooleanField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    evidence = models.CharField(
        max_length=20, choices=[(e.value, e.value.replace("_", " ")) for e in Evidence]
    )
    source = models.CharField(max_length=100)
    explicit = models.BooleanField()
    notice_version = models.CharField(max_length=40, blank=True)
    regulation = models.CharField(max_length=20)
    controller = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)

    class Meta:
        verbose_name = "consent record"
        ordering = ["-sequence"]
        indexes = [
            models.Index(fields=["subject_id", "purpose", "occurred_at"], name="ledger_subject")
        ]
        triggers = append_only()

    class Privacy:
        holds = "what a pseudonymous person allowed and refused, kept as proof"
        fields = {"subject_id": "pseudonym", "granted": "choice", "detail": "proof of the choice"}

    def __str__(self) -> str:
        return f"{self.purpose} {'allowed' if self.granted else 'refused'}"


class Seal(models.Model):
    """One link of the hash chain over the ledger, made by the database when a record commits:
    ``digest`` = SHA-256(previous digest ‖ canonical text of the record)."""

    position = models.BigIntegerField(primary_key=True)
    sequence = models.BigIntegerField(unique=True)
    digest = models.BinaryField(max_length=32)

    class Meta:
        triggers = append_only()

    class Privacy:
        """No personal data: a hash over a pseudonymous record."""

        holds = None

    def __str__(self) -> str:
        return str(self.position)


class Standing(models.Model):
    """What the ledger adds up to for one subject, kept for speed; it can always be made again.

    ``mask`` has the bits of purposes granted, ``refused`` of those refused, ``firm`` of those
    refused in a way that no state repeated by this subject's client can answer; ``heard_at`` is the
    time of the newest act.
    """

    subject_id = models.UUIDField(primary_key=True)
    mask = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    firm = models.IntegerField(default=0)
    restricted = models.BooleanField(default=False)
    heard_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Privacy:
        holds = "the choices of a pseudonymous person that hold now"
        fields = {"subject_id": "pseudonym", "mask": "choices", "refused": "choices"}

    def __str__(self) -> str:
        return str(self.subject_id)


class SubjectLink(models.Model):
    """From now on the loser stands with the winner, as one person; with itself: it stands alone
    again. Only the newest row of a loser holds."""

    loser_id = models.UUIDField()
    winner_id = models.UUIDField()
    linked_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["loser_id"], name="subjectlink_loser"),
            models.Index(fields=["winner_id"], name="subjectlink_winner"),
        ]
        triggers = append_only()

    class Privacy:
        holds = "which pseudonyms are one person"
        fields = {"loser_id": "pseudonym", "winner_id": "pseudonym"}

    def __str__(self) -> str:
        return f"{self.loser_id} is {self.winner_id}"
