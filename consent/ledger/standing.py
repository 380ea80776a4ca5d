"""What is permitted now, for one subject, for many, and as SQL."""

from collections.abc import Collection
from uuid import UUID

from cdp.lib import sql
from consent.ledger.purposes import always_mask, mask_of, objectable_mask


def standings(subjects: Collection[UUID]) -> dict[UUID, int]:
    """The mask of permitted purposes of each subject, in one query. A subject that never chose has
    only what does not rest on consent; one under restriction has nothing."""
    always = always_mask()
    if not subjects:
        return {}
    wanted = sorted(set(subjects))
    found: dict[UUID, int] = dict(
        sql.rows(
            f"SELECT s.subject_id, {_effective()} FROM consent_standing s"  # noqa: S608
            " WHERE s.subject_id = ANY(%s)",
            [wanted],
        )
    )
    return {subject: found.get(subject, always) for subject in wanted}


def stances(subjects: Collection[UUID]) -> dict[UUID, tuple[int, int]]:
    """For each subject the masks of what is permitted and of what they said no to, in one query.
    Who is under restriction said no to everything. Lets one mask be made of several subjects that
    may be one person, of whom none must lose their refusals."""
    always = always_mask()
    if not subjects:
        return {}
    wanted = sorted(set(subjects))
    rows = sql.rows(
        f"SELECT s.subject_id, {_effective()},"  # noqa: S608
        " CASE WHEN s.restricted THEN -1 ELSE s.refused & %s END"
        " FROM consent_standing s WHERE s.subject_id = ANY(%s)",
        [objectable_mask() | ~always, wanted],
    )
    found = {subject: (permitted, refused) for subject, permitted, refused in rows}
    return {subject: found.get(subject, (always, 0)) for subject in wanted}


def permits(subject: UUID, purpose: str) -> bool:
    """Whether this subject's data may be used for this purpose now."""
    return bool(standings([subject])[subject] & mask_of(purpose))


def mask_sql(subject_sql: str) -> str:
    """An integer SQL expression: the mask of the subject that ``subject_sql`` names."""
    return (
        f"COALESCE((SELECT {_effective()} FROM consent_standing s"  # noqa: S608
        f" WHERE s.subject_id = {subject_sql}), {always_mask()})"
    )


def permits_sql(subject_sql: str, purpose: str) -> str:
    """A boolean SQL expression: whether the subject permits ``purpose``."""
    return f"({mask_sql(subject_sql)} & {mask_of(purpose)} <> 0)"


def _effective() -> str:
    always, objectable = always_mask(), objectable_mask()
    standing = f"s.mask | {always}"
    if objectable:
        standing = f"(s.mask | {always}) & ~(s.refused & {objectable})"
    return f"CASE WHEN s.restricted THEN 0 ELSE {standing} END"
