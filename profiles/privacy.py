"""What profiles hold about a person: find it, export it, erase it, prove it gone."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.admin.models import LogEntry

from cdp.lib import sql
from consent.data import Erased
from profiles.attributes import profile as person
from profiles.data import Event, Profile
from profiles.events import inbox_state, listing, quarantine
from profiles.identity import lookup

_NODES = "SELECT id FROM profiles_identifier WHERE profile_id = ANY(%(ids)s)"
_HELD: Mapping[str, str] = {
    "profiles_event": "profile_id = ANY(%(ids)s)",
    "profiles_observation": "profile_id = ANY(%(ids)s)",
    "profiles_value": "profile_id = ANY(%(ids)s)",
    "profiles_day": "profile_id = ANY(%(ids)s)",
    "profiles_behaviour": "profile_id = ANY(%(ids)s)",
    "profiles_affinity": "profile_id = ANY(%(ids)s)",
    "profiles_edge": f'"left" IN ({_NODES}) OR "right" IN ({_NODES})'
    ' OR "left" = ANY(%(ids)s) OR "right" = ANY(%(ids)s)',
    "profiles_identifier": "profile_id = ANY(%(ids)s)",
    "profiles_profile": "id = ANY(%(ids)s) OR merged_into_id = ANY(%(ids)s)",
}
"""Where a person's rows are, in the order in which they can be deleted."""

_KEPT: Mapping[str, str] = {
    "profiles_inbox": "Sealed requests, unreadable by person; dropped with their day's partition.",
    "profiles_receipt": "Hashes of message ids, which keep a message from being counted again.",
    "profiles_definition": "Names of traits, as the shop's programs call them; no values.",
    "django_admin_log": "Which member of staff saw this person's data and when, under a pseudonym.",
}

_LOOKED = "Saw personal data in clear."
"""What stays of a look at somebody: the reason, in words of staff's own, goes."""


class SubjectData:
    """See :class:`consent.data.SubjectData`."""

    name = "profiles"

    def find(self, kind: str, value: str) -> frozenset[UUID]:
        """The profile known by this identifier."""
        found = lookup.resolve(kind, value)
        return frozenset({found}) if found else frozenset()

    def subject_for(self, kind: str, value: str) -> UUID | None:
        """The profile known by this identifier, or the id it would get."""
        return lookup.subject_of(kind, value)

    def cluster(self, subject_id: UUID) -> frozenset[UUID]:
        """The living profile, what was merged into it, and the nodes of its identifiers."""
        return lookup.cluster(subject_id)

    def count(self, subjects: frozenset[UUID]) -> Mapping[str, int]:
        """Rows by table."""
        ids = {"ids": sorted(subjects)}
        return {
            table: int(sql.rows(f"SELECT count(*) FROM {table} WHERE {where}", ids)[0][0])  # noqa: S608
            for table, where in _HELD.items()
        }

    def export(self, subjects: frozenset[UUID]) -> Mapping[str, Any]:
        """Identifiers, attributes with their sources, and every event, all in clear."""
        living = {found for subject in subjects if (found := lookup.canonical(subject))}
        people = [told for one in sorted(living) if (told := person.profile(one))]
        return {
            "profiles": [_person(told) for told in people],
            "events": [_event(*told) for told in _events(sorted(living))],
        }

    def settled(self, moment: datetime) -> bool:
        """Whether every message received up to then has been digested, so that it can be seen."""
        return not inbox_state.is_waiting(moment)

    def erase(self, subjects: frozenset[UUID]) -> Erased:
        """Delete every row. What cannot be tied to a person is named in ``kept``."""
        ids = {"ids": sorted(subjects)}
        sql.rows(
            "SELECT id FROM profiles_identifier WHERE profile_id = ANY(%(ids)s)"
            " ORDER BY id FOR UPDATE",
            ids,
        )
        removed = {"profiles_quarantined": quarantine.forget(_names(subjects))}
        removed |= {
            table: sql.execute(f"DELETE FROM {table} WHERE {where}", ids)  # noqa: S608
            for table, where in _HELD.items()
        }
        removed["django_admin_log"] = _reasons(subjects).update(change_message=_LOOKED)
        # The planner keeps samples of values, in clear, until a table is analysed again.
        for table in _HELD:
            sql.execute(f"ANALYZE {table}")
        return Erased(holder=self.name, rows=removed, kept=_KEPT)

    def verify(self, subjects: frozenset[UUID]) -> list[str]:
        """Tables that still hold rows."""
        standing = [table for table, rows in self.count(subjects).items() if rows]
        return [*standing, *(["django_admin_log"] if _reasons(subjects).exists() else [])]


def _reasons(subjects: frozenset[UUID]) -> Any:
    """Why staff looked at a person, in words that may name them."""
    return LogEntry.objects.filter(
        content_type__app_label="profiles",
        content_type__model="profile",
        object_id__in=[str(subject) for subject in subjects],
    ).exclude(change_message=_LOOKED)


def _names(subjects: frozenset[UUID]) -> set[str]:
    """The person's identifiers, in clear."""
    living = {found for subject in subjects if (found := lookup.canonical(subject))}
    return {one.value for profile_id in living for one in lookup.identifiers(profile_id)}


def _events(profile_ids: list[UUID]) -> Iterator[tuple[Event, dict[str, Any]]]:
    after = None
    while True:
        found = [
            event
            for event, _ in listing.where(
                "e.profile_id = ANY(%(ids)s)",
                {"ids": profile_ids},
                limit=listing.MAX_LIMIT,
                after=after,
            )
        ]
        sealed = listing.personal_parts(found)
        for event in found:
            yield event, sealed.get(event.event_id, {})
        if len(found) < listing.MAX_LIMIT:
            return
        after = (found[-1].timestamp, found[-1].event_id)


def _person(found: Profile) -> dict[str, Any]:
    return {
        "profile_id": str(found.profile_id),
        "merged": [str(one) for one in found.merged],
        "first_seen_at": found.created_at.isoformat(),
        "identifiers": [{"type": one.kind, "value": one.value} for one in found.identifiers],
        "attributes": [
            {
                "attribute": one.attribute,
                "title": one.title,
                "module": one.module.value,
                "value": plain(one.value),
                "source": one.source,
                "observed_at": plain(one.observed_at),
            }
            for one in found.attributes
        ],
    }


def _event(event: Event, personal: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "event_id": str(event.event_id),
        "name": event.name,
        "kind": event.kind,
        "timestamp": event.timestamp.isoformat(),
        "order_id": event.order_id,
        "revenue": plain(event.revenue),
        "currency": event.currency,
        "items": [
            {"item_id": line.item_id, "quantity": str(line.quantity), "price": plain(line.price)}
            for line in event.lines
        ],
        "properties": {**event.properties, **personal.get("properties", {})},
        "traits": personal.get("traits", {}),
        "context": dict(event.context),
    }


def plain(value: Any) -> Any:
    """A value as JSON takes it: instants in ISO 8601, exact numbers as text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
