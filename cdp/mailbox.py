"""Demonstration mail: kept in the cache for a day and shown on a page."""

from collections.abc import Sequence

from django.core.cache import cache
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

KEY = "demo-mailbox"


class Backend(BaseEmailBackend):
    """Django's mail backend for demo mode."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        box = cache.get(KEY, [])
        for message in messages:
            box.insert(0, {"to": message.to, "subject": message.subject, "body": message.body})
        cache.set(KEY, box[:50], 86_400)
        return len(messages)
