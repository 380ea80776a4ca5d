"""The Celery application; its schedule stands in the settings and lives in the database."""

import logging.config
import os
import signal
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_process_init
from django.conf import settings

from cdp.supervisor import tether

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdp.settings")

app = Celery("cdp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _our_logs(**_: Any) -> None:
    """Being connected is what keeps Celery from setting up logs of its own, which would print
    exceptions with their messages."""
    logging.config.dictConfig(settings.LOGGING)


@worker_process_init.connect
def _no_orphans(**_: Any) -> None:
    """A child whose main process was killed must not finish its task beside the next worker."""
    tether.set_death_signal(signal.SIGKILL)
