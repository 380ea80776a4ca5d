"""Sources, the inbox, receipts, quarantine and the events themselves.

``Inbox`` and ``Event`` are partitioned tables made by hand-written SQL; Django only reads them.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Source(models.Model):
    """Where events come from: a web page, a server, an import."""

    class Kind(models.TextChoices):
        WEB = "web", "Web page"
        SERVER = "server", "Server"
        IMPORT = "import", "Import"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.WEB)
    key_prefix = models.CharField(max_length=12, blank=True, editable=False)
    key_fingerprint = models.CharField(
        max_length=64,
        null=True,
        blank=True,
        unique=True,
        editable=False,
    )
    trust_rank = models.PositiveSmallIntegerField(
        default=50,
        help_text="Of two claims about the same attribute the one from the higher rank holds.",
    )
    allowed_origins = ArrayField(
        models.CharField(max_length=200),
        default=list,
        blank=True,
        help_text="Pages that may send with this key. Empty: all. A courtesy, not a lock.",
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Privacy:
        """No personal data."""

        holds = None

    def __str__(self) -> str:
        return self.name


class Inbox(models.Model):
    """One accepted request, sealed as it came. Rows are never updated; partitions are dropped."""

    id = models.BigAutoField(primary_key=True)
    shard = models.SmallIntegerField()
    source_id = models.IntegerField()
    call = models.CharField(max_length=10)
    received_at = models.DateTimeField()
    body = models.BinaryField()

    class Meta:
        managed = False
        db_table = "profiles_inbox"

    class Privacy:
        holds = "events on their way, sealed; gone with their partition within days"
        fields = {"body": "sealed request"}

    def __str__(self) -> str:
        return f"request {self.id}"


class InboxShard(models.Model):
    """How far each shard of the inbox is digested; claimed with SKIP LOCKED."""

    shard = models.SmallIntegerField(primary_key=True)
    position = models.BigIntegerField(default=0)

    class Privacy:
        """No personal data."""

        holds = None

    def __str__(self) -> str:
        return f"shard {self.shard}"


class InboxHorizon(models.Model):
    """The highest inbox id below which nothing can still commit. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    position = models.BigIntegerField(default=0)
    advanced_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="inboxhorizon_one_row")
        ]

    class Privacy:
        """No personal data."""

        holds = None

    def __str__(self) -> str:
        return f"up to {self.position}"


class Receipt(models.Model):
    """What became of one message: the guard against counting it twice.

    ``message`` is the 16-byte BLAKE2b of the message id.
    """

    class Outcome(models.TextChoices):
        STORED = "s", "Stored"
        QUARANTINED = "q", "Quarantined"
        REFUSED = "r", "Refused by consent"

    pk = models.CompositePrimaryKey("source_id", "message")
    source_id = models.IntegerField()
    message = models.BinaryField(max_length=16)
    outcome = models.CharField(max_length=1, choices=Outcome.choices)
    seen_at = models.DateTimeField()

    class Privacy:
        """No personal data: a hash of a random id."""

        holds = None

    def __str__(self) -> str:
        return f"{self.get_outcome_display()} at {self.seen_at}"


class Quarantined(models.Model):
    """An event that could not be understood, kept whole and sealed until someone looks."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    code = models.CharField(max_length=40)
    field = models.CharField(max_length=200, blank=True)
    message = models.CharField(max_length=300)
    body = models.BinaryField(editable=False)

    class Meta:
        verbose_name = "quarantined event"
        indexes = [models.Index(fields=["code", "-received_at"])]

    class Privacy:
        holds = "events nobody could read, sealed"
        fields = {"body": "sealed event"}

    def __str__(self) -> str:
        return f"{self.code} at {self.received_at}"


class Event(models.Model):
    """One thing a person did. Partitioned by month of ``timestamp``.

    ``items``, ``quantities``, ``prices``, ``categories`` and ``brands`` are parallel arrays, an
    element a line. ``personal`` seals traits and whatever in the properties is personal.
    """

    pk = models.CompositePrimaryKey("id", "timestamp")
    id = models.UUIDField()
    timestamp = models.DateTimeField()
    received_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    original_timestamp = models.DateTimeField(null=True)
    skewed = models.BooleanField()
    source_id = models.IntegerField()
    message_id = models.TextField()
    type = models.TextField()
    kind = models.TextField()
    name = models.TextField()
    node_id = models.UUIDField(null=True)
    profile_id = models.UUIDField(null=True)
    purposes = models.IntegerField()
    order_id = models.TextField()
    revenue = models.DecimalField(max_digits=16, decimal_places=4, null=True)
    currency = models.TextField()
    items = ArrayField(models.TextField())
    quantities = ArrayField(models.DecimalField(max_digits=16, decimal_places=4))
    prices = ArrayField(models.DecimalField(max_digits=16, decimal_places=4, null=True))
    categories = ArrayField(models.TextField())
    brands = ArrayField(models.TextField())
    properties = models.JSONField()
    context = models.JSONField()
    personal = models.BinaryField(null=True)

    class Meta:
        managed = False
        db_table = "profiles_event"

    class Privacy:
        holds = "what a person did and when"
        fields = {"properties": "behaviour", "context": "behaviour", "personal": "sealed traits"}

    def __str__(self) -> str:
        return f"{self.name or self.kind} at {self.timestamp}"
