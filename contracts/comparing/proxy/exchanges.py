"""What went through: a request and its answer, as they came."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import h11
from requests.structures import CaseInsensitiveDict

Lines = Sequence[tuple[str, str]]
MOST_BYTES = 4 << 20  # of a body that is kept to be judged
_ANY_PACKING = zlib.MAX_WBITS | 32  # gzip and zlib, whichever the first bytes tell


@dataclass(slots=True)
class Message:
    """`lines` are those of its head, names as they were written; `body` is without its framing. `whole` says that it
    came to its end, and was not too long to be kept."""

    lines: Lines
    body: bytearray = field(default_factory=bytearray)
    length: int = 0
    ended: bool = False

    def add(self, data: bytes) -> None:
        self.length += len(data)
        if self.length <= MOST_BYTES:
            self.body += data

    @property
    def whole(self) -> bool:
        return self.ended and self.length <= MOST_BYTES

    @property
    def headers(self) -> "CaseInsensitiveDict[str]":
        found: CaseInsensitiveDict[str] = CaseInsensitiveDict()
        for name, value in self.lines:
            found[name] = f"{found[name]}, {value}" if name in found else value
        return found

    @property
    def content(self) -> bytes | None:
        """Unpacked; None where that cannot be done here, or it is not whole."""
        if not self.whole:
            return None
        packing = self.headers.get("Content-Encoding", "identity").strip().lower()
        if packing == "identity":
            return bytes(self.body)
        if packing not in ("gzip", "x-gzip", "deflate"):
            return None
        try:
            unpacking = zlib.decompressobj(_ANY_PACKING)
            content = unpacking.decompress(bytes(self.body), MOST_BYTES)
            return None if unpacking.unconsumed_tail else content
        except zlib.error:
            return None


@dataclass(slots=True)
class Exchange:
    """`began` are Unix seconds, `started` those of a clock that runs evenly, `seconds` how long it took until the last
    byte of the answer. `trouble` says what became of it where it has no whole answer that could be read."""

    method: str
    target: str
    request: Message
    began: float
    started: float
    version: str = "1.1"
    status: int = 0
    reason: str = ""
    answer: Message | None = None
    seconds: float = 0.0
    trouble: str = ""


def lines_of(event: h11.Request | h11.Response) -> Lines:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers.raw_items()]
