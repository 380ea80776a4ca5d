"""The one exception of the supervisor."""


class Trouble(Exception):
    """Something the person at the terminal can mend; the text says how. Ends with exit code 1."""


class Busy(Trouble):
    """Another process already runs on the data folder."""
