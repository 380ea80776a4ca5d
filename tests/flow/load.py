"""Load through the front door, with a ledger of what was acknowledged."""

import base64
import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

KINDS = ("Product Viewed", "Product Viewed", "Product Added", "Order Completed")
PERMITTED = {"consent": {"categoryPreferences": {"analytics": True, "personalisation": True}}}


@dataclass
class Ledger:
    """What was sent and acknowledged. A message without an answer is sent again until it has one,
    as SDKs do: so everything in here is acknowledged in the end, and some of it came twice."""

    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    repeated: int = 0
    failures: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def message(dice: random.Random, message_id: str) -> dict[str, Any]:
    """One event of one of a few visitors within the last three days."""
    event = dice.choice(KINDS)
    then = time.time() - dice.uniform(0, 3 * 86_400)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(then))
    properties: dict[str, Any] = {"product_id": f"p{dice.randrange(50)}"}
    if event == "Order Completed":
        properties |= {"order_id": message_id, "revenue": dice.randrange(1, 9_999) / 100}
    return {
        "type": "track",
        "event": event,
        "messageId": message_id,
        "anonymousId": f"visitor-{dice.randrange(40)}",
        "timestamp": stamp,
        "properties": properties,
        "context": PERMITTED,
    }


class Sender(threading.Thread):
    """Sends batches until told to stop, some of them twice, and notes what was acknowledged."""

    PAUSE = 0.05
    """Seconds between batches: enough load to keep a digest busy, little enough to drain soon."""

    def __init__(self, port: int, key: str, seed: int, ledger: Ledger) -> None:
        super().__init__(daemon=True)
        self.port, self.ledger, self.seed = port, ledger, seed
        self.dice = random.Random(seed)
        self.ended = threading.Event()
        token = base64.b64encode(f"{key}:".encode()).decode()
        self.headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}

    def run(self) -> None:
        number = 0
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        while not self.ended.wait(self.PAUSE):
            ids = [f"{self.seed}-{number + step}" for step in range(self.dice.randrange(1, 30))]
            number += len(ids)
            batch = [message(self.dice, one) for one in ids]
            again = self.dice.random() < 0.1
            connection = self._send(connection, batch)
            if again:
                connection = self._send(connection, batch)
            with self.ledger.lock:
                self.ledger.acknowledged |= {one["messageId"]: one for one in batch}
                self.ledger.repeated += len(batch) * again
        connection.close()

    def _send(
        self, connection: http.client.HTTPConnection, batch: list[dict[str, Any]]
    ) -> http.client.HTTPConnection:
        body = json.dumps({"batch": batch})
        while True:
            try:
                connection.request("POST", "/v1/batch", body, self.headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    return connection
            except (OSError, http.client.HTTPException):
                connection.close()
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            with self.ledger.lock:
                self.ledger.failures += 1
