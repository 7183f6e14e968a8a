"""Messages over a pipe: a length, JSON and bytes."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_LENGTHS = struct.Struct(">II")  # of the JSON, of the bytes


class Message(NamedTuple):
    """What one side tells the other: words and numbers, and bytes beside them."""

    words: Mapping[str, Any]
    payload: bytes = b""


def encode(message: Message) -> bytes:
    """The message as bytes; floats keep every bit."""
    words = json.dumps(message.words).encode()
    return _LENGTHS.pack(len(words), len(message.payload)) + words + message.payload


class Decoder:
    """Messages from bytes that arrive in any pieces.

    >>> decoder = Decoder()
    >>> data = encode(Message({"a": 0.1}, b"xyz"))
    >>> list(decoder.feed(data[:9])), list(decoder.feed(data[9:]))
    ([], [Message(words={'a': 0.1}, payload=b'xyz')])
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """Yield the messages that are complete with these bytes."""
        self._buffer += data
        while len(self._buffer) >= _LENGTHS.size:
            words, payload = _LENGTHS.unpack_from(self._buffer)
            middle = _LENGTHS.size + words
            if len(self._buffer) < middle + payload:
                return
            held = bytes(self._buffer[: middle + payload])
            del self._buffer[: middle + payload]
            yield Message(json.loads(held[_LENGTHS.size : middle]), held[middle:])
