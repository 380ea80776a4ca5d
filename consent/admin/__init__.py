"""The console's pages of consent."""

from consent.admin.access import ApiKeyAdmin
from consent.admin.ledger import LedgerAdmin
from consent.admin.purposes import NoticeAdmin, PurposeAdmin
from consent.admin.requests import RequestAdmin

__all__ = ["ApiKeyAdmin", "LedgerAdmin", "NoticeAdmin", "PurposeAdmin", "RequestAdmin"]
