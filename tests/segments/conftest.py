"""Fixtures of the tests of segments."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from consent import api as consent
from segments.models import Segment
from segments.rules import membership, versions

Maker = Callable[..., Segment]


@pytest.fixture
def live(db: None) -> Maker:
    """Make, publish and count a segment."""

    def make(rule: Any, name: str = "Test", **more: Any) -> Segment:
        segment = versions.create(name=name, rule=rule, author="test", **more)
        versions.publish(segment)
        membership.recompute([segment.slug])
        segment.refresh_from_db()
        return segment

    return make


@pytest.fixture
def api(db: None) -> Client:
    """A client whose key may read and write segments."""
    _, secret = consent.issue_key(name="test", scopes=["segments:write"])
    return Client(headers={"authorization": f"Bearer {secret}"})


@pytest.fixture
def marketer(db: None) -> User:
    """Staff who may see and make segments, as the role does."""
    user = User.objects.create_user("mia", password="x", is_staff=True)
    names = ["add_segment", "change_segment", "view_segment", "view_clusterrun"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


@pytest.fixture
def desk(marketer: User) -> Client:
    """The marketer's browser."""
    client = Client()
    client.force_login(marketer)
    return client
