"""Sources of events, found by the key they send with."""

import time

from cdp.lib import crypto
from profiles.data import SourceInfo
from profiles.events.models import Source

KEPT_SECONDS = 5.0
"""How late a process may learn that a key was changed or a source switched off."""

MAX_KEPT = 10_000

_by_key: dict[str, tuple[float, SourceInfo | None]] = {}
_by_slug: dict[str, tuple[float, SourceInfo | None]] = {}
_by_id: dict[int, tuple[float, SourceInfo | None]] = {}


def source_by_key(secret: str) -> SourceInfo | None:
    """The enabled source with this write key. Kept in the process for a few seconds."""
    if not secret or len(secret) > 200:
        return None
    mark = crypto.fingerprint(secret)
    kept = _by_key.get(mark)
    if kept is None or kept[0] < time.monotonic():
        found = Source.objects.filter(key_fingerprint=mark, enabled=True).first()
        if len(_by_key) >= MAX_KEPT:  # guesses must not fill the memory
            _by_key.clear()
        kept = _by_key[mark] = (time.monotonic() + KEPT_SECONDS, _info(found))
    return kept[1]


def source_by_id(source_id: int) -> SourceInfo | None:
    """A source by its number, enabled or not: what was accepted from it is digested all the
    same."""
    kept = _by_id.get(source_id)
    if kept is None or kept[0] < time.monotonic():
        found = Source.objects.filter(pk=source_id).first()
        kept = _by_id[source_id] = (time.monotonic() + KEPT_SECONDS, _info(found))
    return kept[1]


def source_by_slug(slug: str) -> SourceInfo | None:
    """A source by its name in addresses. Kept in the process for a few seconds."""
    kept = _by_slug.get(slug)
    if kept is None or kept[0] < time.monotonic():
        found = Source.objects.filter(slug=slug).first()
        kept = _by_slug[slug] = (time.monotonic() + KEPT_SECONDS, _info(found))
    return kept[1]


def ensure(
    slug: str, name: str, kind: str, *, secret: str | None = None, trust_rank: int = 50
) -> SourceInfo:
    """The source called ``slug``, made where it is missing; ``secret`` becomes its write key."""
    values = {"name": name, "kind": kind, "trust_rank": trust_rank}
    if secret is not None:
        values |= {"key_prefix": secret[:12], "key_fingerprint": crypto.fingerprint(secret)}
    source, _ = Source.objects.update_or_create(slug=slug, defaults=values)
    forget()
    info = _info(source)
    assert info is not None  # noqa: S101  for the type checker: the row was just written
    return info


def forget() -> None:
    """Read the sources anew at the next question: called where one was changed in this process."""
    for kept in (_by_key, _by_slug, _by_id):
        kept.clear()


def _info(source: Source | None) -> SourceInfo | None:
    if source is None:
        return None
    return SourceInfo(
        source_id=source.pk,
        slug=source.slug,
        kind=source.kind,
        trust_rank=source.trust_rank,
        allowed_origins=tuple(source.allowed_origins),
    )
