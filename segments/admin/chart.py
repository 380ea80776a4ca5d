"""Geometry of small line charts, drawn by the template as SVG with attributes only. Pure."""

from collections.abc import Sequence
from typing import Any

WIDTH, HEIGHT, MARGIN = 320, 160, 28


def line(rows: Sequence[dict[str, Any]], key: str, chosen: int, title: str) -> dict[str, Any]:
    """A line of ``key`` over ``k``: points in the picture's units, the chosen one marked."""
    values = [float(row[key]) for row in rows]
    low, high = min(values, default=0.0), max(values, default=1.0)
    span, steps = (high - low) or 1.0, max(len(rows) - 1, 1)
    points = [
        {
            "k": row["k"],
            "value": row[key],
            "x": round(MARGIN + (WIDTH - 2 * MARGIN) * index / steps, 1),
            "y": round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (value - low) / span, 1),
            "chosen": row["k"] == chosen,
        }
        for index, (row, value) in enumerate(zip(rows, values, strict=True))
    ]
    return {
        "id": key,
        "title": title,
        "points": points,
        "path": " ".join(
            f"{'M' if index == 0 else 'L'}{point['x']} {point['y']}"
            for index, point in enumerate(points)
        ),
        "width": WIDTH,
        "height": HEIGHT,
        "base": HEIGHT - MARGIN,
        "text_y": HEIGHT - 10,
    }
