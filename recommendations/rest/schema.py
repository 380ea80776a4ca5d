"""The part of the OpenAPI description that no DRF view draws."""

from typing import Any

TEXT = {"type": "string"}

ITEM = {
    "type": "object",
    "properties": {
        "item_id": TEXT,
        "name": TEXT,
        "price": {"type": "number", "nullable": True},
        "currency": TEXT,
        "image_url": TEXT,
        "url": TEXT,
        "category": {"type": "array", "items": TEXT},
        "brand": TEXT,
        "score": {"type": "number"},
        "reason": {
            "type": "object",
            "properties": {
                "code": TEXT,
                "text": TEXT,
                "item_id": {"type": "string", "nullable": True},
            },
        },
        "override": {"type": "string", "nullable": True},
    },
}

ANSWER = {
    "type": "object",
    "properties": {
        "request_id": {"type": "string", "format": "uuid"},
        "placement": TEXT,
        "personalised": {"type": "boolean"},
        "algorithm": TEXT,
        "items": {"type": "array", "items": ITEM},
        "degraded": {"type": "array", "items": TEXT},
    },
}

PARAMETERS = {
    "user_id": "The shop's own id of the person.",
    "anonymous_id": "The browser's id, as the tracking client made it.",
    "context": "The page, such as homepage. Used as placement where none is given.",
    "placement": "The place on the page that rules may name.",
    "device": "mobile, desktop or tablet.",
    "item_id": "The product being looked at: answers what goes with it.",
    "query": "Words the answer must match.",
    "exclude": "Item ids to leave out, with commas between them.",
    "limit": "1 to 100; 10 where not given.",
    "write_key": "The source's write key, for pages that send no Authorization header.",
}

PATHS: dict[str, Any] = {
    "/recommendations": {
        "get": {
            "operationId": "recommendations",
            "summary": "Ranked items for a visitor, each with score, reason and override",
            "description": "People who did not allow personalisation, and strangers, get what is "
            "popular. With a write key, reasons tell what a person did only if anonymous_id "
            "belongs to the same person as user_id. Authenticate with a write key or an API key "
            "with scope recommendations.",
            "tags": ["recommendations"],
            "parameters": [
                {"name": name, "in": "query", "schema": TEXT, "description": text}
                for name, text in PARAMETERS.items()
            ],
            "responses": {
                "200": {
                    "description": "The items, best first",
                    "content": {"application/json": {"schema": ANSWER}},
                },
                "400": {"description": "A parameter is wrong; errors names it"},
                "401": {"description": "The key is missing or unknown"},
                "403": {"description": "The key lacks the scope recommendations"},
                "503": {"description": "The server has just started and finds no database"},
            },
        }
    }
}


def describe(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A drf-spectacular post-processing hook: adds the address."""
    result.setdefault("paths", {}).update(PATHS)
    return result
