"""Who may open the dashboard: whoever may use the control API, and browsers that have shown the admin token once."""

import hmac
from collections.abc import Callable, Mapping
from hashlib import sha256
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any

from flask import Response, request

from mockserver.web.control.access import Access
from mockserver.web.control.problems import Invalid
from mockserver.web.hosts import base_url
from mockserver.web.paths import SIGN_IN, is_dashboard

SIGNED_IN = "kordkit-dashboard"
FORMS = "kordkit-forms"
FORM_TOKEN = "form_token"
FORM_HEADER = "X-Form-Token"
_PURPOSE = b"kordkit dashboard: this browser has shown the admin token"


class Visitors:
    """A browser that has shown the token keeps a proof of it in a cookie: made of the token, which it does not tell.

    What changes anything needs, too, a token that stands in the page's forms and in a cookie: pages of other sites get
    to know neither. `draw` gives one that nobody can guess. No process keeps anything of this, so workers, and mocks
    that share a state, take one another's visitors.
    """

    def __init__(self, access: Access, token: str | None, draw: Callable[[], str]) -> None:
        self._access = access
        self._token = token
        self._draw = draw

    def permits(self, environ: Mapping[str, Any]) -> bool:
        return self._access.permits(environ) or self._has_proof(environ)

    def may_send(self, environ: Mapping[str, Any]) -> bool:
        """Is a body worth reading?"""
        path = environ["PATH_INFO"]
        return self._access.permits(environ) or (
            is_dashboard(path) and (self._has_proof(environ) or (self._token is not None and path == SIGN_IN))
        )

    def require(self) -> None:
        """Raises Invalid(401 | 403), of Flask's current request."""
        environ = request.environ
        if not self._has_proof(environ) and not (self._token is not None and request.path == SIGN_IN):
            self._access.require(environ)
        if request.method not in ("GET", "HEAD"):
            _require_same_origin(environ)
            self._require_form_token()

    def signs_in(self, given: str) -> bool:
        return self._token is not None and hmac.compare_digest(given.encode(), self._token.encode())

    @property
    def asks_for_token(self) -> bool:
        return self._token is not None

    def sign_in(self, response: Response) -> None:
        if self._token is not None:
            _keep(response, SIGNED_IN, _proof(self._token))

    def sign_out(self, response: Response) -> None:
        response.delete_cookie(SIGNED_IN, path="/", samesite="Strict", httponly=True)

    def form_token(self) -> str:
        """That of the browser, or a new one, which it is to keep."""
        kept: str = request.cookies.get(FORMS) or request.environ.setdefault(f"kordkit.{FORMS}", self._draw())
        return kept

    def keep_form_token(self, response: Response) -> None:
        drawn = request.environ.get(f"kordkit.{FORMS}")
        if drawn is not None:
            _keep(response, FORMS, drawn)

    def _has_proof(self, environ: Mapping[str, Any]) -> bool:
        if self._token is None:
            return False
        try:
            kept = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(SIGNED_IN)
        except CookieError:
            return False
        return kept is not None and hmac.compare_digest(kept.value.encode(), _proof(self._token).encode())

    def _require_form_token(self) -> None:
        kept = request.cookies.get(FORMS, "")
        given = request.headers.get(FORM_HEADER) or request.form.get(FORM_TOKEN, "")
        if not kept or not hmac.compare_digest(given.encode(), kept.encode()):
            raise Invalid(
                HTTPStatus.FORBIDDEN,
                "the form is of another visit, or of another site: load the page again and repeat it",
            )


def _proof(token: str) -> str:
    return hmac.new(token.encode(), _PURPOSE, sha256).hexdigest()


def _require_same_origin(environ: Mapping[str, Any]) -> None:
    """Of name and port; the scheme may be a proxy's own."""
    origin = environ.get("HTTP_ORIGIN")
    own = base_url({**environ, "SCRIPT_NAME": ""}).partition("://")[2]
    if origin is not None and origin.partition("://")[2].lower() != own.lower():
        raise Invalid(HTTPStatus.FORBIDDEN, "the dashboard does not answer to pages of other sites")


def _keep(response: Response, name: str, value: str) -> None:
    """Until the browser is closed; no script sees it, and no other site has it sent."""
    response.set_cookie(name, value, path="/", secure=request.is_secure, httponly=True, samesite="Strict")
