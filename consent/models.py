"""Where Django finds this app's tables."""

from consent.access.models import ApiKey
from consent.ledger.models import LedgerRecord, Notice, Purpose, Seal, Standing, SubjectLink

__all__ = ["ApiKey", "LedgerRecord", "Notice", "Purpose", "Seal", "Standing", "SubjectLink"]
