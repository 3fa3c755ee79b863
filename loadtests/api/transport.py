"""HTTP as it may come from any server: interim answers are passed over, and no answer is without an end."""

import socket
import time
import zlib
from http.client import HTTPResponse
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NameResolutionError

from contracts.errors import UnreachableError

TIMEOUT = 10.0  # seconds without a byte
LONGEST = 30.0  # seconds that the body of an answer may take in all
MOST_BYTES = 16 << 20  # of a body, unpacked or not
MOST_INTERIM = 20  # answers before the final one
_BLOCK = 65_536
_ANY_PACKING = zlib.MAX_WBITS | 32  # gzip and zlib, whichever the first bytes tell
_PLAIN = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST")


class _FinalResponse(HTTPResponse):
    """http.client passes over 100 alone, and would take a 103 for the answer (RFC 9110, 15.2)."""

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(MOST_INTERIM):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 100 <= status < 200:
                return version, status, reason
            while self.fp.readline(_BLOCK).strip():
                pass
        raise requests.ConnectionError(f"more than {MOST_INTERIM} interim answers")


class _Connection(HTTPConnection):
    response_class = _FinalResponse


class _SecureConnection(HTTPSConnection):
    response_class = _FinalResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: object, **more: object) -> None:
        super().init_poolmanager(*args, **more)  # type: ignore[arg-type]
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


def session() -> requests.Session:
    made = requests.Session()
    made.trust_env = False
    made.headers["Accept-Encoding"] = "identity"
    made.mount("http://", _Adapter())
    made.mount("https://", _Adapter())
    return made


def send(over: requests.Session, request: requests.PreparedRequest, origin: str) -> requests.Response:
    """The answer, read to its end; a redirect is not followed. Raises UnreachableError: a sentence on `origin`."""
    try:
        answer = over.send(request, timeout=TIMEOUT, allow_redirects=False, stream=True)
        with answer:
            answer._content = _unpacked(answer, _read(answer, origin), origin)
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise UnreachableError(f"{origin} does not answer: {_why(error, origin)}") from error
    return answer


def _read(answer: requests.Response, origin: str) -> bytes:
    deadline, body = time.monotonic() + LONGEST, bytearray()
    while block := answer.raw.read1(_BLOCK, decode_content=False):
        body += block
        if len(body) > MOST_BYTES:
            raise UnreachableError(f"{origin} answers without an end: more than {MOST_BYTES >> 20} MiB")
        if time.monotonic() > deadline:
            raise UnreachableError(f"{origin} answers without an end: more than {LONGEST:g} s")
    return bytes(body)


def _unpacked(answer: requests.Response, body: bytes, origin: str) -> bytes:
    """Some pack although they were asked not to."""
    if answer.headers.get("Content-Encoding", "identity").strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return body
    try:
        unpacked = zlib.decompressobj(_ANY_PACKING).decompress(body, MOST_BYTES + 1)
    except zlib.error:
        return body  # which will not be understood, and that is then said
    if len(unpacked) > MOST_BYTES:
        raise UnreachableError(f"{origin} answers with what unfolds to more than {MOST_BYTES >> 20} MiB")
    return unpacked


def _why(error: Exception, origin: str) -> str:
    """In words that say what to do, of what lies at the bottom of an exception."""
    chain = list(_chain(error))
    text = " ".join(map(str, chain))
    if any(isinstance(each, NameResolutionError | socket.gaierror) for each in chain):
        return f"the host {urlsplit(origin).hostname} is not known"
    if any(code in text for code in _PLAIN):
        return "that port does not speak TLS: is the URL one with http://?"
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return f"its certificate is not accepted{text.partition('certificate verify failed')[2].partition(' (_ssl')[0]}"
    if isinstance(error, requests.exceptions.SSLError):
        return "no TLS connection comes about"
    if any(isinstance(each, TimeoutError | requests.Timeout) for each in chain):
        return f"there was nothing from it for {TIMEOUT:g} s"
    if any(isinstance(each, ConnectionRefusedError) for each in chain):
        return "the connection was refused"
    return "it closed the connection, or what it sends is no HTTP"


def _chain(error: BaseException | None) -> "list[BaseException]":
    """An exception and what it was raised from, urllib3's `reason` included."""
    found: list[BaseException] = []
    pending: list[object] = [error]
    while pending:
        each = pending.pop()
        if isinstance(each, BaseException) and each not in found:
            found.append(each)
            pending += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
    return found
