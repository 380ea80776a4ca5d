"""What was decided and why, for one person."""

from datetime import datetime
from uuid import UUID

from consent.data import Decision, Record
from consent.ledger import fold
from consent.ledger.decide import decide
from consent.ledger.purposes import purposes


def history(subject: UUID) -> list[Record]:
    """The person's whole ledger, oldest entry first, whichever of their subject ids it is under."""
    return fold.records(fold.persons([subject])[subject])


def decisions(subject: UUID, at: datetime | None = None) -> list[Decision]:
    """What holds now for each purpose or, with ``at``, what the acts up to that moment decide."""
    known = history(subject)
    if at is not None:
        known = [record for record in known if record.act.occurred_at <= at]
    return decide(known, purposes())
