"""The rule of identity, as stories and as laws."""

from collections.abc import Collection
from random import Random
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.identity.graph import partition
from profiles.identity.rules import v1

_PREFIX = {"u": "user_id", "e": "email", "p": "phone", "a": "anonymous_id", "d": "device_id"}


def _node(name: str) -> UUID:
    return uuid5(UUID(int=0), name)


def _people(*evidence: str) -> set[frozenset[str]]:
    """``"u1 a1"`` is an edge, ``"a1"`` a node alone; answers who is together, by name."""
    names = {name for line in evidence for name in line.split()}
    edges = [(_node(a), _node(b)) for a, b in (line.split() for line in evidence if " " in line)]
    found = partition({_node(name): _PREFIX[name[0]] for name in names}, edges)
    people: dict[UUID, set[str]] = {}
    for name in names:
        people.setdefault(found[_node(name)], set()).add(name)
    return {frozenset(names) for names in people.values()}


STORIES = {
    "a visitor alone": (["a1"], ["a1"]),
    "a visitor who signs in": (["u1 a1"], ["u1 a1"]),
    "one person, three devices": (["u1 a1", "u1 a2", "u1 d1"], ["u1 a1 a2 d1"]),
    "two people, one laptop": (["u1 a1", "u2 a1"], ["u1", "u2", "a1"]),
    "a shared laptop's two ids stay together": (
        ["u1 a1", "u2 a1", "u1 d1", "u2 d1", "a1 d1"],
        ["u1", "u2", "a1 d1"],
    ),
    "own phone beside the shared laptop": (
        ["u1 a1", "u2 a1", "u1 a2"],
        ["u1 a2", "u2", "a1"],
    ),
    "alias of two user ids": (["u1 u2"], ["u1 u2"]),
    "alias makes a shared device one person's again": (
        ["u1 a1", "u2 a1", "u1 u2"],
        ["u1 u2 a1"],
    ),
    "e-mail links two visitors": (["e1 a1", "e1 a2"], ["e1 a1 a2"]),
    "e-mail brings a visitor to the customer": (["u1 e1", "e1 a1"], ["u1 e1 a1"]),
    "one e-mail of two customers": (["u1 e1", "u2 e1"], ["u1", "u2", "e1"]),
    "the nearer customer claims": (["u1 e1", "e1 a1", "u2 a1"], ["u1 e1", "u2 a1"]),
    "a till's phone number joins nobody": (
        [f"e{n} p1" for n in range(6)],
        [*(f"e{n}" for n in range(6)), "p1"],
    ),
    "five addresses behind one phone are one person": (
        [f"e{n} p1" for n in range(5)],
        ["e0 e1 e2 e3 e4 p1"],
    ),
}


@pytest.mark.parametrize(("evidence", "people"), STORIES.values(), ids=STORIES.keys())
def test_partition__of_a_story__finds_the_people(evidence: list[str], people: list[str]) -> None:
    assert _people(*evidence) == {frozenset(person.split()) for person in people}


def test_partition__of_a_person__takes_the_strongest_identifiers_id() -> None:
    kinds = {_node("a1"): "anonymous_id", _node("e1"): "email", _node("u1"): "user_id"}
    edges = [(_node("u1"), _node("a1")), (_node("u1"), _node("e1"))]
    assert set(partition(kinds, edges).values()) == {_node("u1")}


_names = st.sampled_from(["u1", "u2", "u3", "e1", "e2", "p1", "a1", "a2", "a3", "d1"])
_edges = st.lists(st.tuples(_names, _names).filter(lambda pair: pair[0] != pair[1]), max_size=14)


@given(_edges, st.randoms(use_true_random=False))
def test_partition__of_shuffled_doubled_and_turned_evidence__is_the_same(
    edges: list[tuple[str, str]], random: Random
) -> None:
    told = [f"{a} {b}" for a, b in edges]
    again = [f"{b} {a}" for a, b in edges] + told
    random.shuffle(again)
    assert _people(*told) == _people(*again)


@given(_edges)
def test_partition__of_a_region_alone__agrees_with_the_whole(edges: list[tuple[str, str]]) -> None:
    names = {name for pair in edges for name in pair}
    kinds = {_node(name): _PREFIX[name[0]] for name in names}
    pairs = [(_node(a), _node(b)) for a, b in edges]
    whole = partition(kinds, pairs)
    for start in names:
        if start[0] == "u":
            continue
        region = _region(start, edges)
        rim = {name for pair in edges for name in pair if set(pair) & region} | region
        heads = _region(None, edges, rim)
        near = [(_node(a), _node(b)) for a, b in edges if {a, b} <= rim | heads]
        part = partition({_node(name): _PREFIX[name[0]] for name in rim | heads}, near)
        assert part[_node(start)] == whole[_node(start)]


def _region(start: str | None, edges: list[tuple[str, str]], rim: Collection[str] = ()) -> set[str]:
    """From ``start`` without passing user ids; or from the rim along user ids only."""
    reached = {start} if start else {name for name in rim if name[0] == "u"}
    while True:
        more = {
            b
            for pair in edges
            for a, b in (pair, pair[::-1])
            if a in reached and (b[0] == "u") == (start is None)
        }
        if more <= reached:
            return reached
        reached |= more


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("email", "  Ada@Example.COM ", "ada@example.com"),
        ("email", "no address", ""),
        ("phone", "+49 (30) 123-4567", "49301234567"),
        ("phone", "0049 30 1234567", "49301234567"),
        ("phone", "12", ""),
        ("user_id", "Null", ""),
        ("user_id", "00000000-0000-0000-0000-000000000000", ""),
        ("user_id", "-1", ""),
        ("user_id", " guest ", ""),
        ("user_id", 42, "42"),
        ("user_id", True, ""),
        ("anonymous_id", "x" * 301, ""),
        ("user_id", "e\u0301", "\u00e9"),
    ],
)
def test_normalise__of_a_value__gives_its_one_spelling(
    kind: str, value: object, expected: str
) -> None:
    assert v1.normalise(kind, value) == expected


def test_identifiers__of_a_message__come_strongest_first_and_once() -> None:
    found = v1.identifiers(
        user_id="u",
        anonymous_id="a",
        traits={"email": "A@b.c"},
        context={
            "traits": {"email": "a@B.c", "phone": "12345678"},
            "device": {"id": "d"},
            "externalIds": [{"type": "crm", "id": "7"}, {"type": "user_id", "id": "x"}, "junk"],
        },
        node_id=lambda kind, value: _node(f"{kind}:{value}"),
    )
    assert [(known.kind, known.value) for known in found] == [
        ("user_id", "u"),
        ("email", "a@b.c"),
        ("phone", "12345678"),
        ("external_id", "crm:7"),
        ("anonymous_id", "a"),
        ("device_id", "d"),
    ]


def test_previous__that_reads_as_uuid__is_an_anonymous_id() -> None:
    def make(kind: str, value: str) -> UUID:
        return _node(kind + value)

    visitor = v1.previous("0190e3c5-0a0b-7c3d-8e4f-123456789abc", node_id=make)
    former = v1.previous("customer-7", node_id=make)
    assert visitor is not None
    assert former is not None
    assert (visitor.kind, former.kind) == ("anonymous_id", "user_id")
