"""What tests of consent share."""

from collections.abc import Iterator

import pytest
from django.core import mail
from django.core.cache import cache
from pytest_django import Settings

from tests.consent.shelf import Shelf


@pytest.fixture
def shelf(settings: Settings) -> Iterator[type[Shelf]]:
    """The only holder beside consent itself, empty, with a mail box that can be read."""
    settings.SUBJECT_DATA = ["tests.consent.shelf.Shelf", "consent.privacy.SubjectData"]
    settings.ROOT_URLCONF = "consent.rest.urls"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Shelf.notes, Shelf.stubborn = {}, ""
    mail.outbox = []
    cache.clear()
    yield Shelf
    Shelf.notes, Shelf.stubborn = {}, ""
