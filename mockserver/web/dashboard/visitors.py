"""Who may open the dashboard: whoever may use the control API, and browsers that have shown the admin token once."""

import hmac
from collections.abc import Callable, Mapping
from hashlib import sha256
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any

from mockserver.web.control.access import Access
from mockserver.web.control.refusing import Invalid
from mockserver.web.hosts import base_url
from mockserver.web.paths import SIGN_IN, is_dashboard

if TYPE_CHECKING:  # who may send a body is asked before Flask is loaded
    from flask import Request, Response

FORMS = "kordkit-forms"
FORM_TOKEN = "form_token"
FORM_HEADER = "X-Form-Token"
_PROOF = b"kordkit dashboard: this browser has shown the admin token"
_NAME = b"kordkit dashboard: the name of the cookie"


class Visitors:
    """A browser that has shown the token keeps a proof of it in a cookie: made of the token, which it does not tell.

    What changes anything needs, too, a token that stands in the page's forms and in a cookie: pages of other sites get
    to know neither. `draw` gives one that nobody can guess. No process keeps anything of this, so workers, and mocks
    that share a state, take one another's visitors.
    """

    def __init__(self, access: Access, token: str | None, draw: Callable[[], str]) -> None:
        self._access = access
        self._token = token
        # Browsers keep the cookies of all ports together: mocks whose tokens differ have each a name of its own.
        self._cookie = "" if token is None else f"kordkit-dashboard-{_made_of(token, _NAME)[:8]}"
        self._draw = draw

    def permits(self, environ: Mapping[str, Any]) -> bool:
        return self._access.permits(environ) or self._has_proof(environ)

    def may_send(self, environ: Mapping[str, Any]) -> bool:
        """Is a body worth reading?"""
        path = environ["PATH_INFO"]
        return self._access.permits(environ) or (
            is_dashboard(path) and (self._has_proof(environ) or (self._token is not None and path == SIGN_IN))
        )

    def require(self, request: "Request") -> None:
        """Raises Invalid(401 | 403)."""
        environ = request.environ
        if not self._has_proof(environ) and not (self._token is not None and request.path == SIGN_IN):
            self._access.require(environ)
        if request.method not in ("GET", "HEAD"):
            _require_same_origin(environ)
            _require_form_token(request)

    def signs_in(self, given: str) -> bool:
        return self._token is not None and hmac.compare_digest(given.encode(), self._token.encode())

    @property
    def asks_for_token(self) -> bool:
        return self._token is not None

    def sign_in(self, request: "Request", response: "Response") -> None:
        if self._token is not None:
            _keep(request, response, self._cookie, _made_of(self._token, _PROOF))

    def sign_out(self, response: "Response") -> None:
        response.delete_cookie(self._cookie, path="/", samesite="Strict", httponly=True)

    def form_token(self, request: "Request") -> str:
        """That of the browser, or a new one, which it is to keep."""
        kept: str = request.cookies.get(FORMS) or request.environ.setdefault(f"kordkit.{FORMS}", self._draw())
        return kept

    def keep_form_token(self, request: "Request", response: "Response") -> None:
        drawn = request.environ.get(f"kordkit.{FORMS}")
        if drawn is not None:
            _keep(request, response, FORMS, drawn)

    def _has_proof(self, environ: Mapping[str, Any]) -> bool:
        if self._token is None:
            return False
        try:
            kept = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(self._cookie)
        except CookieError:
            return False
        return kept is not None and hmac.compare_digest(kept.value.encode(), _made_of(self._token, _PROOF).encode())


def _made_of(token: str, purpose: bytes) -> str:
    """What nobody can make who does not know the token, and which does not tell it."""
    return hmac.new(token.encode(), purpose, sha256).hexdigest()


def _require_form_token(request: "Request") -> None:
    kept = request.cookies.get(FORMS, "")
    given = request.headers.get(FORM_HEADER) or request.form.get(FORM_TOKEN, "")
    if not kept or not hmac.compare_digest(given.encode(), kept.encode()):
        raise Invalid(
            HTTPStatus.FORBIDDEN,
            "the form is of another visit, or of another site: load the page again and repeat it",
        )


def _require_same_origin(environ: Mapping[str, Any]) -> None:
    """Of name and port; the scheme may be a proxy's own."""
    origin = environ.get("HTTP_ORIGIN")
    own = base_url({**environ, "SCRIPT_NAME": ""}).partition("://")[2]
    if origin is not None and origin.partition("://")[2].lower() != own.lower():
        raise Invalid(HTTPStatus.FORBIDDEN, "the dashboard does not answer to pages of other sites")


def _keep(request: "Request", response: "Response", name: str, value: str) -> None:
    """Until the browser is closed; no script sees it, and no other site has it sent."""
    response.set_cookie(name, value, path="/", secure=request.is_secure, httponly=True, samesite="Strict")
