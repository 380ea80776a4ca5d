"""The leaf: keys, seals, SQL."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.lib import crypto


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_seal__opened_in_its_place__gives_back_what_was_sealed(plain: bytes, place: bytes) -> None:
    assert crypto.decrypt(crypto.encrypt(plain, place=place), place=place) == plain


def test_seal__opened_in_another_place__raises() -> None:
    token = crypto.encrypt(b"ann@example.org", place=b"a")
    with pytest.raises(crypto.Undecipherable):
        crypto.decrypt(token, place=b"b")
