"""HTTP as it may come from any server: interim answers are passed over, and no answer is without an end.

One for all who put questions: the check, its client of the control API, and the load tests before and after a load.
"""

import io
import os
import re
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from functools import cache
from http.client import HTTPResponse
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NameResolutionError

from contracts.errors import TargetError

TIMEOUT = 10.0  # seconds without a byte
LONGEST = 60.0  # seconds that an answer may take in all
MOST_BYTES = 16 << 20  # of a body, unpacked or not
MOST_INTERIM = 20  # answers before the final one
DEEPEST = 200  # levels of JSON
AUTHORITIES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")  # variables that name a file of certificates
_BLOCK = 64 << 10
_ANY_PACKING = zlib.MAX_WBITS | 32  # gzip and zlib, whichever the first bytes tell
_PLAIN = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST")
_ESCAPED, _TEXT = re.compile(rb"\\.", re.DOTALL), re.compile(rb'"[^"]*"')
_NO_MARK = bytes(set(range(256)) - set(b'[]{}"'))


class NoAnswerError(Exception):
    """Why there is no answer, in words that read on from "the server does not answer:".

    `began`: something had come, or was waited for in vain; else the connection may merely have been idle for too long.
    """

    def __init__(self, reason: str, *, began: bool = True) -> None:
        super().__init__(reason)
        self.began = began


class _EndlessError(TimeoutError):
    """It came byte by byte, and did not come to an end."""


class _Timed(io.RawIOBase):
    """A socket's file that is read until LONGEST is over, however small the pieces are."""

    def __init__(self, file: Any, sock: Any) -> None:
        self._file, self._sock, self._idle = file, sock, sock.gettimeout() or LONGEST
        self._deadline = time.monotonic() + LONGEST

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise _EndlessError
        self._sock.settimeout(min(self._idle, left))
        try:
            read: int | None = self._file.readinto(buffer)
        except TimeoutError as error:
            raise _EndlessError if left < self._idle else error from None
        return read

    def close(self) -> None:
        self._file.close()
        super().close()


class _FinalResponse(HTTPResponse):
    """http.client passes over 100 alone, and would take a 103 for the answer (RFC 9110, 15.2)."""

    def __init__(self, sock: Any, *args: Any, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock))

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


_POOLS = {"http": _Pool, "https": _SecurePool}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: object, **more: object) -> None:
        super().init_poolmanager(*args, **more)  # type: ignore[arg-type]
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **more)
        manager.pool_classes_by_scheme = _POOLS
        return manager


def session(authority: str | Path | None = None) -> requests.Session:
    """`authority` is a file of certificates to be trusted; without it, what AUTHORITIES name. Raises TargetError.

    Nothing else of the environment counts: a .netrc would add credentials.
    """
    made = requests.Session()
    made.trust_env = False
    made.headers["Accept-Encoding"] = "identity"
    made.mount("http://", _Adapter())
    made.mount("https://", _Adapter())
    named = ("--ca-bundle or ca_bundle of the target file", str(authority)) if authority else _of_environment()
    if named is not None:
        made.verify = _readable(*named)
    return made


def proxies_for(url: str) -> dict[str, str]:
    """Those of the environment; none for a server on this machine, which no proxy reaches."""
    return {} if is_loopback(url) else dict(requests.utils.get_environ_proxies(url))


