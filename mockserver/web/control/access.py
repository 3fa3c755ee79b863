"""Who may use the control API: whoever has the token; without one, only programs on this machine."""

import hmac
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Response, request

from mockserver.web.control.problems import Invalid, problem_reply


class Access:
    """With a token, every request needs it. Without, the mock is bound to loopback, and what remains to be kept out are
    web pages: one that names itself in `Origin`, or reaches here under a name of its own (DNS rebinding).
    """

    def __init__(self, token: str | None) -> None:
        self._token = token

    def check(self) -> Response | None:
        try:
            self._require_token() if self._token is not None else self._require_local()
        except Invalid as problem:
            return problem_reply(problem)
        return None

    def _require_token(self) -> None:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        expected = (self._token or "").encode()
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), expected):
            raise Invalid(401, "send the admin token: Authorization: Bearer TOKEN")

    def _require_local(self) -> None:
        if not is_loopback(_host(f"//{request.headers.get('Host', '')}")):
            raise Invalid(403, "the control API answers to the name localhost or a loopback address only")
        origin = request.headers.get("Origin")
        if origin is not None and not is_loopback(_host(origin)):
            raise Invalid(403, "the control API does not answer to pages of other sites")


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine's own."""
    if not host:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
