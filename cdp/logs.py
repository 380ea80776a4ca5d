"""Logs as JSON lines in which no person appears.

A line has ``time``, ``level``, ``logger``, ``event`` and fields. Fields pass by an allow-list of
names; texts lose what looks like an address, a query string or a secret; an exception is told by
its class and the places it passed, because messages of databases and parsers quote what they choke
on.
"""

import logging
import re
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

ALLOWED = frozenset(
    """
    time level logger event error at sqlstate dropped
    algorithm amount arrivals attempt attempts batch bytes call code count counts duration_ms events
    field_count horizon inbox_id items job k kind lag method model_id name outcome override_id path
    people placement position process profile_id profiles purpose rank ready request_id retries rows
    rule_id run_id seconds segment_id shard since size source source_id stage status task task_id
    took tries until version waiting
    """.split()  # noqa: SIM905  a list would be sixty lines
)
"""Names of fields that hold numbers, ids of ours or words of ours. Never values from outside."""

MAIL = re.compile(r"[^\s\"'<>()\[\]{},;:=/?&]+(?:@|%40)[^\s\"'<>()\[\]{},;:=/?&]+")
QUERY = re.compile(r"\?[^\s\"']*")
SECRET = re.compile(r"(?<![\w-])(?=[\w:-]*\d)[\w:-]{40,}")
PHONE = re.compile(r"(?<![\w.:-])\+?\d(?:[ ()/-]?\d){8,}(?![\w.:-])")
PLACES = 12


def formatter() -> logging.Formatter:
    """The formatter of ``settings.LOGGING``; also sends structlog's loggers down the same way."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            tell_exception,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            keep_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        foreign_pre_chain=_FOREIGN,
        use_get_message=True,
    )


_FOREIGN: list[Processor] = []


def tell_exception(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Replace ``exc_info`` by ``error``, ``sqlstate`` and ``at``: class, code, places."""
    failure = line.pop("exc_info", None)
    if isinstance(failure, tuple):
        failure = failure[1]
    if isinstance(failure, BaseException):
        line["error"] = type(failure).__name__
        cause = failure.__cause__ or failure
        if state := getattr(cause, "sqlstate", None):
            line["sqlstate"] = state
        frames = traceback.extract_tb(failure.__traceback__)[-PLACES:]
        line["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    for spoken in ("exc_text", "exception", "stack", "stack_info"):
        line.pop(spoken, None)
    return line


def keep_allowed(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Drop fields that are not allowed (their names stay under ``dropped``), clean the rest."""
    kept: EventDict = {name: clean(value) for name, value in line.items() if name in ALLOWED}
    if dropped := sorted(set(line) - ALLOWED):
        kept["dropped"] = dropped
    return kept


def clean(value: Any) -> Any:
    """A value without what may point to a person, whatever shape it has."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {str(clean(key)): clean(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(inner) for inner in value]
    text = value if isinstance(value, str) else str(value)
    for pattern, put in ((QUERY, "?…"), (MAIL, "…@…"), (SECRET, "…"), (PHONE, "…")):
        text = pattern.sub(put, text)
    return text[:2000]
