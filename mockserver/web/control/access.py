"""Who may use the control API: whoever has the token; without one, only programs on this machine."""

import hmac
from collections.abc import Mapping
from typing import Any

from mockserver.domain.loopback import is_loopback
from mockserver.web.control.refusing import Invalid
from mockserver.web.hosts import host_name, origin_host

_FORWARDING = frozenset({"HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP"})


class Access:
    """With a token, every request needs it. Without, the mock is bound to loopback, and what remains to be kept out are
    web pages: one that names itself in `Origin`, or reaches here under a name of its own (DNS rebinding); and whatever
    a proxy on this machine lets in, whose requests look local.
    """

    def __init__(self, token: str | None) -> None:
        self._token = token

    def permits(self, environ: Mapping[str, Any]) -> bool:
        try:
            self.require(environ)
        except Invalid:
            return False
        return True

    def require(self, environ: Mapping[str, Any]) -> None:
        """Raises Invalid(401 | 403)."""
        if self._token is not None:
            _require_token(environ, self._token)
        else:
            _require_local(environ)


def _require_token(environ: Mapping[str, Any], token: str) -> None:
    scheme, _, given = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), token.encode()):
        raise Invalid(401, "send the admin token: Authorization: Bearer TOKEN")


def _require_local(environ: Mapping[str, Any]) -> None:
    if any(name in _FORWARDING or name.startswith("HTTP_X_FORWARDED_") for name in environ):
        raise Invalid(403, "the request came through a proxy: start the mock with --trust-proxy or --admin-token")
    if not is_loopback(host_name(environ.get("HTTP_HOST", ""))):
        raise Invalid(403, "the control API answers to the name localhost or a loopback address only")
    origin = environ.get("HTTP_ORIGIN")
    if origin is None:
        foreign = environ.get("HTTP_SEC_FETCH_SITE", "").lower() == "cross-site"
    else:
        foreign = not is_loopback(origin_host(origin))
    if foreign:
        raise Invalid(403, "the control API does not answer to pages of other sites")
