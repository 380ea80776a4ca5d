"""Files as numbered rows: CSV, JSON Lines and Parquet, several in order, none loaded whole."""

import codecs
import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from cdp.lib.errors import Problem
from profiles.imports.mapping import Complaint, Placed

SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet")
_TEXT = frozenset({".csv", ".tsv", ".txt"})
_MEGABYTE = 1024 * 1024
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Input:
    """A file looked at once: its content's digest, an estimate of its rows, its text encoding."""

    path: Path
    digest: str
    rows: int
    encoding: str


def inspect(paths: Sequence[Path]) -> list[Input]:
    """Every data file among ``paths``, folders opened, in the order given and by name within."""
    files = [file for path in paths for file in _files(path)]
    if not files:
        raise Problem(
            "no_files", f"Name a file or a folder with files ending in {', '.join(SUFFIXES)}."
        )
    return [_inspect(file) for file in files]


def rows(inputs: Sequence[Input]) -> Iterator[Placed | Complaint]:
    """The rows of all files, numbered through; a row that cannot be read comes as a complaint."""
    number = 0
    for given in inputs:
        for line, row in _reader(given):
            number += 1
            if isinstance(row, Complaint):
                yield row
            else:
                yield Placed(number, given.path.name, line, row)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
    if not path.is_file():
        raise Problem("no_such_file", f"There is no file {path.name}: check the path.")
    if path.suffix.lower() not in SUFFIXES:
        raise Problem("unknown_format", f"Give a file ending in one of {', '.join(SUFFIXES)}.")
    return [path]


def _inspect(path: Path) -> Input:
    digest, lines, encoding = blake2b(digest_size=20), 0, "utf-8-sig"
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        while block := stream.read(_MEGABYTE):
            digest.update(block)
            lines += block.count(b"\n")
            if encoding != "latin-1":
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    encoding = "latin-1"
    if path.suffix.lower() == ".parquet":
        lines = _parquet(path).metadata.num_rows
    return Input(path, digest.hexdigest(), lines, encoding)


def _reader(given: Input) -> Iterator[tuple[int, Any]]:
    suffix = given.path.suffix.lower()
    if suffix == ".parquet":
        return _parquet_rows(given.path)
    return _csv_rows(given) if suffix in _TEXT else _json_rows(given)


def _parquet(path: Path) -> Any:
    try:
        return pq.ParquetFile(path)
    except (OSError, ValueError) as failure:
        raise Problem("unreadable_file", f"{path.name} is not a Parquet file.") from failure


def _parquet_rows(path: Path) -> Iterator[tuple[int, Any]]:
    line = 0
    for batch in _parquet(path).iter_batches(batch_size=_BATCH):
        columns = batch.to_pydict()
        names = list(columns)
        for cells in zip(*columns.values(), strict=True):
            line += 1
            yield line, dict(zip(names, cells, strict=True))


def _json_rows(given: Input) -> Iterator[tuple[int, Any]]:
    with given.path.open(encoding=given.encoding) as stream:
        for line, content in enumerate(stream, 1):
            if not content.strip():
                continue
            try:
                row = json.loads(content)
            except (ValueError, RecursionError):
                row = None
            if isinstance(row, dict):
                yield line, row
            else:
                text = "This line must hold one JSON object."
                yield line, Complaint(given.path.name, line, "", "not_an_object", text)


def _csv_rows(given: Input) -> Iterator[tuple[int, Any]]:
    with given.path.open(encoding=given.encoding, newline="") as stream:
        reader = csv.reader(stream, delimiter=_delimiter(given))
        header: list[str] | None = None
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                text = "This line is not CSV: look for a quote that is never closed."
                yield (
                    reader.line_num,
                    Complaint(given.path.name, reader.line_num, "", "not_csv", text),
                )
                continue
            if header is None:
                header = [name.strip() for name in cells]
            elif cells:
                yield reader.line_num, _row(given, reader.line_num, header, cells)


def _row(given: Input, line: int, header: list[str], cells: list[str]) -> Any:
    if len(cells) != len(header):
        text = f"This line has {len(cells)} cells where the header has {len(header)}."
        return Complaint(given.path.name, line, "", "wrong_width", text)
    return dict(zip(header, cells, strict=True))


def _delimiter(given: Input) -> str:
    """Whichever usual delimiter the header holds most of."""
    with given.path.open(encoding=given.encoding, newline="") as stream:
        header = stream.readline()
    return max(",;\t|", key=header.count)
