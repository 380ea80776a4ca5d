"""Bodies of collecting requests: unpacked within bounds, and checked to be JSON, before they are
kept."""

import json
import zlib
from typing import Any

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from cdp.lib.errors import Problem
from profiles.events.clean import needs_cleaning

MAX_RATIO = 200
"""Text of events packs 5 to 30 times smaller; what grows more than this is made to do harm."""

_STEP = 64 * 1024


class Head(msgspec.Struct):
    """What collecting must know of a body: everything else is skipped over, only its form
    checked."""

    writeKey: Any = None  # noqa: N815  the wire's spelling
    batch: list[msgspec.Raw] | None = None


_head = msgspec.json.Decoder(Head)


def unpacked(request: HttpRequest) -> bytes:
    """The request's body, whole, in clear and at most ``COLLECT_MAX_BODY`` long."""
    limit: int = settings.COLLECT_MAX_BODY
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    try:
        body = request.body
    except RequestDataTooBig as failure:
        raise _too_large(limit) from failure
    except UnreadablePostError as failure:
        raise _truncated() from failure
    if declared.isdigit() and len(body) != int(declared):
        raise _truncated()
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip"}:
        sentence = "Send the body plain or with Content-Encoding: gzip."
        raise Problem("unsupported_encoding", sentence, status=415)
    return gunzip(body, limit)


def gunzip(packed: bytes, limit: int) -> bytes:
    """Unpack at most ``limit`` bytes; no more is ever held in memory."""
    bound = min(limit, max(_STEP, len(packed) * MAX_RATIO))
    unpacker = zlib.decompressobj(wbits=31)
    try:
        body = unpacker.decompress(packed, bound + 1)
    except zlib.error as failure:
        raise Problem("bad_gzip", "The body is not valid gzip. Send it again.") from failure
    if len(body) > bound:
        raise Problem(
            "gzip_bomb",
            f"A request may unpack to {limit} bytes and {MAX_RATIO} times its size. Send less.",
            status=413,
        )
    if not unpacker.eof:
        raise Problem("bad_gzip", "The gzip body broke off. Send it again.")
    return body


def head(body: bytes, *, batched: bool) -> Head:
    """Check that a body is a JSON object (with a bounded ``batch``, where one is due). The answer
    to a bad one says what is wrong and at which byte, and repeats nothing of it."""
    try:
        body.decode()
    except UnicodeDecodeError as failure:
        raise malformed(f"invalid UTF-8 (byte {failure.start})") from failure
    try:
        found = _head.decode(body)
    except msgspec.ValidationError as failure:
        raise _misshapen(str(failure)) from failure
    except RecursionError as failure:
        raise malformed("nested too deeply") from failure
    except msgspec.DecodeError as failure:
        if not needs_cleaning(body):
            raise malformed(str(failure)) from failure
        found = _forgiving(body)
    if batched:
        _check_batch(found)
    return found


def malformed(what: str) -> Problem:
    """The answer to a body that is no JSON."""
    return Problem(
        "malformed_json",
        f"The body is not valid JSON: {what}.",
        errors=[{"field": "", "message": what}],
    )


def _check_batch(found: Head) -> None:
    if found.batch is None:
        raise Problem("missing_batch", "Send a list of messages in the field batch.")
    if len(found.batch) > settings.COLLECT_MAX_BATCH:
        raise Problem(
            "batch_too_large",
            f"A batch may hold {settings.COLLECT_MAX_BATCH} messages. Send several.",
        )


def _forgiving(body: bytes) -> Head:
    """Halves of surrogate pairs are refused by the strict reader, yet shoppers' browsers send them;
    they are replaced at digest."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as failure:
        where = f"byte {failure.pos}" if isinstance(failure, json.JSONDecodeError) else "nesting"
        raise malformed(f"cannot be read ({where})") from failure
    if not isinstance(found, dict):
        raise _misshapen("Expected `object`")
    batch = found.get("batch")
    if batch is not None and not isinstance(batch, list):
        raise _misshapen("Expected `array` - at `$.batch`")
    placeholders = None if batch is None else [msgspec.Raw(b"null") for _ in batch]
    return Head(writeKey=found.get("writeKey"), batch=placeholders)


def _misshapen(what: str) -> Problem:
    field = "batch" if "$.batch" in what else ""
    return Problem(
        "invalid_body",
        "Send a JSON object; messages of a batch go as a list into its field batch.",
        errors=[{"field": field, "message": what}],
    )


def _too_large(limit: int) -> Problem:
    return Problem(
        "body_too_large", f"A request may carry {limit} bytes. Send it in parts.", status=413
    )


def _truncated() -> Problem:
    return Problem("truncated_body", "The body broke off on its way. Send it again.")
