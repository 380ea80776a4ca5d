"""The apps that hold personal data, in the order in which they forget."""

from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from consent.data import SubjectData
from consent.ledger import fold


def holders() -> list[SubjectData]:
    """One of each class named in ``settings.SUBJECT_DATA``."""
    return [import_string(path)() for path in settings.SUBJECT_DATA]


def subject_of(kind: str, value: str) -> UUID | None:
    """The subject id of the person with this identifier: the one they have, else the one they
    would have once stored. None where nobody keeps identifiers of this kind or the value cannot be
    one."""
    for holder in holders():
        if found := holder.find(kind, value):
            return min(found)
    for holder in holders():
        would_be = getattr(holder, "subject_for", None)
        if would_be and (subject := would_be(kind, value)):
            return subject  # type: ignore[no-any-return]
    return None


def cluster_of(kind: str, value: str) -> frozenset[UUID]:
    """Every subject id under which anything about this person may be held."""
    seeds = {subject for holder in holders() for subject in holder.find(kind, value)}
    if own := subject_of(kind, value):
        seeds.add(own)
    return widen(frozenset(seeds))


def widen(subjects: frozenset[UUID]) -> frozenset[UUID]:
    """These subjects and all that any holder or the ledger knows to be the same person."""
    while True:
        wider = subjects.union(
            *(holder.cluster(subject) for subject in subjects for holder in holders()),
            *fold.persons(subjects).values(),
        )
        if wider == subjects:
            return subjects
        subjects = wider
