"""Whether the bytes of an answer are those that its head announces (RFC 9112, 6): what HTTP libraries hide."""

from contracts.exchange import Wire
from contracts.observe.breach import Breach
from contracts.spec.contract import Contract

STATEMENT = "http.framing"


def judged(contract: Contract, wire: Wire) -> Breach | None:
    stated = contract.rule(STATEMENT)
    announced, coded = wire.values("content-length"), wire.values("transfer-encoding")
    if wire.request.method in stated["no_body_to"] or wire.status in stated["no_body"]:
        return _breach(wire, "no body", f"with {len(wire.after)} bytes of body") if wire.after else None
    if len(set(announced)) > 1 or (announced and coded):
        return _breach(wire, "one length of its body", f"with {', '.join([*announced, *coded])}")
    if coded:
        left = _after_chunks(wire.after)
        return None if left == b"" else _breach(wire, "chunks, and nothing after the last", "with other bytes")
    if announced and announced[0] != str(len(wire.after)):
        expected = f"a body of {announced[0]} bytes, as Content-Length says"
        return _breach(wire, expected, f"with a body of {len(wire.after)}")
    return None


def _breach(wire: Wire, expected: str, seen: str) -> Breach:
    return Breach(STATEMENT, expected, f"{wire} {seen}")


def _after_chunks(body: bytes) -> bytes | None:
    """What comes after the last chunk and its trailers; None where they are no chunks."""
    while True:
        size, found, body = body.partition(b"\r\n")
        try:
            length = int(size.partition(b";")[0], 16)
        except ValueError:
            return None
        if not found or (length and body[length : length + 2] != b"\r\n"):
            return None
        if length == 0:
            break
        body = body[length + 2 :]
    while body and not body.startswith(b"\r\n"):
        body = body.partition(b"\r\n")[2]
    return body[2:] if body else None
