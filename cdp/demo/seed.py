"""Filling an empty installation with the invented shop, through the doors that real data takes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from cdp.celery import app
from cdp.demo import catalogue, marketing, people, story
from cdp.lib import clock
from cdp.roles import demo_staff
from consent import api as consent
from profiles import api as profiles
from profiles.data import SourceInfo
from recommendations import api as recommendations
from recommendations.data import Item

WRITE_KEY = "demo-write-key"
API_KEY = "demo-api-key"
SOURCE = "demo-shop"
SEED = 2026
BATCH = 100
REQUESTS_A_ROUND = 40
SCOPES = ("events", "profiles", "segments", "consents", "privacy", "catalog", "recommendations")
PERSONAL = "profiles:personal"
WORK = (
    "segments.tasks.find_clusters",
    "segments.tasks.recompute",
    "recommendations.tasks.train",
    "profiles.tasks.snapshot_completeness",
)
"""Work that otherwise waits for its hour, by the names it has in the schedule."""

Progress = Callable[[int], object]
Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was made, in numbers."""

    items: int
    people: int
    messages: int


def is_seeded() -> bool:
    """Whether a seeding has ended here: the API key is made last."""
    return consent.find_key(API_KEY) is not None


def seed(*, count: int, say: Say, total: Progress, progress: Progress) -> Seeded:
    """Make the whole demonstration. Interrupted, it can be started again: every step knows what it
    made before. ``total`` hears how many messages there will be, ``progress`` how many are done."""
    say("staff, source and catalogue")
    demo_staff()
    source = profiles.ensure_source(SOURCE, "Demo shop", "web", secret=WRITE_KEY)
    items = recommendations.upsert_items(shelf())
    say(f"what {count:,} people did in the last {story.DAYS} days")
    messages = told(count, clock.now())
    total(len(messages))
    send(source, messages, progress)
    say("segments")
    marketing.make_segments()
    run_once(WORK, say)
    marketing.make_overrides()
    consent.issue_key(
        name="Demo server",
        scopes=[*(f"{scope}:write" for scope in SCOPES), PERSONAL],
        secret=API_KEY,
    )
    return Seeded(items, count, len(messages))


def run_once(names: Sequence[str], say: Say) -> None:
    """Run scheduled tasks here and now, without a worker."""
    app.loader.import_default_modules()
    for name in names:
        say(name.replace(".tasks.", ": ").replace("_", " "))
        app.tasks[name].apply(throw=True)


def shelf() -> list[Item]:
    """The goods as catalogue items; pictures and pages are the demo shop's own."""
    return [
        Item(
            item_id=good.item_id,
            name=good.name,
            category=(good.category,),
            brand=good.brand,
            price=good.price,
            currency=catalogue.CURRENCY,
            image_url=f"/shop/picture/{good.item_id}.svg",
            url=f"/shop/item/{good.item_id}/",
            in_stock=good.in_stock,
            tags=(good.collection,),
        )
        for good in catalogue.goods()
    ]


def told(count: int, until: datetime) -> list[dict[str, Any]]:
    """Everything that ``count`` people sent before ``until``, in order of time."""
    messages = [
        message
        for person in people.people(count, SEED)
        for message in story.messages(person, until, SEED)
    ]
    return sorted(messages, key=lambda message: message["timestamp"])


def send(source: SourceInfo, messages: Sequence[dict[str, Any]], progress: Progress = bool) -> None:
    """Put the messages into the inbox as a tracking client would, and digest them here."""
    for requests in _rounds(messages):
        for batch in requests:
            profiles.accept(
                source=source,
                call="batch",
                body=msgspec.json.encode({"batch": batch}),
                received_at=clock.now(),
            )
        profiles.digest_available()
        progress(sum(map(len, requests)))


def _rounds(messages: Sequence[dict[str, Any]]) -> Iterator[list[Sequence[dict[str, Any]]]]:
    size = BATCH * REQUESTS_A_ROUND
    for start in range(0, len(messages), size):
        part = messages[start : start + size]
        yield [part[at : at + BATCH] for at in range(0, len(part), BATCH)]
