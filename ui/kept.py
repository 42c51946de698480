"""What all sessions share because it costs memory: the last used of it, bounded in bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Values by key, of at most `limit` bytes in all; the least recently used goes first.

    A value larger than that is made anew each time. May be used from any thread.
    """

    def __init__(self, limit: int, size: Callable[[Value], int]) -> None:
        """`size` tells the bytes of a value."""
        self._limit, self._size = limit, size
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of `key`, made if it is not there; two threads may both make it."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            while self.bytes > self._limit:
                self._values.popitem(last=False)
        return value

    @property
    def bytes(self) -> int:
        """What is kept now."""
        return sum(self._size(value) for value in self._values.values())
