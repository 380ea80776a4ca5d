"""Kill -9 at random under load: nothing acknowledged is lost, nothing is counted twice."""

import os
import random
import sys
import time
from dataclasses import dataclass, replace

import pytest

from tests.flow.load import Ledger, Sender
from tests.flow.stack import Stack

KEY = "kill-test-key"
SECONDS = float(os.environ.get("KILL_TEST_SECONDS", "12"))
MAKE_SOURCE = (
    "from profiles.events import sources;"
    f"sources.ensure('kill-test', 'Kill test', 'server', secret='{KEY}')"
)

RECOUNT = """
WITH counted AS (
    SELECT profile_id, (timestamp AT TIME ZONE 'UTC')::date AS day, count(*) AS events,
        count(*) FILTER (WHERE kind = 'view') AS views,
        count(*) FILTER (WHERE kind = 'purchase') AS orders,
        coalesce(sum(revenue) FILTER (WHERE kind = 'purchase'), 0) AS revenue
    FROM profiles_event GROUP BY 1, 2)
SELECT count(*) FROM counted c
FULL JOIN profiles_day d ON d.profile_id = c.profile_id AND d.day = c.day
WHERE (c.events, c.views, c.orders, c.revenue)
    IS DISTINCT FROM (d.events::bigint, d.views::bigint, d.orders::bigint, d.revenue)
"""


@dataclass(frozen=True)
class Verdict:
    """What differs between what was acknowledged and what stands."""

    lost: int
    doubled: int
    invented: int
    receipts: int
    miscounted: int

    @property
    def clean(self) -> bool:
        """Nothing differs."""
        return self == Verdict(0, 0, 0, 0, 0)


def judge(stack: Stack, ledger: Ledger) -> Verdict:
    """Compare the ledger with events, receipts and counters."""
    stored = [row[0] for row in stack.query("SELECT message_id FROM profiles_event")]
    ((receipts,),) = stack.query("SELECT count(*) FROM profiles_receipt WHERE outcome = 's'")
    ((miscounted,),) = stack.query(RECOUNT)
    sent = set(ledger.acknowledged)
    return Verdict(
        lost=len(sent - set(stored)),
        doubled=len(stored) - len(set(stored)),
        invented=len(set(stored) - sent),
        receipts=receipts - len(sent),
        miscounted=miscounted,
    )


def torment(stack: Stack, seed: int, seconds: float) -> tuple[Ledger, int]:
    """Load for some seconds while the digest is killed and started again; returns the ledger and
    how many of the kills hit a digest with work before it."""
    ledger, dice = Ledger(), random.Random(seed)
    senders = [Sender(stack.port, KEY, seed * 10 + number, ledger) for number in range(2)]
    for sender in senders:
        sender.start()
    felt, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        await_progress(stack)
        time.sleep(dice.uniform(0, 0.4))  # the moment of death is what is being varied
        felt += stack.lag() > 0
        stack.kill("digest")
        stack.restart("digest")
    for sender in senders:
        sender.ended.set()
    for sender in senders:
        sender.join(30)
    stack.wait_until(lambda: stack.lag() == 0, 120)
    stack.wait_until(lambda: quiet(stack), 30)
    return ledger, felt


def digested(stack: Stack) -> int:
    """How many messages have been taken through the stages."""
    ((number,),) = stack.query("SELECT count(*) FROM profiles_receipt")
    return int(number)


def await_progress(stack: Stack) -> None:
    """Wait until the digest has come back to life and done something."""
    before = digested(stack)
    stack.wait_until(lambda: digested(stack) > before, 60)


def quiet(stack: Stack) -> bool:
    """Nothing is being written any more."""
    ((busy,),) = stack.query(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND state <> 'idle'"
    )
    return bool(busy == 0)


@pytest.mark.flow
def test_digest__killed_at_random_under_load__counts_every_message_once() -> None:
    seed = int(os.environ.get("KILL_TEST_SEED", random.randrange(1_000_000)))
    print(f"KILL_TEST_SEED={seed}")
    with Stack(only=("web", "digest")) as stack:
        stack.manage("shell", "-c", MAKE_SOURCE)
        ledger, felt = torment(stack, seed, SECONDS)
        verdict = judge(stack, ledger)
    print(f"{len(ledger.acknowledged)} messages, {ledger.repeated} sent twice, {felt} kills felt")
    assert felt >= 2, "no kill hit a digest at work: the test shows nothing"
    assert ledger.repeated > 0
    assert verdict.clean, f"seed {seed}: {verdict}"


@pytest.mark.flow
def test_digest__cursor_moved_in_a_transaction_of_its_own__is_found_out() -> None:
    """The same torment with a digest that has a fault: the test above can fail."""
    with Stack(only=("web", "digest")) as stack:
        stack.manage("shell", "-c", MAKE_SOURCE)
        real = stack._wanted["digest"]
        command = (sys.executable, "-m", "tests.flow.careless_digest")
        stack._wanted["digest"] = replace(real, command=command)
        stack.restart("digest")
        for seed in range(5):
            ledger, _ = torment(stack, seed, 6)
            verdict = judge(stack, ledger)
            if verdict.lost:
                break
    assert verdict.lost > 0
