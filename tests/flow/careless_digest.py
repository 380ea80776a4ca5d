"""A digest with a fault put in on purpose: its cursors move in a transaction of their own, before
the work is done. Started instead of the real one, it must make the kill test fail."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import django


def main() -> None:
    """Run the digest command with the fault in place."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdp.settings")
    django.setup()

    from django.core.management import call_command  # noqa: PLC0415  Django is ready only now
    from django.db import transaction  # noqa: PLC0415

    from profiles import pipeline  # noqa: PLC0415
    from profiles.data import Batch  # noqa: PLC0415
    from profiles.events import inbox  # noqa: PLC0415

    def careless(
        self: pipeline.Digest, limit: int, banned: frozenset[str], claimed: list[Any]
    ) -> Mapping[str, int]:
        with transaction.atomic():
            requests: Sequence[Any] = inbox.claim(limit=limit, max_bytes=pipeline.MAX_BYTES)
            if requests:
                inbox.move(requests)
        if not requests:
            return {}
        with transaction.atomic():
            return pipeline.run(pipeline._stages(), Batch(requests=requests), {}).counts

    pipeline.Digest._transaction = careless  # type: ignore[method-assign]
    call_command("digest")


if __name__ == "__main__":
    main()
