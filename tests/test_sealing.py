"""sealing: what is kept sealed is read by nobody else."""

from hypothesis import given, settings
from hypothesis import strategies as st

from maintenance.sealing import Purpose, seal, unseal

KEY = "a key that only the tests know"


@given(st.binary(max_size=200))
@settings(max_examples=50, deadline=None)
def test_what_was_sealed_is_read_again(plain: bytes) -> None:
    sealed = seal(KEY, Purpose.API_KEY, plain)
    assert unseal(KEY, Purpose.API_KEY, sealed) == plain
    assert len(plain) < 8 or plain not in sealed


def test_another_key_another_purpose_or_a_changed_letter_reads_nothing() -> None:
    sealed = seal(KEY, Purpose.API_KEY, b"89a229ce")
    assert unseal("another", Purpose.API_KEY, sealed) is None
    assert unseal(KEY, Purpose.ANSWER, sealed) is None
    assert unseal(KEY, Purpose.API_KEY, sealed[:-9] + b"AAAAAAAA=") is None
    assert unseal(KEY, Purpose.API_KEY, b"89a229ce") is None
    assert unseal(KEY, Purpose.API_KEY, b"") is None


def test_the_same_twice_looks_different() -> None:
    assert seal(KEY, Purpose.ANSWER, b"x") != seal(KEY, Purpose.ANSWER, b"x")
