"""What must hold before anything starts: both lists in the settings resolve."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string


@register()
def lists_resolve(**_: Any) -> Sequence[CheckMessage]:
    """``EVENT_STAGES`` and ``SUBJECT_DATA`` name things that exist."""
    found = []
    for setting in ("EVENT_STAGES", "SUBJECT_DATA"):
        for path in getattr(settings, setting):
            try:
                import_string(path)
            except ImportError as failure:
                found.append(Error(f"{setting} names {path}: {failure}", id="cdp.E001"))
    return found
