"""How fast events are taken in: over HTTP with durable acknowledgement, and digested end to end,
beside a bare COPY of the same rows into the same table. Rounds alternate, so that all three meet
the same machine."""

import base64
import http.client
import json
import random
import statistics
import threading
import time
import uuid
from collections.abc import Sequence
from typing import Any

from tests.bench import stage
from tests.flow.stack import Stack

EVENTS = 10_000
BATCH = 100
ROUNDS = 3
CLIENTS = 8
PER_VISITOR = 20
COPY_BATCH = 1_000
KEY = "bench-key"
PERMITTED = {"analytics": True, "personalisation": True, "marketing": False}


def run() -> dict[str, Any]:
    """Events a second of each way, medians over the rounds, and their ratios to COPY."""
    rounds: list[dict[str, float]] = []
    seconds: dict[str, float] = {}
    with Stack(only=("web",)) as stack:
        stage.enter(stack)
        from profiles.events import inbox, sources  # noqa: PLC0415  Django is ready only now

        sources.ensure("bench", "Benchmark", "server", secret=KEY)
        inbox.tidy()
        for number in range(ROUNDS + 1):
            bodies = _bodies(number)
            accepted = _accept(stack.port, bodies)
            digested = _digest(seconds if number else {})
            copied = _copy(number)
            if number:  # the first round warms up
                rounds.append({"accept": accepted, "digest": digested, "copy": copied})
    return _summary(rounds, seconds)


def _summary(rounds: Sequence[dict[str, float]], seconds: dict[str, float]) -> dict[str, Any]:
    found: dict[str, Any] = {
        f"{way}_per_second": round(statistics.median(one[way] for one in rounds))
        for way in ("copy", "accept", "digest")
    }
    for way in ("accept", "digest"):
        ratios = [one[way] / one["copy"] for one in rounds]
        found[f"{way}_to_copy"] = round(statistics.median(ratios), 3)
    total = EVENTS * ROUNDS
    for name, spent in sorted(seconds.items(), key=lambda item: -item[1]):
        found[f"microseconds_per_event_{name}"] = round(spent / total * 1e6, 1)
    return found


def _bodies(number: int) -> list[bytes]:
    """Requests of one round: visitors with sessions of some twenty events, one in four signs in."""
    dice = random.Random(number)
    messages = []
    for visitor in range(EVENTS // PER_VISITOR):
        start = time.time() - dice.uniform(3_600, 20 * 86_400)
        for step in range(PER_VISITOR):
            at = start + step * 30
            messages.append(_message(dice, f"{number}-{visitor}", step, at))
    parts = [messages[i : i + BATCH] for i in range(0, len(messages), BATCH)]
    return [json.dumps({"batch": part}).encode() for part in parts]


def _message(dice: random.Random, visitor: str, step: int, at: float) -> dict[str, Any]:
    sent: dict[str, Any] = {
        "messageId": str(uuid.UUID(int=dice.getrandbits(128))),
        "anonymousId": f"anonymous-{visitor}",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
        "context": {
            "consent": {"categoryPreferences": PERMITTED},
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/126.0 Safari/537.36",
            "locale": "en-GB",
            "page": {"path": f"/p/{step}", "url": f"https://shop.example/p/{step}"},
            "library": {"name": "analytics.js", "version": "next-1.84.3"},
        },
    }
    if step == 10 and visitor.endswith(("0", "4")):
        user = {"userId": f"user-{visitor}", "traits": {"email": f"{visitor}@example.org"}}
        return sent | user | {"type": "identify"}
    item = _item(dice)
    if step % PER_VISITOR == 19:
        lines = [_item(dice) | {"quantity": 2} for _ in range(3)]
        properties = {"order_id": f"o-{visitor}", "currency": "EUR", "products": lines}
        return sent | {"type": "track", "event": "Order Completed", "properties": properties}
    if step % 5 == 0:
        return sent | {"type": "page", "name": "Shop", "properties": {"path": f"/p/{step}"}}
    event = "Product Added" if step % 7 == 0 else "Product Viewed"
    return sent | {"type": "track", "event": event, "properties": item}


def _item(dice: random.Random) -> dict[str, Any]:
    number = dice.randrange(2_000)
    return {
        "product_id": f"p{number}",
        "name": f"Thing {number}",
        "category": f"Category {number % 20}",
        "brand": f"Brand {number % 50}",
        "price": number / 10,
    }


def _accept(port: int, bodies: Sequence[bytes]) -> float:
    waiting = iter(bodies)
    lock = threading.Lock()
    token = base64.b64encode(f"{KEY}:".encode()).decode()
    headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                body = next(waiting, None)
            if body is None:
                return
            connection.request("POST", "/v1/batch", body, headers)
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status == 200, text

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return EVENTS / (time.perf_counter() - started)


def _digest(seconds: dict[str, float]) -> float:
    from profiles import pipeline  # noqa: PLC0415

    digest = pipeline.Digest(seconds=seconds)
    stored = 0
    started = time.perf_counter()
    while stored < EVENTS:
        stored += digest.once().get("stored", 0)
    return EVENTS / (time.perf_counter() - started)


def _copy(number: int) -> float:
    """The rows just digested once more, under other ids and profiles."""
    from django.db import transaction  # noqa: PLC0415
    from psycopg.types.json import Jsonb  # noqa: PLC0415

    from cdp.lib import sql  # noqa: PLC0415
    from profiles.events.store import COLUMNS  # noqa: PLC0415

    names = ", ".join(COLUMNS)
    rows = sql.rows(
        f"SELECT {names} FROM profiles_event ORDER BY received_at DESC LIMIT %s", [EVENTS]
    )
    people = {row[12]: uuid.UUID(int=random.getrandbits(128)) for row in rows}
    fresh = [
        (
            uuid.UUID(int=row[0].int ^ 1 + number),
            *row[1:12],
            people[row[12]],
            *row[13:22],
            Jsonb(row[22], dumps=str.encode),
            Jsonb(row[23], dumps=str.encode),
            row[24],
        )
        for row in rows
    ]
    started = time.perf_counter()
    for i in range(0, len(fresh), COPY_BATCH):
        with transaction.atomic():
            part = fresh[i : i + COPY_BATCH]
            sql.copy("profiles_event", list(COLUMNS), list(COLUMNS.values()), part)
    return len(fresh) / (time.perf_counter() - started)


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
