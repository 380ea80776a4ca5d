"""From an event sent over HTTP to what it changes: the profile, a segment, the recommendations.

People come one after another, as fast as the answers allow; each is asked for until all three have
followed, and each wait counts from the moment the event was sent.
"""

import http.client
import json
import statistics
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from tests.bench import serving, stage
from tests.flow.stack import Stack

PEOPLE = 60
WAIT = 15.0
PAUSE = 0.01
KEY = "fresh-key"
GRANTED = {"analytics": True, "personalisation": True, "marketing": True}


def run() -> dict[str, Any]:
    """Waits in milliseconds until profile, segment and recommendations show the event."""
    with Stack(only=("web", "digest")) as stack:
        stage.enter(stack)
        secret, segment = _prepare()
        waits: dict[str, list[float]] = {"profile": [], "segment": [], "recommendations": []}
        missed = 0
        for number in range(PEOPLE + 3):
            found = _one(stack.port, f"fresh-{number}", secret, segment)
            if number < 3:
                continue  # connections and caches warm up
            missed += len(waits) - len(found)
            for name, milliseconds in found.items():
                waits[name].append(milliseconds)
    return {**_summary(waits), "people": PEOPLE, "not_within_15_s": missed}


def _prepare() -> tuple[str, int]:
    from consent import api as consent  # noqa: PLC0415  Django is ready only now
    from profiles.events import sources  # noqa: PLC0415
    from recommendations import api  # noqa: PLC0415
    from segments import api as segments  # noqa: PLC0415

    sources.ensure("fresh", "Freshness", "web", secret=KEY)
    api.upsert_items(serving.items())
    rule = {"event": "view", "within": {"days": 7}}
    segment = segments.create(name="Looked lately", rule=rule, author="bench")
    segments.publish(segment)
    _, secret = consent.issue_key(name="bench", scopes=["profiles", "segments"])
    return secret, segment.pk


def _one(port: int, user_id: str, secret: str, segment: int) -> dict[str, float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    item = f"i{uuid.uuid4().int % 1_000 + 1_001:05}"
    event = {
        "messageId": str(uuid.uuid4()),
        "userId": user_id,
        "event": "Product Viewed",
        "properties": {"product_id": item},
        "context": {"consent": {"categoryPreferences": GRANTED}},
        "writeKey": KEY,
    }
    sent = time.perf_counter()
    connection.request("POST", "/v1/track", json.dumps(event), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status == 200, text
    found: dict[str, float] = {}
    while len(found) < 3 and time.perf_counter() - sent < WAIT:
        for name in ("profile", "segment", "recommendations"):
            if name not in found and _shows(connection, name, user_id, secret, segment):
                found[name] = (time.perf_counter() - sent) * 1_000
        time.sleep(PAUSE)
    connection.close()
    return found


def _shows(
    connection: http.client.HTTPConnection, name: str, user_id: str, secret: str, segment: int
) -> bool:
    if name == "segment":
        return _is_member(user_id, segment)
    lookup = "/api/v1/profiles/lookup?" + urlencode({"type": "user_id", "value": user_id})
    shelf = "/recommendations?" + urlencode({"write_key": KEY, "user_id": user_id, "limit": "5"})
    headers = {"Authorization": f"Bearer {secret}"} if name == "profile" else {}
    connection.request("GET", lookup if name == "profile" else shelf, headers=headers)
    answer = connection.getresponse()
    body = json.loads(answer.read())
    if name == "profile":
        return answer.status == 200
    return bool(body["personalised"])


def _is_member(user_id: str, segment: int) -> bool:
    from profiles import api as profiles  # noqa: PLC0415
    from segments import api as segments  # noqa: PLC0415

    profile_id = profiles.resolve("user_id", user_id)
    return profile_id is not None and segment in segments.segment_ids_of(profile_id)


def _summary(waits: Mapping[str, Sequence[float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, milliseconds in waits.items():
        if len(milliseconds) < 2:
            continue
        cuts = statistics.quantiles(milliseconds, n=100, method="inclusive")
        found[f"{name}_p50_ms"] = round(cuts[49], 1)
        found[f"{name}_p95_ms"] = round(cuts[94], 1)
    return found


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
