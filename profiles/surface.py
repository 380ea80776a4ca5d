"""What rules and features may ask of profiles, as SQL expressions; and the same answers, loaded.

Both directions use the same expressions, so a rule means the same in a query over everybody and in
memory over one person.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.core.cache import cache

from cdp.lib import sql
from profiles.attributes.catalogue import BY_SLUG, CONTEXT, SEEDED, field_name
from profiles.attributes.models import Definition
from profiles.data import EventSurface, Facts, Field, FieldKind, Module, Surface
from profiles.events import listing

_JOINS = "profiles_profile p LEFT JOIN profiles_behaviour b ON b.profile_id = p.id"

_TEXT = "v.value #>> '{}'"
_READ: dict[str, str] = {
    "text": _TEXT,
    "number": f"({_TEXT})::numeric",
    "datetime": f"({_TEXT})::timestamptz",
    "boolean": f"({_TEXT})::boolean",
    "path": "ARRAY(SELECT jsonb_array_elements_text(v.value))",
    "set": "ARRAY(SELECT jsonb_array_elements_text(v.value))",
}

EVENTS = EventSurface(
    table="profiles_event",
    profile_id="e.profile_id",
    kind="e.kind",
    name="e.name",
    timestamp="e.timestamp",
    purposes="e.purposes",
    revenue="e.revenue",
    items="e.items",
    categories="e.categories",
    brands="e.brands",
    quantities="e.quantities",
    prices="e.prices",
    prop="(e.properties ->> {key})",
)


SAMPLE = 20_000
"""So many values are looked at for the common ones: enough to know them, cheap at any size."""
FEWEST = 5
"""People who must share a value before it is told: a rare one could name somebody."""
KEPT = 600
"""Seconds for which an answer about common values is good."""


def surface() -> Surface:
    """The query surface as it stands: shipped attributes, and those a shop added and declared to be
    not personal. Personal ones cannot be asked for."""
    own = Definition.objects.filter(personal=False).exclude(slug__in=BY_SLUG)
    fields = [*_shipped(), *(_stored(d.slug, d.title, d.kind, Module(d.module)) for d in own)]
    return Surface(
        joins=_JOINS,
        profile_id="p.id",
        current="p.merged_into_id IS NULL",
        fields={field.name: field for field in fields},
        events=EVENTS,
    )


def facts(profile_ids: Collection[UUID], *, since: datetime | None) -> dict[UUID, Facts]:
    """Profiles loaded for evaluation in memory: every field of :func:`surface`, and their events
    since then, newest first (None: without events). Three queries for any number of profiles."""
    wanted = sorted(set(profile_ids))
    if not wanted:
        return {}
    asked = surface()
    names = list(asked.fields)
    columns = ", ".join(asked.fields[name].sql for name in names)
    values = sql.rows(
        f"SELECT p.id, {columns} FROM {asked.joins} WHERE p.id = ANY(%s)",  # noqa: S608
        [wanted],
    )
    happened = listing.of_profiles(wanted, since=since) if since else {}
    return {
        row[0]: Facts(
            profile_id=row[0],
            attributes={
                name: value for name, value in zip(names, row[1:], strict=True) if value is not None
            },
            events=happened.get(row[0], ()),
        )
        for row in values
    }


def common_values(name: str, *, limit: int) -> list[tuple[str, int]]:
    """The commonest values of a text, set or path attribute of the surface, with how many of the
    sampled people have each; nothing for other kinds."""
    asked = surface()
    field = asked.fields.get(name)
    if field is None or field.kind not in {"text", "set", "path"}:
        return []
    key = f"common-values:{name}:{limit}"
    known: list[tuple[str, int]] | None = cache.get(key)
    if known is None:
        each = field.sql if field.kind == "text" else f"unnest({field.sql})"
        known = [
            (str(value), int(people))
            for value, people in sql.rows(
                f"SELECT value, count(*) FROM (SELECT {each} AS value FROM {asked.joins} "  # noqa: S608
                f"WHERE {asked.current} LIMIT %s) sampled WHERE value <> '' "
                "GROUP BY value HAVING count(*) >= %s ORDER BY count(*) DESC, value LIMIT %s",
                [SAMPLE, FEWEST, limit],
            )
        ]
        cache.set(key, known, KEPT)
    return known


def _shipped() -> list[Field]:
    fields = []
    for attribute in SEEDED:
        if attribute.personal:
            continue
        name = field_name(attribute.slug, attribute.module)
        if attribute.sql:
            fields.append(
                Field(name, attribute.title, attribute.kind, attribute.module, attribute.sql)
            )
        elif attribute.slot:
            sql_ = _value(CONTEXT, attribute.slot, _inside(attribute.slug, attribute.kind))
            fields.append(Field(name, attribute.title, attribute.kind, attribute.module, sql_))
        else:
            fields.append(
                _stored(attribute.slug, attribute.title, attribute.kind, attribute.module)
            )
    return [*fields, *_levels()]


def _stored(slug: str, title: str, kind: str, module: Module) -> Field:
    read = _value(slug, "", _READ[kind])
    return Field(field_name(slug, module), title, _kind(kind), module, read)


def _levels() -> list[Field]:
    lives, seen = "v.value ->> {}", "v.value -> 'current_location' ->> {}"
    return [
        Field(
            f"{module}.{level}",
            title,
            "text",
            module,
            _value(attribute, slot, read.format(index)),
        )
        for module, attribute, slot, read, where in (
            (Module.CORE, "location", "", lives, "Lives in"),
            (Module.CONTEXTUAL, CONTEXT, "location", seen, "Last seen in"),
        )
        for index, level in ((0, "country"), (2, "city"))
        for title in (f"{where} ({level})",)
    ]


def _inside(slug: str, kind: str) -> str:
    if kind == "path":
        return f"ARRAY(SELECT jsonb_array_elements_text(v.value -> '{slug}'))"
    return f"v.value ->> '{slug}'"


def _value(attribute: str, slot: str, read: str) -> str:
    return (
        f"(SELECT {read} FROM profiles_value v WHERE v.profile_id = p.id "  # noqa: S608
        f"AND v.attribute = '{attribute}' AND v.slot = '{slot}' AND v.value IS NOT NULL)"
    )


def _kind(kind: str) -> FieldKind:
    return _KINDS[kind]


_KINDS: dict[str, FieldKind] = {
    "text": "text",
    "number": "number",
    "datetime": "datetime",
    "boolean": "boolean",
    "path": "path",
    "set": "set",
}
