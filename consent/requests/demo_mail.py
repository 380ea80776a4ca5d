"""Demonstration mail: kept in the cache for a day, sealed like everything that names people, and
shown on a page."""

import json
from collections.abc import Sequence
from typing import Any

from django.core.cache import cache
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from cdp.lib import crypto

KEY = "demo-mailbox"
MOST = 50
_PLACE = KEY.encode()


class Backend(BaseEmailBackend):
    """Django's mail backend for demo mode."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        sent = [
            {"to": list(one.to), "subject": str(one.subject), "body": str(one.body)}
            for one in reversed(messages)
        ]
        box = json.dumps([*sent, *letters()][:MOST]).encode()
        cache.set(KEY, crypto.encrypt(box, place=_PLACE), 86_400)
        return len(messages)


def letters() -> list[dict[str, Any]]:
    """What was sent in the last day, newest first: to, subject, body."""
    box = cache.get(KEY)
    kept: list[dict[str, Any]] = json.loads(crypto.decrypt(box, place=_PLACE)) if box else []
    return kept
