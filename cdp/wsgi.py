"""The WSGI application: Django behind a layer that vouches for the request's body.

Granian hands over a chunked body without a length, which Django reads as empty, and a body that
broke off as if it were complete. Both would be acknowledged and lost.
"""

import multiprocessing
import os

from django.core.wsgi import get_wsgi_application

from cdp.supervisor import tether

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdp.settings")
tether.follow_main_process()

django = get_wsgi_application()

from django.db import connections  # noqa: E402  all of these need the settings, which stand only now
from django.urls import resolve  # noqa: E402

from cdp.bodies import WholeBodies  # noqa: E402
from recommendations import api as recommendations  # noqa: E402


def warm() -> None:
    """Do before the first request what would make it wait: import every address, load the shop.
    This thread serves nothing, so it keeps no connection."""
    resolve("/healthz")
    recommendations.warm()
    connections.close_all()


if multiprocessing.parent_process() is not None:  # a worker of the server, about to serve
    warm()
application = WholeBodies(django)
