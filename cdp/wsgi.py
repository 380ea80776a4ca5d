"""The WSGI application: Django behind a layer that vouches for the request's body.

Granian hands over a chunked body without a length, which Django reads as empty, and a body that
broke off as if it were complete. Both would be acknowledged and lost.
"""

import os

from django.core.wsgi import get_wsgi_application

from cdp.supervisor import tether

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdp.settings")
tether.follow_main_process()

django = get_wsgi_application()

from cdp.bodies import WholeBodies  # noqa: E402  it needs the settings, which stand only now

application = WholeBodies(django)
