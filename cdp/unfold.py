"""The console's look and navigation."""

from typing import Any

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Customer data platform",
    "SITE_HEADER": "Customer data platform",
}