def is_loopback(url: str) -> bool:
    """Whether a server is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def prepared(method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> requests.PreparedRequest:
    """To a URL as it stands: what is odd about it may be what is asked, and reading it takes longer than the rest."""
    made = requests.PreparedRequest()
    made.prepare_method(method)
    made.url = url
    made.prepare_headers(headers)
    made.prepare_body(content, None)
    return made


def send(
    over: requests.Session, request: requests.PreparedRequest, timeout: float | None = None, most: int | None = None
) -> requests.Response:
    """The answer, read to its end; a redirect is not followed, and no cookie kept. Raises NoAnswerError.

    `timeout` are seconds without a byte, `most` the bytes of a body.
    """
    limit, idle = MOST_BYTES if most is None else most, TIMEOUT if timeout is None else timeout
    began = False
    try:
        adapter = over.get_adapter(str(request.url))  # a session would read what a redirect says, without bound
        answer = adapter.send(request, stream=True, timeout=idle, verify=over.verify, proxies=over.proxies)
        with answer:
            began = True
            answer._content = _unpacked(answer, _read(answer, limit), limit)
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        began = began or isinstance(error, requests.Timeout) or not isinstance(error, requests.ConnectionError)
        raise NoAnswerError(why(error, str(request.url), over, idle), began=began) from error
    return answer


def is_deep(body: bytes) -> bool:
    """Whether JSON is nested in more than DEEPEST levels, at which parsers give up, each in its own way."""
    if body.lstrip()[:1] not in (b"{", b"[") or body.count(b"[") + body.count(b"{") <= DEEPEST:
        return False
    marks = (_ESCAPED.sub(b"", body) if b"\\" in body else body).translate(None, _NO_MARK)
    brackets = _TEXT.sub(b"", marks.replace(b'""', b"")).replace(b'"', b"")  # in most texts there are none
    for _ in range(DEEPEST):
        left = brackets.replace(b"[]", b"").replace(b"{}", b"")
        if len(left) == len(brackets):
            return len(brackets) > DEEPEST  # no more pairs: the rest has no end
        brackets = left
    return bool(brackets)


def elsewhere(location: str) -> str:
    """The host that a redirect's Location names, and nothing else of it."""
    try:
        return urlsplit(location).hostname or "another path"
    except ValueError:
        return "what is no URL"


def _of_environment() -> tuple[str, str] | None:
    return next(((name, os.environ[name]) for name in AUTHORITIES if os.environ.get(name)), None)


@cache  # reading a bundle of certificates takes a tenth of a second, and there is a session for each thread
def _readable(name: str, path: str) -> str:
    try:
        if Path(path).is_dir():
            ssl.create_default_context(capath=path)
        else:
            ssl.create_default_context(cafile=path)
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        raise TargetError(f"{name}: {path} is no file of certificates (PEM) that can be read") from error
    return path


def _read(answer: requests.Response, most: int) -> bytes:
    body = bytearray()
    while block := answer.raw.read1(_BLOCK, decode_content=False):
        body += block
        if len(body) > most:
            raise NoAnswerError(f"its answer has no end: more than {most >> 20} MiB")
    return bytes(body)


def _unpacked(answer: requests.Response, body: bytes, most: int) -> bytes:
    """Some pack although they were asked not to."""
    if answer.headers.get("Content-Encoding", "identity").strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return body
    try:
        unpacked = zlib.decompressobj(_ANY_PACKING).decompress(body, most + 1)
    except zlib.error:
        return body  # which will not be understood, and that is then said
    if len(unpacked) > most:
        raise NoAnswerError(f"its answer unfolds to more than {most >> 20} MiB")
    return unpacked


def why(error: Exception, url: str, over: requests.Session, idle: float) -> str:
    """In words that say what to do, of what lies at the bottom of an exception."""
    proxy = urlsplit(over.proxies.get(urlsplit(url).scheme) or over.proxies.get("all") or "")
    through = f" (through the proxy {proxy.hostname}:{proxy.port})" if proxy.hostname else ""
    return _reason(error, proxy.hostname or urlsplit(url).hostname or "", idle) + through


def _reason(error: Exception, host: str, idle: float) -> str:
    chain = _chain(error)
    text = " ".join(map(str, chain))
    if any(isinstance(each, NameResolutionError | socket.gaierror) for each in chain):
        return f"the host {host} is not known"
    if any(code in text for code in _PLAIN):
        return "that port does not speak TLS: is the URL one with http://?"
    if "CERTIFICATE_VERIFY_FAILED" in text:
        detail = text.partition("certificate verify failed")[2].partition(" (_ssl")[0]
        return (
            f"its certificate is not accepted{detail};"
            " SSL_CERT_FILE, or --ca-bundle of kordkit check, names the authority that signed it"
        )
    if isinstance(error, requests.exceptions.SSLError):
        return "no TLS connection comes about"
    if any(isinstance(each, _EndlessError) for each in chain):
        return f"its answer has no end: more than {LONGEST:g} s"
    if any(isinstance(each, TimeoutError | requests.Timeout) for each in chain):
        return f"there was nothing from it for {idle:g} s"
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
