"""One command that runs everything: databases, web server, digest, worker, beat. Knows no Django.

``folder`` keeps the data folder, its secrets and ports; ``postgres`` and ``valkey`` run the wheels'
servers; ``processes`` says how our own are called; ``keeper`` starts, restarts and stops them.
"""
