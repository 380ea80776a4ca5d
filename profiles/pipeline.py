"""Digesting: many requests at a time through ``settings.EVENT_STAGES``, in one transaction that
also moves the inbox's cursors. So whatever dies, every message takes effect once."""

import gc
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction
from django.utils.module_loading import import_string

from cdp.lib import sql
from profiles.data import Arrival, Batch
from profiles.events import inbox, partitions
from profiles.events.inbox import Sealed
from profiles.events.stages import drop_duplicates, parse

log = logging.getLogger(__name__)

Stage = Callable[[Batch], Batch]

MAX_BYTES = 2 * 1024 * 1024
"""Requests digested together hold at most about this much: a few thousand events, so that an event
does not wait long for its neighbours (half a second, where many wait). Half as much measured 3 to
8 % slower: the sixty statements of a batch cost the same for fewer events."""

ATTEMPTS = 8
DATA_ERRORS = (DataError, IntegrityError, ValueError, TypeError, LookupError, ArithmeticError)
"""What a single message can cause. Anything else is a fault of ours or of the database, and no
reason to put messages aside."""


@dataclass
class Digest:
    """One digesting process: its clock of the horizon, and the seconds spent in each stage."""

    seconds: dict[str, float] = field(default_factory=dict)
    horizon: inbox.Horizon = field(default_factory=inbox.Horizon)

    def once(self, limit: int | None = None) -> Mapping[str, int]:
        """Digest the oldest waiting requests, at most ``limit``; all counts 0 where none waits."""
        self.horizon.advance()
        bound = limit or settings.DIGEST_MAX_REQUESTS
        banned: frozenset[str] = frozenset()
        while True:
            claimed: list[Sealed] = []
            try:
                return _persist(lambda: self._transaction(bound, banned, claimed))  # noqa: B023
            except DATA_ERRORS as failure:
                log.warning("digest: %s in a batch of %s", type(failure).__name__, len(claimed))
                found = _undigestible(claimed, banned)
                if not found and len(claimed) == 1:  # its messages fail together only
                    alone = _read(claimed, banned).arrivals
                    found = frozenset(arrival.message_id for arrival in alone)
                if not found and len(claimed) <= 1:
                    raise
                banned |= found
                bound = bound if found else len(claimed) // 2

    def _transaction(
        self, limit: int, banned: frozenset[str], claimed: list[Sealed]
    ) -> Mapping[str, int]:
        claimed.clear()
        with _no_garbage_collection(), transaction.atomic():
            requests = inbox.claim(limit=limit, max_bytes=MAX_BYTES)
            claimed.extend(requests)
            if not requests:
                return {}
            batch = Batch(requests=[replace(r, banned=banned) for r in requests])
            counts = run(_stages(), batch, self.seconds).counts
            inbox.move(requests)
            started = time.perf_counter()
        _add(self.seconds, "commit", started)
        return counts


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """A batch makes a hundred thousand objects and no rings: looking for rings among them costs a
    tenth of the time and finds nothing."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def process(arrivals: Sequence[Arrival]) -> Mapping[str, int]:
    """Take prepared messages through the stages from ``drop_duplicates`` on, in one transaction; an
    import's messages need neither inbox nor parsing."""
    stages = _stages()
    rest = stages[stages.index(drop_duplicates) :]

    def attempt() -> Mapping[str, int]:
        with transaction.atomic():
            return run(rest, Batch(arrivals=arrivals), {}).counts

    return _persist(attempt)


def digest_available() -> Mapping[str, int]:
    """Digest until nothing waits, in this process: for tests, seeds and ``digest --once``."""
    digest, total = Digest(), Counter[str]()
    inbox.advance_horizon()
    while counts := digest.once():
        total.update(counts)
    return dict(total)


def run(stages: Sequence[Stage], batch: Batch, seconds: dict[str, float]) -> Batch:
    """One batch through these stages; adds the time of each to ``seconds``."""
    for stage in stages:
        started = time.perf_counter()
        batch = stage(batch)
        _add(seconds, stage.__name__, started)
    return batch


def _add(seconds: dict[str, float], name: str, started: float) -> None:
    seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - started


def _persist(attempt: Callable[[], Mapping[str, int]]) -> Mapping[str, int]:
    """Try again what may succeed the next time; make partitions that are missing."""
    failures = 0
    while True:
        try:
            return attempt()
        except partitions.MissingPartitions as missing:
            partitions.ensure_months(missing.months)
        except DatabaseError as failure:
            failures += 1
            nested = connection.in_atomic_block
            if nested or failures >= ATTEMPTS or not sql.is_transient(failure):
                raise
            log.info("digest: try %s after %s", failures + 1, type(failure.__cause__).__name__)
            connection.close_if_unusable_or_obsolete()
            time.sleep(random.uniform(0.01, 0.05) * 2**failures)  # noqa: S311  jitter


def _undigestible(requests: Sequence[Sealed], banned: frozenset[str]) -> frozenset[str]:
    """The messages that fail by themselves, found by halving. All that is tried is rolled back."""
    return frozenset(_failing(_read(requests, banned).arrivals))


def _failing(arrivals: Sequence[Arrival]) -> list[str]:
    if not arrivals or _succeeds(arrivals):
        return []
    if len(arrivals) == 1:
        return [arrivals[0].message_id]
    middle = len(arrivals) // 2
    return _failing(arrivals[:middle]) + _failing(arrivals[middle:])


def _succeeds(arrivals: Sequence[Arrival]) -> bool:
    stages = _stages()
    rest = stages[stages.index(drop_duplicates) :]

    def attempt() -> Mapping[str, int]:
        with transaction.atomic():
            counts = run(rest, Batch(arrivals=arrivals), {}).counts
            transaction.set_rollback(True)
        return counts

    try:
        _persist(attempt)
    except DATA_ERRORS:
        return False
    return True


def _read(requests: Sequence[Sealed], banned: frozenset[str]) -> Batch:
    with transaction.atomic():
        batch = parse(Batch(requests=[replace(r, banned=banned) for r in requests]))
        transaction.set_rollback(True)
    return batch


def _stages() -> list[Stage]:
    return [import_string(path) for path in settings.EVENT_STAGES]
