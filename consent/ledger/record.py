"""Writing acts into the ledger: whole batches at a time, cheap where nothing changes."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction

from cdp.lib import clock, sql
from consent.data import RESTRICTION, Act, Evidence
from consent.ledger import fold
from consent.ledger.purposes import purposes

REPEAT = timedelta(hours=1)
"""How often a refusal that a client merely repeats is written down again. A repeated grant that
already holds, or that cannot answer what was refused, never is. Writing refusals now and then
matters where old events arrive late: a grant from before the last refusal must find it."""

_STANDINGS = """
SELECT subject_id, mask, refused, firm, heard_at FROM consent_standing
WHERE subject_id = ANY(%(subjects)s)
"""

_INSERT = """
INSERT INTO consent_ledgerrecord (
    act_id, subject_id, purpose, granted, occurred_at, recorded_at, evidence, source, explicit,
    notice_version, regulation, controller, detail)
SELECT a.act_id, a.subject_id, a.purpose, a.granted, a.occurred_at, %s, a.evidence, a.source,
       a.explicit, a.notice_version, a.regulation, a.controller, a.detail::jsonb
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bool[], %s::timestamptz[], %s::text[],
            %s::text[], %s::bool[], %s::text[], %s::text[], %s::text[], %s::text[])
     WITH ORDINALITY AS a (act_id, subject_id, purpose, granted, occurred_at, evidence, source,
                           explicit, notice_version, regulation, controller, detail, place)
ORDER BY a.place
ON CONFLICT (act_id) DO NOTHING
RETURNING subject_id
"""


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a subject's standing said before an act, by bits of purposes."""

    mask: int = 0
    refused: int = 0
    firm: int = 0
    heard_at: datetime | None = None

    def tells_nothing(self, act: Act, bit: int) -> bool:
        """Whether this repeated state may be left out of the ledger."""
        if act.granted:
            answered = self.firm & bit and act.evidence is Evidence.CLIENT_ASSERTED
            return bool(self.mask & bit or answered)
        recent = self.heard_at is not None and act.occurred_at < self.heard_at + REPEAT
        return bool(self.refused & bit and recent)

    def after(self, act: Act, bit: int) -> "_Heard":
        """The same, once the act counted."""
        heard_at = max(act.occurred_at, self.heard_at or act.occurred_at)
        if act.granted:
            return _Heard(self.mask | bit, self.refused & ~bit, self.firm, heard_at)
        return _Heard(self.mask & ~bit, self.refused | bit, self.firm, heard_at)


def record(acts: Iterable[Act]) -> int:
    """Write these acts and let them take effect; answer how many were new.

    An act already written (same ``act_id``), a repeated state that is the present decision, and an
    act about a purpose nobody registered are left out. An act dated in the future counts from now:
    a client's wrong clock must not outweigh later choices.
    """
    news = _news(_sane(acts))
    if not news:
        return 0
    with transaction.atomic():
        groups = fold.lock({act.subject_id for act in news})
        written = write(news)
        fold.refold({groups[subject] for subject in set(written)})
    return len(written)


def _sane(acts: Iterable[Act]) -> list[Act]:
    now = clock.now()
    known = {*purposes(), RESTRICTION}
    return [
        replace(act, occurred_at=now) if act.occurred_at > now else act
        for act in acts
        if act.purpose in known
    ]


def _news(acts: list[Act]) -> list[Act]:
    """The acts worth writing: deliberate ones, and repeated states that change something."""
    states = {act.subject_id for act in acts if not act.explicit}
    known: dict[UUID, _Heard] = {}
    if states:
        rows = sql.rows(_STANDINGS, {"subjects": sorted(states)})
        known = {row[0]: _Heard(*row[1:]) for row in rows}
    news = {}
    for act in sorted(acts, key=_moment):
        if act.explicit or act.purpose == RESTRICTION:
            news[act.act_id] = act
            continue
        heard = known.get(act.subject_id, _Heard())
        bit = purposes()[act.purpose].mask
        if not heard.tells_nothing(act, bit):
            news[act.act_id] = act
            known[act.subject_id] = heard.after(act, bit)
    return list(news.values())


def _moment(act: Act) -> tuple[object, ...]:
    return act.occurred_at.astimezone(UTC), not act.granted, act.subject_id, act.purpose, act.act_id


def write(acts: Iterable[Act]) -> list[UUID]:
    """Append these acts as they are and answer the subjects of those that were new. The caller
    holds the locks of the persons and makes their standings anew."""
    lines = [
        (
            act.act_id,
            act.subject_id,
            act.purpose,
            act.granted,
            act.occurred_at,
            act.evidence.value,
            act.source,
            act.explicit,
            act.notice_version,
            act.regulation,
            act.controller,
            json.dumps(dict(act.detail), sort_keys=True),
        )
        for act in sorted(acts, key=lambda act: act.act_id)
    ]
    if not lines:
        return []
    columns = [list(column) for column in zip(*lines, strict=True)]
    return [row[0] for row in sql.rows(_INSERT, [clock.now(), *columns])]
