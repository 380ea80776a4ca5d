"""The collecting addresses in the OpenAPI description. They are plain views, which the generator
does not see, so their entries are written by hand and joined to the others."""

from typing import Any

from profiles.rest.urls import CALLS

_MESSAGE = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "userId": {"type": "string", "nullable": True},
        "anonymousId": {"type": "string", "nullable": True},
        "messageId": {"type": "string", "maxLength": 100},
        "timestamp": {"type": "string", "format": "date-time"},
        "sentAt": {"type": "string", "format": "date-time"},
        "event": {"type": "string", "maxLength": 255},
        "properties": {"type": "object", "additionalProperties": True},
        "traits": {"type": "object", "additionalProperties": True},
        "context": {"type": "object", "additionalProperties": True},
    },
}
_BATCH = {
    "type": "object",
    "required": ["batch"],
    "properties": {
        "batch": {"type": "array", "items": _MESSAGE},
        "sentAt": {"type": "string", "format": "date-time"},
        "context": {"type": "object", "additionalProperties": True},
        "writeKey": {"type": "string"},
    },
}
_SNIPPET = {
    "type": "object",
    "required": ["event"],
    "properties": {
        "event": {"type": "string"},
        "product_id": {"type": "string"},
        "timestamp": {"type": "string", "format": "date-time"},
        "write_key": {"type": "string"},
        "consent": {"type": "object", "additionalProperties": {"type": "boolean"}},
    },
    "additionalProperties": True,
}
_LOGGED = {
    "type": "object",
    "required": ["event_type"],
    "properties": {
        "user_id": {"type": "string"},
        "anonymous_id": {"type": "string"},
        "event_type": {"type": "string"},
        "product_id": {"type": "string"},
        "timestamp": {"type": "string", "format": "date-time"},
    },
    "additionalProperties": True,
}
_REASONS = {
    "400": "The body cannot be read; the message says why.",
    "401": "The key is unknown.",
    "413": "The body is too large.",
    "429": "The key sends too fast; wait for Retry-After.",
    "503": "Nothing was kept; send it again after Retry-After.",
}


def describe(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A post-processing hook of the generator: adds the collecting addresses."""
    paths = result["paths"]
    for call in CALLS:
        body = _BATCH if call in {"batch", "import"} else _MESSAGE
        paths[f"/v1/{call}"] = _entry(f"collect_{call}", f"Collect: {call}", body)
    paths["/track"] = _entry("collect_snippet", "Collect from a page without an SDK", _SNIPPET)
    paths["/api/log_event"] = _entry("collect_server", "Collect from a server", _LOGGED)
    result["paths"] = dict(sorted(paths.items()))
    return result


def _entry(operation: str, summary: str, body: dict[str, Any]) -> dict[str, Any]:
    done = {
        "description": "The request is durable.",
        "content": {
            "application/json": {
                "schema": {"type": "object", "properties": {"success": {"type": "boolean"}}}
            }
        },
    }
    return {
        "post": {
            "operationId": operation,
            "summary": summary,
            "tags": ["collect"],
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": {"200": done}
            | {status: {"description": reason} for status, reason in _REASONS.items()},
        }
    }
