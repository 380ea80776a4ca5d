"""Django inside a benchmark, on the database of its own stack."""

import os

import django

from tests.flow.stack import Stack


def enter(stack: Stack) -> None:
    """Set Django up on the stack's database and cache. Once a process: each benchmark is one."""
    os.environ.update(stack.env)
    django.setup()
