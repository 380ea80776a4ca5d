"""An import in a process of its own that is killed inside its second transaction."""

import os
import signal
from pathlib import Path

import django

from profiles.data import Batch

BATCHES = {"seen": 0}


def die_in_second_batch(batch: Batch) -> Batch:
    """A last stage: everything of the batch is written, nothing is committed."""
    BATCHES["seen"] += 1
    if BATCHES["seen"] == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return batch


def main(folder: Path) -> None:
    """Import ``folder`` as ``shop`` until killed."""
    django.setup()
    from django.conf import settings  # noqa: PLC0415  only after setup

    from profiles.imports import run  # noqa: PLC0415

    settings.EVENT_STAGES = [*settings.EVENT_STAGES, f"{__name__}.die_in_second_batch"]
    job, inputs, rules = run.start(source_slug="shop", paths=[folder], mapping_name="online-retail")
    run.carry_on(job, inputs, rules, chunk_rows=60)
