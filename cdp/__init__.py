"""The roof: settings, addresses, processes, the demo shop."""

from cdp.celery import app as celery_app

__all__ = ["celery_app"]
