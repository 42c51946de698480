"""The shared cache: bounded in bytes, the least recently used goes first."""

from ui.kept import Kept


def made(count: int):
    return lambda: b"x" * count


def never() -> bytes:
    raise AssertionError("made again")


def test_a_value_is_made_once_and_the_least_recently_used_makes_room():
    kept = Kept(10, len)
    assert kept.get("a", made(4)) == b"xxxx"
    kept.get("b", made(4))
    kept.get("a", never)  # used: now b is the older one
    kept.get("c", made(4))
    assert kept.bytes == 8
    assert kept.get("a", never) == b"xxxx"
    calls = []
    kept.get("b", lambda: calls.append(1) or b"x")
    assert calls == [1]


def test_a_value_larger_than_the_room_is_given_and_not_kept():
    kept = Kept(10, len)
    assert len(kept.get("a", made(11))) == 11
    assert kept.bytes == 0
