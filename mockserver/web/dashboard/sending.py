"""A request of the journal, sent again: the way of every request, through the pipeline, with the key that it had."""

from collections.abc import Mapping
from http import HTTPStatus
from io import BytesIO
from typing import Any

from flask import Blueprint, render_template, request

from mockserver.application.admin import Admin
from mockserver.application.promises import key_header
from mockserver.application.refusals import UnknownError
from mockserver.observing.journal import Entry
from mockserver.web.api.exchange import JSON, environ_name
from mockserver.web.api.pipeline import Pipeline
from mockserver.web.api.request_ids import RequestIds
from mockserver.web.control.refusing import Invalid
from mockserver.web.dashboard.opened import opened

_OF_THE_CONNECTION = frozenset({"HTTP_CONNECTION", "HTTP_TRANSFER_ENCODING", "HTTP_EXPECT"})


def register(blueprint: Blueprint, admin: Admin, pipeline: Pipeline, names: RequestIds) -> None:
    @blueprint.post("/traffic/request")
    def traffic_request_again() -> str | tuple[str, int]:
        try:
            entry = admin.requests.find(request.args.get("id", ""))
        except UnknownError as error:
            raise Invalid(HTTPStatus.NOT_FOUND, str(error)) from None
        found = opened(entry, admin, request.environ)
        key = request.form.get("key", "").strip() or admin.keys.value_of(entry.key_id or "")
        if found.repeatable is not None:
            raise Invalid(HTTPStatus.CONFLICT, found.repeatable)
        if found.key_wanted and not key:
            sentence = "Enter the key that it was sent with: nobody here knows its value."
            return render_template("traffic_request.html", opened=found, error=sentence), HTTPStatus.BAD_REQUEST
        name = names.choose(None)
        environ = _environ(entry, request.environ, environ_name(key_header(admin.document)), key)
        environ[environ_name(names.header)] = name
        reply = pipeline.handle(environ)
        return render_template("traffic_request.html", opened=found, again=name, answered=reply.status)


def _environ(entry: Entry, asked: Mapping[str, Any], key_variable: str, key: str | None) -> dict[str, Any]:
    """As it was when it came, in what the journal keeps of that; the key is masked there."""
    headers = dict(zip(entry.headers[::2], entry.headers[1::2], strict=True))
    if key_variable in headers:
        headers[key_variable] = key or headers[key_variable]
    environ: dict[str, Any] = {name: value for name, value in headers.items() if name not in _OF_THE_CONNECTION}
    environ |= {
        "REQUEST_METHOD": entry.method,
        "SCRIPT_NAME": asked.get("SCRIPT_NAME", ""),
        "PATH_INFO": entry.path,
        "QUERY_STRING": entry.query,
        "REMOTE_ADDR": entry.client,
    }
    same = ("SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "wsgi.url_scheme")
    body: dict[str, Any] = {"wsgi.input": BytesIO(entry.body)}
    if entry.body:
        body |= {"CONTENT_TYPE": JSON, "CONTENT_LENGTH": str(len(entry.body))}
    return {**environ, **{name: asked[name] for name in same}, **body}
