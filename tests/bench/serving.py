"""``GET /recommendations`` at 200 requests a second, open loop, on 100,000 people and 20,000 items.

Every request has a time at which it is due; its latency counts from then, so that a server that
stalls cannot hide behind a client that waits for it.
"""

import contextlib
import http.client
import json
import os
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from tests.bench import stage
from tests.flow.stack import Stack

PEOPLE = 100_000
ITEMS = 20_000
CATEGORIES = 200
TOUCHES = 6
RATE = 200
SECONDS = 25
CLIENTS = 32
KEY = "bench-key"


@dataclass(frozen=True, slots=True)
class Answer:
    """One request: milliseconds since it was due, the status (0: the connection broke), the code of
    an error or what the answer had to do without, and whether it was made for the person."""

    taken: float
    status: int
    code: str
    personal: bool


def run() -> dict[str, Any]:
    """Latencies in milliseconds and statuses: right after the start, in steady state, and while
    models and catalogue are replaced. Then what a restart of the database does."""
    with Stack(only=("web",)) as stack:
        stage.enter(stack)
        started = time.perf_counter()
        fill()
        filled = time.perf_counter()
        models = teach()
        taught = time.perf_counter()
        stack.restart("web")
        cold = _open_loop(stack.port, seconds=5)
        _open_loop(stack.port, seconds=3)
        before = _cpu_seconds(stack)
        steady = _open_loop(stack.port, seconds=SECONDS)
        cpu = _cpu_seconds(stack) - before
        swap = _meanwhile(lambda: swapped(stack), lambda: _open_loop(stack.port, seconds=12))
        outage = _meanwhile(lambda: restart(stack), lambda: _open_loop(stack.port, seconds=12))
    return {
        **_summary("", steady),
        "web_cpu_ms_per_request": round(cpu * 1_000 / len(steady), 2),
        "personalised": sum(each.personal for each in steady),
        **_summary("cold_", cold),
        **_summary("swap_", swap),
        **_summary("database_restart_", outage),
        "offered_per_second": RATE,
        "people": PEOPLE,
        "items": ITEMS,
        "interactions": PEOPLE * TOUCHES,
        "models": models,
        "fill_seconds": round(filled - started, 1),
        "train_seconds": round(taught - filled, 1),
    }


def swapped(stack: Stack) -> None:
    """New models, a changed shelf and a new rule go live. Training is a process of its own, as in
    the product, on the same cores."""
    from recommendations import api  # noqa: PLC0415  Django is ready only now

    stack.manage("train", "--algorithm", "popularity", "--algorithm", "cooccurrence")
    api.upsert_items(replace(item, price=item.price + 1) for item in items())
    api.ensure_override(name="Bench", kind="pin", owner_id=None, item_ids=["i00001"])


def restart(stack: Stack) -> None:
    """The database goes away and comes back."""
    started = time.perf_counter()
    stack.restart("postgres")
    print(f"the database was away for {time.perf_counter() - started:.1f} s")


def _meanwhile(work: Callable[[], None], load: Callable[[], list[Answer]]) -> list[Answer]:
    """The answers of a load during which something is done, in this thread: servers of the stack
    die with the thread that started them."""
    answers: list[Answer] = []
    loading = threading.Thread(target=lambda: answers.extend(load()))
    loading.start()
    work()
    loading.join()
    return answers


def _cpu_seconds(stack: Stack) -> float:
    """What the web processes have used so far, from /proc."""
    group = str(stack.running["web"].pid)
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if fields[2] == group:  # each process of ours leads a group of its own
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def fill() -> None:
    """People, their consent, the catalogue and what people did, by COPY."""
    from django.db import transaction  # noqa: PLC0415  Django is ready only now

    from cdp.lib import sql  # noqa: PLC0415
    from consent import api as consent  # noqa: PLC0415
    from profiles.events import sources  # noqa: PLC0415
    from profiles.identity import nodes  # noqa: PLC0415
    from recommendations import api  # noqa: PLC0415

    sources.ensure("bench", "Benchmark", "web", secret=KEY)
    api.upsert_items(items())
    now = datetime.now(UTC)
    people = [nodes.node_id("user_id", f"user-{number}") for number in range(PEOPLE)]
    mask = consent.mask_of(*consent.purposes())
    with transaction.atomic():
        sql.copy(
            "profiles_profile",
            ["id", "known", "created_at", "last_seen_at"],
            ["uuid", "bool", "timestamptz", "timestamptz"],
            ((each, True, now, now) for each in people),
        )
        sql.copy(
            "profiles_identifier",
            ["id", "kind", "sealed", "profile_id", "first_seen_at", "last_seen_at"],
            ["uuid", "text", "bytea", "uuid", "timestamptz", "timestamptz"],
            ((each, "user_id", b"sealed", each, now, now) for each in people),
        )
        sql.execute(
            "INSERT INTO consent_standing (subject_id, mask, refused, firm, restricted, heard_at, "
            "updated_at) "
            "SELECT id, %s, 0, 0, false, now(), now() FROM profiles_profile",
            [mask],
        )
        sql.copy(
            "recommendations_interaction",
            ["profile_id", "item_id", "views", "carts", "purchases", "refunds", "last_at"],
            ["uuid", "text", "int4", "int4", "int4", "int4", "timestamptz"],
            _touches(people, now),
        )
    for table in ("profiles_identifier", "consent_standing", "recommendations_interaction"):
        sql.execute(f"ANALYZE {table}")


