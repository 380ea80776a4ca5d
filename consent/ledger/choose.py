"""A person's choices about several purposes at once, as acts."""

from collections.abc import Mapping
from datetime import datetime
from uuid import NAMESPACE_OID, UUID, uuid5

from cdp.lib import clock
from cdp.lib.errors import Problem
from consent.data import Act, Basis, Evidence, Purpose
from consent.ledger.purposes import purposes
from consent.ledger.record import record


def choosable() -> list[Purpose]:
    """The purposes a person decides about: those resting on consent, and those they may object
    to."""
    bases = {Basis.CONSENT, Basis.LEGITIMATE_INTERESTS, Basis.PUBLIC_TASK}
    return [purpose for purpose in purposes().values() if purpose.basis in bases]


def choose(
    subject: UUID,
    choices: Mapping[str, bool],
    *,
    evidence: Evidence,
    source: str,
    notice_version: str = "",
    occurred_at: datetime | None = None,
) -> int:
    """Write deliberate choices and answer how many were new. The same choice at the same moment is
    one act, so that a call sent twice counts once. Raises :class:`Problem` for an unknown
    purpose."""
    known = {purpose.slug for purpose in choosable()}
    if wrong := sorted(set(choices) - known):
        raise Problem(
            "unknown_purpose",
            f"Choose among these purposes: {', '.join(sorted(known))}.",
            errors=[{"field": f"purposes.{slug}", "message": "No choice here."} for slug in wrong],
        )
    moment = occurred_at or clock.now()
    return record(
        Act(
            act_id=uuid5(
                NAMESPACE_OID, f"{subject}/{slug}/{granted}/{moment.timestamp()}/{source}"
            ),
            subject_id=subject,
            purpose=slug,
            granted=granted,
            occurred_at=moment,
            evidence=evidence,
            source=source,
            notice_version=notice_version,
        )
        for slug, granted in sorted(choices.items())
    )
