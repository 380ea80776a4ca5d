"""What consent itself holds about a person, for privacy requests."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Model, Q

from consent.data import Erased, Record
from consent.ledger import fold
from consent.ledger.decide import decide
from consent.ledger.purposes import purposes
from consent.requests.models import OneTimeLink, Package

KEPT = {
    "consent_ledgerrecord": "legal_obligation: proof of what was allowed (GDPR Article 7(1))",
    "consent_standing": "legal_obligation: keeps the withdrawal in force (GDPR Article 21(3))",
    "consent_subjectlink": "legal_obligation: part of the same proof",
    "consent_request": "legal_obligation: that, when and why requests were answered, under a "
    "pseudonym and in staff's words (GDPR Article 5(2)); not the address they were made with",
}


class SubjectData:
    """The ledger is pseudonymous and stays, as the proof that the law asks for. What erasing does
    to it is to add a withdrawal; what it removes are links mailed to the person and copies of their
    data made earlier. The identifier in the request itself goes when the request ends."""

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
        return {model._meta.db_table: rows.count() for model, rows in _removable(subjects)}

    def export(self, subjects: frozenset[UUID]) -> Mapping[str, Any]:
        """Present decisions and every act behind them."""
        known = fold.records(subjects)
        return {
            "decisions": {d.purpose: d.permitted for d in decide(known, purposes())},
            "history": [_plain(record) for record in known],
        }

    def erase(self, subjects: frozenset[UUID]) -> Erased:
        """Remove mailed links and earlier copies; name what stays and by which law."""
        removed = {model._meta.db_table: rows.delete()[0] for model, rows in _removable(subjects)}
        return Erased(self.name, removed, KEPT)

    def verify(self, subjects: frozenset[UUID]) -> list[str]:
        """No link leads to the person any more, and no copy of their data lies about."""
        return [model._meta.db_table for model, rows in _removable(subjects) if rows.exists()]


def _removable(subjects: frozenset[UUID]) -> list[tuple[type[Model], Any]]:
    asked = Q(request__subject_id__in=subjects)
    leading_to_copies = asked & Q(use=OneTimeLink.Use.DOWNLOAD)
    return [
        (Package, Package.objects.filter(asked)),
        (OneTimeLink, OneTimeLink.objects.filter(leading_to_copies | Q(subject_id__in=subjects))),
    ]


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
