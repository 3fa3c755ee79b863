"""`requests` in process: an adapter that hands requests to a WSGI application instead of opening a connection."""

import io
from typing import Any

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from mockserver.testing.wsgi import Answer, call, environ_of


class WsgiAdapter(BaseAdapter):
    """`session.mount(url, WsgiAdapter(app))`."""

    def __init__(self, app: Any) -> None:
        super().__init__()
        self._app = app

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        answer = self.answer(request)
        response = requests.Response()
        response.status_code = answer.status
        response.headers = requests.structures.CaseInsensitiveDict(answer.headers)
        response.raw = HTTPResponse(
            io.BytesIO(answer.body),
            HTTPHeaderDict(answer.headers),
            answer.status,
            preload_content=False,
            request_method=request.method,
        )
        response.request = request
        response.url = str(request.url)
        return response

    def close(self) -> None:
        pass

    def answer(self, request: requests.PreparedRequest) -> Answer:
        return call(self._app, self.environ(request))

    def environ(self, request: requests.PreparedRequest) -> dict[str, Any]:
        stated: Any = request.body or b""
        body: bytes = stated.encode() if isinstance(stated, str) else stated
        return environ_of(str(request.method), str(request.url), self.headers(request), body)

    def headers(self, request: requests.PreparedRequest) -> list[tuple[str, str]]:
        return [
            (name, value.decode("latin-1") if isinstance(value, bytes) else value)
            for name, value in request.headers.items()
        ]