def teach() -> list[str]:
    """Train all algorithms and say which went live."""
    from recommendations.training.train import train  # noqa: PLC0415

    return [f"{run.algorithm}: {run.state} {run.metrics.get('ndcg@10')}" for run in train()]


def items() -> Iterator[Any]:
    """The catalogue of the benchmark."""
    from recommendations.data import Item  # noqa: PLC0415

    for number in range(ITEMS):
        yield Item(
            item_id=f"i{number:05}",
            name=f"Thing {number}",
            category=(f"Floor {number % CATEGORIES % 10}", f"Aisle {number % CATEGORIES}"),
            brand=f"Brand {number % 300}",
            price=Decimal(number % 900) / 10,
            currency="GBP",
            image_url="",
            url=f"/p/{number}",
            in_stock=number % 53 > 0,  # a prime, so that no aisle is sold out as a whole
        )


def _touches(people: Sequence[UUID], now: datetime) -> Iterator[tuple[Any, ...]]:
    """Each person keeps to two aisles and, there, to what sells."""
    dice = random.Random(1)
    per_aisle = ITEMS // CATEGORIES
    for person in people:
        aisles = dice.sample(range(CATEGORIES), 2)
        seen: set[str] = set()
        while len(seen) < TOUCHES:
            shelf = int(per_aisle * dice.random() ** 2)
            seen.add(f"i{shelf * CATEGORIES + dice.choice(aisles):05}")
        for item in sorted(seen):
            at = now - timedelta(days=dice.random() * 60)
            yield person, item, 1 + int(dice.random() < 0.3), 0, int(dice.random() < 0.1), 0, at


def _open_loop(port: int, *, seconds: int) -> list[Answer]:
    """All requests of so many seconds, each sent when it is due."""
    dice = random.Random(2)
    addresses = [_address(dice) for _ in range(RATE * seconds)]
    start = time.perf_counter() + 0.2
    due = iter([(start + n / RATE, address) for n, address in enumerate(addresses)])
    lock = threading.Lock()
    answers: list[Answer] = []

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while True:
            with lock:
                moment, address = next(due, (0.0, ""))
            if not address:
                return
            time.sleep(max(moment - time.perf_counter(), 0))
            answers.append(_ask(connection, address, moment))

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _ask(connection: http.client.HTTPConnection, address: str, moment: float) -> Answer:
    try:
        connection.request("GET", address)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as failure:
        connection.close()
        taken = (time.perf_counter() - moment) * 1_000
        return Answer(taken, 0, type(failure).__name__, False)
    taken = (time.perf_counter() - moment) * 1_000
    said = json.loads(body)
    code = " ".join(said["degraded"]) if answer.status == 200 else str(said.get("code"))
    return Answer(taken, answer.status, code, said.get("personalised", False))


def _address(dice: random.Random) -> str:
    asked = {"write_key": KEY, "context": "homepage", "device": "mobile", "limit": "10"}
    kind = dice.random()
    if kind < 0.8:
        asked["user_id"] = f"user-{dice.randrange(PEOPLE)}"
    if kind > 0.7:
        asked["item_id"] = f"i{dice.randrange(ITEMS):05}"
    return "/recommendations?" + urlencode(asked)


def _summary(name: str, answers: Sequence[Answer]) -> dict[str, Any]:
    """Percentiles, and how many answers there were of each status and error code."""
    cuts = statistics.quantiles([each.taken for each in answers], n=1_000, method="inclusive")
    counts = Counter(f"{each.status} {each.code}".strip() for each in answers)
    return {
        **{f"{name}p{p}_ms": round(cuts[p * 10 - 1], 2) for p in (50, 95, 99)},
        f"{name}statuses": dict(sorted(counts.items())),
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
