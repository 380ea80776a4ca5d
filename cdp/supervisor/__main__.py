"""``python -m cdp.supervisor``: what ``make run`` calls.

``--with-parent`` also stops when the calling process dies, which is what make's user expects.
"""

import signal
import sys

from cdp.supervisor import tether
from cdp.supervisor.run import main

if __name__ == "__main__":
    if "--with-parent" in sys.argv:
        tether.set_death_signal(signal.SIGTERM)
    sys.exit(main())
