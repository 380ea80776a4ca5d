"""Models on disk: a folder of ``.npy`` files that processes map into memory and share, and a
manifest.

The folder is named by the SHA-256 of its manifest, which holds the SHA-256 of every file: a name
says exactly what is inside, the same model always gets the same name, and damage is found on
loading. ``.npy`` rather than ``.npz``: an archive cannot be memory-mapped. Pickles are never read.
"""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from recommendations.algorithms.als import Als
from recommendations.algorithms.base import Model
from recommendations.algorithms.cooccurrence import Cooccurrence
from recommendations.algorithms.popularity import Popularity

KINDS: dict[str, type[Model]] = {kind.name: kind for kind in (Popularity, Cooccurrence, Als)}


class Damaged(Exception):
    """An artefact is missing, incomplete, altered, or not one of ours."""


def write(root: Path, model: Model) -> str:
    """Keep a model and return its name. Complete or absent, whatever dies in between."""
    root.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".making-", dir=root))
    try:
        files = {"items.json": _write_items(folder, model.items)}
        for name, array in sorted(model.arrays().items()):
            path = folder / f"{name}.npy"
            with path.open("wb") as out:
                np.save(out, np.ascontiguousarray(array), allow_pickle=False)
            files[path.name] = _seal(path)
        name = _write_manifest(folder, model, files)
        folder.chmod(0o755)
        if not (root / name).exists():
            folder.rename(root / name)
        _sync(root)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return name


def read(root: Path, name: str) -> Model:
    """Load a model by its name after checking every byte. Raises :class:`Damaged`."""
    folder = root / name
    try:
        raw = (folder / "manifest.json").read_bytes()
        if hashlib.sha256(raw).hexdigest() != name:
            raise Damaged(f"the manifest of {name} was altered")
        manifest = json.loads(raw)
        for file, digest in manifest["files"].items():
            if _digest(folder / file) != digest:
                raise Damaged(f"{file} of {name} was altered")
        return _restore(folder, manifest)
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise Damaged(f"{name} cannot be read: {failure}") from failure


def discard(root: Path, keep: set[str]) -> list[str]:
    """Delete models nobody refers to any more and return their names."""
    gone = []
    for folder in sorted(root.iterdir()) if root.is_dir() else []:
        if folder.is_dir() and len(folder.name) == 64 and folder.name not in keep:
            shutil.rmtree(folder, ignore_errors=True)
            gone.append(folder.name)
    return gone


def _restore(folder: Path, manifest: dict[str, Any]) -> Model:
    items = json.loads((folder / "items.json").read_bytes())
    arrays = {
        file.removesuffix(".npy"): np.load(folder / file, mmap_mode="r", allow_pickle=False).view(
            np.ndarray  # still mapped, without the cost of the memmap class on each access
        )
        for file in manifest["files"]
        if file.endswith(".npy")
    }
    return KINDS[manifest["algorithm"]].restore(items, manifest["config"], arrays)


def _write_items(folder: Path, items: tuple[str, ...]) -> str:
    path = folder / "items.json"
    path.write_bytes(json.dumps(list(items)).encode())
    return _seal(path)


def _write_manifest(folder: Path, model: Model, files: dict[str, str]) -> str:
    content = {"format": 1, "algorithm": model.name, "config": model.config, "files": files}
    raw = json.dumps(content, sort_keys=True).encode()
    path = folder / "manifest.json"
    path.write_bytes(raw)
    _seal(path)
    _sync(folder)
    return hashlib.sha256(raw).hexdigest()


def _seal(path: Path) -> str:
    path.chmod(0o644)
    with path.open("rb") as handle:
        os.fsync(handle.fileno())
    return _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
