"""The Python door of consent."""

from consent.access.authentication import ApiKeyAuthentication, HasScope, secret_of
from consent.access.keys import find as find_key
from consent.access.keys import issue as issue_key
from consent.ledger.history import decisions, history
from consent.ledger.link import link, link_all
from consent.ledger.purposes import always_mask, current_notice, mask_of, notices, purposes
from consent.ledger.record import record
from consent.ledger.standing import mask_sql, permits, permits_sql, stances, standings

__all__ = [
    "ApiKeyAuthentication",
    "HasScope",
    "always_mask",
    "current_notice",
    "decisions",
    "find_key",
    "history",
    "issue_key",
    "link",
    "link_all",
    "mask_of",
    "mask_sql",
    "notices",
    "permits",
    "permits_sql",
    "purposes",
    "record",
    "secret_of",
    "stances",
    "standings",
]
