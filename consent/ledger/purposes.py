"""The registry of purposes, kept in memory for seconds, and the rows a new database starts with."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from consent.data import Basis, Purpose
from consent.ledger.models import Notice
from consent.ledger.models import Purpose as PurposeRow

KEPT_SECONDS = 5.0
"""How late a process may learn of a changed purpose."""

_kept: tuple[float, Mapping[str, Purpose]] | None = None

_SEED = (
    (
        "service",
        Basis.CONTRACT,
        "Your orders and your account",
        "We need this to deliver what you order, take and return payments, and answer you. "
        "It rests on the contract with you, so there is nothing to switch off here.",
    ),
    (
        "analytics",
        Basis.CONSENT,
        "Understanding how the shop is used",
        "We count which pages and products are looked at, to mend what does not work. "
        "If you say no, we keep no record of your browsing for this.",
    ),
    (
        "personalisation",
        Basis.CONSENT,
        "Suggestions that fit you",
        "We use what you look at and buy to choose the products shown to you. "
        "If you say no, you see what most people like.",
    ),
    (
        "marketing",
        Basis.CONSENT,
        "Offers and news from us",
        "We use your address and your interests to send you offers and news. "
        "If you say no, we send you none.",
    ),
)
FIRST_NOTICE = "2026-1"


def purposes() -> Mapping[str, Purpose]:
    """All purposes by slug, in the order of their bits."""
    global _kept  # noqa: PLW0603  one small cache in one process
    if _kept is None or _kept[0] < time.monotonic():
        found = {
            row.slug: Purpose(row.slug, row.bit, Basis(row.basis), row.title, row.description)
            for row in PurposeRow.objects.order_by("bit")
        }
        _kept = (time.monotonic() + KEPT_SECONDS, MappingProxyType(found))
    return _kept[1]


def forget_purposes() -> None:
    """Read the registry anew at the next question: called where a purpose was changed."""
    global _kept  # noqa: PLW0603
    _kept = None


def mask_of(*slugs: str) -> int:
    """The mask of these purposes. Raises KeyError for a purpose nobody registered."""
    known = purposes()
    mask = 0
    for slug in slugs:
        mask |= known[slug].mask
    return mask


def always_mask() -> int:
    """The purposes that do not rest on consent."""
    return mask_of(*(p.slug for p in purposes().values() if p.basis is not Basis.CONSENT))


def objectable_mask() -> int:
    """The purposes a person may object to under Article 21: those resting on interests or tasks."""
    bases = {Basis.LEGITIMATE_INTERESTS, Basis.PUBLIC_TASK}
    return mask_of(*(p.slug for p in purposes().values() if p.basis in bases))


def current_notice() -> str:
    """The version of the notice in force."""
    newest = Notice.objects.order_by("-published_at", "-version").first()
    return newest.version if newest else ""


def notices(version: str) -> dict[str, str]:
    """The texts of one version, by purpose slug."""
    return dict(Notice.objects.filter(version=version).values_list("purpose", "text"))


def seed(**_: Any) -> None:
    """Make the purposes and the first notice where they are missing. Run after each migrate."""
    PurposeRow.objects.bulk_create(
        [
            PurposeRow(slug=slug, bit=bit, basis=basis.value, title=title, description=text)
            for bit, (slug, basis, title, text) in enumerate(_SEED)
        ],
        ignore_conflicts=True,
    )
    Notice.objects.bulk_create(
        [
            Notice(
                version=FIRST_NOTICE,
                purpose=slug,
                text=text,
                published_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
            for slug, _, _, text in _SEED
        ],
        ignore_conflicts=True,
    )
    forget_purposes()
