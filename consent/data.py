"""What consent hands out and takes in. Plain frozen data, standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable
from uuid import UUID


class Basis(StrEnum):
    """Lawful bases of GDPR Article 6(1)."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTERESTS = "legitimate_interests"


RESTRICTION = "restriction"
"""A reserved word in the place of a purpose: an act "granted" under it freezes all use of a
person's data (GDPR Article 18), one not granted lifts the freeze. It leaves every mask at zero."""


class Evidence(StrEnum):
    """How well an act is proved, weakest first."""

    CLIENT_ASSERTED = "client_asserted"
    IMPORTED = "imported"
    WEBHOOK = "webhook"
    AUTHENTICATED = "authenticated"


@dataclass(frozen=True, slots=True)
class Purpose:
    """Something personal data may be used for.

    ``bit`` is the purpose's place in a mask: an integer in which bit *n* says whether the purpose
    with that number is permitted. Masks travel with events and are compared in SQL.
    """

    slug: str
    bit: int
    basis: Basis
    title: str
    description: str

    @property
    def mask(self) -> int:
        return 1 << self.bit


@dataclass(frozen=True, slots=True)
class Act:
    """One person's choice about one purpose, to be written into the ledger.

    ``act_id`` makes recording repeatable: the same act is kept once however often it arrives.
    ``explicit`` tells a deliberate choice from a state a client merely repeats with each event.
    """

    act_id: UUID
    subject_id: UUID
    purpose: str
    granted: bool
    occurred_at: datetime
    evidence: Evidence
    source: str
    explicit: bool = True
    notice_version: str = ""
    regulation: str = "gdpr"
    controller: str = "shop"
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """A line of the ledger as it stands."""

    act: Act
    recorded_at: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What holds for one purpose, and the record that decides it (none: nothing was ever said)."""

    purpose: str
    permitted: bool
    because: str
    record: Record | None


@dataclass(frozen=True, slots=True)
class Erased:
    """What one holder of personal data removed: rows by table, and what it kept by which basis."""

    holder: str
    rows: Mapping[str, int]
    kept: Mapping[str, str] = field(default_factory=dict)


class SubjectData(Protocol):
    """One app's answer to a privacy request. Listed in ``settings.SUBJECT_DATA``, in erasure order.

    Each method takes the subject's whole cluster: the profile and every profile merged into it.
    """

    name: str

    def find(self, kind: str, value: str) -> frozenset[UUID]:
        """Subjects known by this identifier; empty where the app keeps no identifiers."""

    def subject_for(self, kind: str, value: str) -> UUID | None:
        """The id that the person with this identifier has, or would have once stored; None where
        the app keeps no identifiers. Lets a choice be recorded before its person is known."""

    def cluster(self, subject_id: UUID) -> frozenset[UUID]:
        """Every subject id that stands for the same person; empty where the app cannot tell."""

    def count(self, subjects: frozenset[UUID]) -> Mapping[str, int]:
        """Rows held, by table."""

    def export(self, subjects: frozenset[UUID]) -> Mapping[str, Any]:
        """What is held, as JSON-ready values, for access and portability."""

    def erase(self, subjects: frozenset[UUID]) -> Erased:
        """Remove it. Runs inside the caller's transaction; repeating it removes nothing more."""

    def verify(self, subjects: frozenset[UUID]) -> list[str]:
        """Places where something still stands. Empty is the proof."""


@runtime_checkable
class Settling(Protocol):
    """A holder to which messages come by a queue: what was accepted may not be in its tables yet.
    Requests wait for it, within their deadline."""

    def settled(self, moment: datetime) -> bool:
        """Whether all that was accepted up to this moment is where ``find`` and ``erase`` look."""
