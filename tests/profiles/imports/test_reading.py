"""Files to rows."""

import json
import os
import tarfile
from pathlib import Path

import pytest

from cdp.lib.errors import Problem
from profiles.imports import reading
from profiles.imports.mapping import Complaint, Placed

SHARED = Path(os.environ.get("CDP_SHARED_DATA", "../shared/data"))


def read(path: Path) -> list[Placed | Complaint]:
    return list(reading.rows(reading.inspect([path])))


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_csv__any_usual_delimiter__is_found(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"id{mark}name\n1{mark}Ann\n")
    (row,) = read(path)
    assert isinstance(row, Placed)
    assert row.row == {"id": "1", "name": "Ann"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_csv__any_usual_encoding__reads_the_same(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("id,name\n1,Zoë\n".encode(encoding))
    (row,) = read(path)
    assert isinstance(row, Placed)
    assert row.row == {"id": "1", "name": "Zoë"}


def test_csv__row_too_short__is_a_complaint_and_its_neighbours_stand(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,name\n1,Ann\n2\n3,Cy\n")
    first, second, third = read(path)
    assert isinstance(first, Placed)
    assert isinstance(second, Complaint)
    assert isinstance(third, Placed)
    assert (second.line, second.code) == (3, "wrong_width")


def test_json_lines__broken_line__is_a_complaint(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": 1}\n[1]\n{"id":\n\n{"id": 2}\n')
    assert [type(row).__name__ for row in read(path)] == [
        "Placed",
        "Complaint",
        "Complaint",
        "Placed",
    ]


def test_folder__other_files_inside__are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("words")
    (tmp_path / "b.jsonl").write_text('{"id": 2}\n')
    (tmp_path / "a.csv").write_text("id\n1\n")
    assert [row.file for row in read(tmp_path)] == ["a.csv", "b.jsonl"]


@pytest.mark.parametrize("name", ["nothing.csv", "picture.png"])
def test_inspect__no_such_file_or_format__says_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    with pytest.raises(Problem):
        reading.inspect([tmp_path / name])


def test_parquet__not_one__says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"nonsense")
    with pytest.raises(Problem, match="Parquet"):
        reading.inspect([path])


def test_csv_spectrum__every_file__equals_its_json(tmp_path: Path) -> None:
    archive = SHARED / "csv_spectrum" / "csv-spectrum.tar.gz"
    if not archive.is_file():
        pytest.skip("needs the public data sets: set CDP_SHARED_DATA")
    with tarfile.open(archive) as files:
        files.extractall(tmp_path, filter="data")
    # The archive's CSV files carry \n in cells where their JSON says \r\n.
    expected = {
        path.stem: json.loads(path.read_text().replace("\\r\\n", "\\n"))
        for path in tmp_path.rglob("*.json")
    }
    samples = [path for path in sorted(tmp_path.rglob("*.csv")) if path.stem in expected]
    assert samples
    for path in samples:
        found = [row.row for row in read(path) if isinstance(row, Placed)]
        assert found == expected[path.stem], path.name
