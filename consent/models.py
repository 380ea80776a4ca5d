"""Where Django finds this app's tables."""

from consent.access.models import ApiKey
from consent.ledger.models import LedgerRecord, Notice, Purpose, Seal, Standing, SubjectLink
from consent.requests.models import OneTimeLink, Package, Receipt, Request, Step

__all__ = [
    "ApiKey",
    "LedgerRecord",
    "Notice",
    "OneTimeLink",
    "Package",
    "Purpose",
    "Receipt",
    "Request",
    "Seal",
    "Standing",
    "Step",
    "SubjectLink",
]
