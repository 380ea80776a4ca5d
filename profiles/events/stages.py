"""The stages that know messages but no people: parse, drop duplicates, store."""

import logging
from collections.abc import Mapping
from dataclasses import replace

from django.conf import settings

from profiles.data import Arrival, Batch, SourceInfo
from profiles.events import quarantine, receipts, sources, store, wire
from profiles.events.inbox import Sealed
from profiles.events.models import Receipt
from profiles.events.quarantine import Case
from profiles.events.receipts import counted

log = logging.getLogger(__name__)


def parse(batch: Batch) -> Batch:
    """Open and read the requests. What cannot be understood goes to quarantine whole; its
    neighbours go on."""
    arrivals: list[Arrival] = []
    cases: list[Case] = []
    for request in batch.requests:
        for result in _read(request):
            if isinstance(result, wire.Rejected):
                cases.append(Case(request.source_id, request.received_at, result))
            else:
                arrivals.append(result)
    kept = quarantine.keep(cases)
    counts = counted(
        batch.counts,
        requests=len(batch.requests),
        messages=len(arrivals) + len(cases),
        quarantined=kept,
        duplicates=len(cases) - kept,
    )
    return replace(batch, arrivals=[*batch.arrivals, *arrivals], counts=counts)


def drop_duplicates(batch: Batch) -> Batch:
    """Keep the messages that never came before. Of several copies in one batch the one that
    happened first stays, wherever it stands."""
    unique: dict[receipts.Key, Arrival] = {}
    for arrival in batch.arrivals:
        key = receipts.key(arrival.source.source_id, arrival.message_id)
        other = unique.get(key)
        if other is None or arrival.timestamp < other.timestamp:
            unique[key] = arrival
    fresh = receipts.issue(unique, Receipt.Outcome.STORED)
    arrivals = [arrival for key, arrival in unique.items() if key in fresh]
    counts = counted(batch.counts, duplicates=len(batch.arrivals) - len(arrivals))
    return replace(batch, arrivals=arrivals, counts=counts)


def store_events(batch: Batch) -> Batch:
    """Write the events into their months."""
    store.write(batch.events)
    return replace(batch, counts=counted(batch.counts, stored=len(batch.events)))


def _read(sealed: Sealed) -> list[Arrival | wire.Rejected]:
    source = sources.source_by_id(sealed.source_id)
    if source is None:
        log.error("inbox: request %s names a source that was deleted", sealed.inbox_id)
        source = SourceInfo(sealed.source_id, slug="deleted", kind="server", trust_rank=0)
    request = wire.Request(
        identity=f"inbox-{sealed.inbox_id}",
        source=source,
        call=sealed.call,
        received_at=sealed.received_at,
        body=sealed.open(),
        max_event=settings.COLLECT_MAX_EVENT,
    )
    results = wire.read(request)
    if not any(result.message_id in sealed.banned for result in results):
        return results
    raws = wire.raw_of(request)
    return [
        _ban(result, raws) if result.message_id in sealed.banned else result for result in results
    ]


def _ban(result: Arrival | wire.Rejected, raws: Mapping[str, bytes]) -> wire.Rejected:
    if isinstance(result, wire.Rejected):
        return result
    return wire.Rejected(
        code="undigestible",
        field="",
        message="The event was understood, but a later stage could not take it.",
        raw=raws[result.message_id],
        message_id=result.message_id,
    )
