"""Logs as JSON lines."""

import logging

import structlog


def formatter() -> logging.Formatter:
    """One JSON object a line."""
    return structlog.stdlib.ProcessorFormatter(processor=structlog.processors.JSONRenderer())
