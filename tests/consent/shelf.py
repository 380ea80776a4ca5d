"""A small holder of personal data, kept in memory: a full implementation of the protocol."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import NAMESPACE_URL, UUID, uuid5

from consent.data import Erased


def subject_for(kind: str, value: str) -> UUID:
    """The subject id this holder gives an identifier."""
    return uuid5(NAMESPACE_URL, f"{kind}:{value.strip().lower()}")


class Shelf:
    """Notes by subject. ``stubborn`` makes it claim work it does not do."""

    name = "shelf"
    notes: ClassVar[dict[UUID, list[str]]] = {}
    stubborn: ClassVar[str] = ""

    def find(self, kind: str, value: str) -> frozenset[UUID]:
        subject = subject_for(kind, value)
        return frozenset({subject}) if subject in self.notes else frozenset()

    def subject_for(self, kind: str, value: str) -> UUID | None:
        return subject_for(kind, value)

    def cluster(self, subject_id: UUID) -> frozenset[UUID]:
        return frozenset({subject_id})

    def count(self, subjects: frozenset[UUID]) -> Mapping[str, int]:
        return {"shelf_note": sum(len(self.notes.get(s, [])) for s in subjects)}

    def export(self, subjects: frozenset[UUID]) -> Mapping[str, Any]:
        return {"notes": [note for s in sorted(subjects) for note in self.notes.get(s, [])]}

    def erase(self, subjects: frozenset[UUID]) -> Erased:
        if self.stubborn == "raises":
            raise RuntimeError(f"in the way: {self.notes}")
        if self.stubborn == "lies":
            return Erased(self.name, {"shelf_note": 0})
        removed = sum(len(self.notes.pop(s, [])) for s in subjects)
        if self.stubborn == "leaves some":
            self.notes.update({s: ["a copy"] for s in subjects})
        return Erased(self.name, {"shelf_note": removed})

    def verify(self, subjects: frozenset[UUID]) -> list[str]:
        return ["shelf_note"] if any(s in self.notes for s in subjects) else []
