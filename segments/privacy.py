"""This app's answer to privacy requests: memberships."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cdp.lib import sql
from consent.data import Erased
from segments.rules import people

TABLE = "segments_membership"


class SubjectData:
    """Which groups a person is or was in (``consent.data.SubjectData``)."""

    name = "segments"

    def find(self, kind: str, value: str) -> frozenset[UUID]:
        """Nobody: this app keeps no identifiers."""
        return frozenset()

    def cluster(self, subject_id: UUID) -> frozenset[UUID]:
        """Nothing: this app cannot tell who is the same person."""
        return frozenset()

    def count(self, subjects: frozenset[UUID]) -> Mapping[str, int]:
        """Rows held, by table."""
        [[rows]] = sql.rows(
            "SELECT count(*) FROM segments_membership WHERE profile_id = ANY(%s)",
            [sorted(subjects)],
        )
        return {TABLE: rows}

    def export(self, subjects: frozenset[UUID]) -> Mapping[str, Any]:
        """Every stay, with the segment's name and what it is for."""
        names = people.names()
        stays = [stay for subject in sorted(subjects) for stay in people.history_of(subject)]
        return {
            "segments": [
                {
                    "segment": names.get(stay.segment, stay.segment),
                    "since": stay.since.isoformat(),
                    "until": stay.until.isoformat() if stay.until else None,
                }
                for stay in stays
            ]
        }

    def erase(self, subjects: frozenset[UUID]) -> Erased:
        """Delete every stay, past ones too."""
        rows = sql.execute(
            "DELETE FROM segments_membership WHERE profile_id = ANY(%s)", [sorted(subjects)]
        )
        return Erased(self.name, {TABLE: rows})

    def verify(self, subjects: frozenset[UUID]) -> list[str]:
        """Where something still stands."""
        return [table for table, rows in self.count(subjects).items() if rows]
