"""What consent itself holds about a person, for privacy requests."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from consent.data import Erased, Record
from consent.ledger import fold
from consent.ledger.decide import decide
from consent.ledger.purposes import purposes
from consent.requests.models import OneTimeLink

KEPT = {
    "consent_ledgerrecord": "legal_obligation: proof of what was allowed (GDPR Article 7(1))",
    "consent_standing": "legal_obligation: keeps the withdrawal in force (GDPR Article 21(3))",
    "consent_subjectlink": "legal_obligation: part of the same proof",
}


class SubjectData:
    """The ledger is pseudonymous and stays, as the proof that the law asks for. What erasing does
    to it is to add a withdrawal; what it removes are links mailed to the person. The identifier in
    the request itself goes when the request ends."""

    name = "consent"

    def find(self, kind: str, value: str) -> frozenset[UUID]:
        """Consent keeps no identifiers."""
        return frozenset()

    def subject_for(self, kind: str, value: str) -> UUID | None:
        """Consent keeps no identifiers."""
        return None

    def cluster(self, subject_id: UUID) -> frozenset[UUID]:
        """The subjects that the ledger's links make one person."""
        return fold.persons([subject_id])[subject_id]

    def count(self, subjects: frozenset[UUID]) -> Mapping[str, int]:
        """Only what erasing removes is counted."""
        return {"consent_onetimelink": self._links(subjects).count()}

    def export(self, subjects: frozenset[UUID]) -> Mapping[str, Any]:
        """Present decisions and every act behind them."""
        known = fold.records(subjects)
        return {
            "decisions": {d.purpose: d.permitted for d in decide(known, purposes())},
            "history": [_plain(record) for record in known],
        }

    def erase(self, subjects: frozenset[UUID]) -> Erased:
        """Remove mailed links; name what stays and by which law."""
        removed, _ = self._links(subjects).delete()
        return Erased(self.name, {"consent_onetimelink": removed}, KEPT)

    def verify(self, subjects: frozenset[UUID]) -> list[str]:
        """No link leads to the person any more, and nothing is permitted that rests on consent."""
        return ["consent_onetimelink"] if self._links(subjects).exists() else []

    def _links(self, subjects: frozenset[UUID]) -> Any:
        return OneTimeLink.objects.filter(subject_id__in=subjects)


def _plain(record: Record) -> dict[str, Any]:
    act = record.act
    return {
        "purpose": act.purpose,
        "granted": act.granted,
        "occurred_at": act.occurred_at,
        "recorded_at": record.recorded_at,
        "evidence": act.evidence.value,
        "source": act.source,
        "explicit": act.explicit,
        "notice_version": act.notice_version,
        "regulation": act.regulation,
        "controller": act.controller,
    }
