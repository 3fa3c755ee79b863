"""One request of the journal, with all that is known of it."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson

from mockserver.application.admin import Admin
from mockserver.application.promises import key_header, key_variable, limit_header, operations, policies_of
from mockserver.domain.instants import render_instant
from mockserver.observing.advice.finding import Finding
from mockserver.observing.journal import MAX_BODY, Entry
from mockserver.web.control.journal import shown
from mockserver.web.dashboard.examples import PLATFORM_KEY
from mockserver.web.hosts import base_url

_SET_BY_CURL = frozenset(
    ("accept-encoding", "connection", "content-length", "cookie", "host", "origin", "referer", "user-agent")
)


class LimitUsed(NamedTuple):
    """What the answer said of the limit, and the policies that the request was charged to."""

    policies: Sequence[str]
    limit: str
    remaining: str | None
    reset: str | None


class Refusal(NamedTuple):
    """`provenance` is that of the contract's statement."""

    cause: str
    detail: str
    provenance: Mapping[str, Any]


class Opened(NamedTuple):
    """`entry` as others may read it. `repeatable` None: it can be sent again; else why not. `key_wanted`: for that,
    somebody has to say which key it was sent with."""

    entry: Mapping[str, Any]
    key_label: str | None
    limit: LimitUsed | None
    refusal: Refusal | None
    advice: Sequence[Finding]
    curl: str
    repeatable: str | None
    key_wanted: bool


def opened(entry: Entry, admin: Admin, environ: Mapping[str, Any]) -> Opened:
    document = admin.document
    told = shown(entry)
    told["body"], told["answer"]["body"] = _laid_out(told["body"]), _laid_out(told["answer"]["body"])
    labels = {held.key.id: held.key.label for held in admin.keys.all()}
    key = None if entry.key_id is None else admin.keys.value_of(entry.key_id)
    return Opened(
        entry=told,
        key_label=labels.get(entry.key_id or ""),
        limit=_limit_used(entry, document),
        refusal=_refusal(entry, document),
        advice=[finding for finding in admin.findings() if _shows(finding, entry)],
        curl=_curl(entry, told, document, base_url(environ)),
        repeatable=_hindrance(entry),
        key_wanted=entry.header(key_header(document)) is not None and key is None,
    )


def first_try(admin: Admin, environ: Mapping[str, Any]) -> str:
    """A curl line that somebody can begin with."""
    document = admin.document
    path = next(path for path, item in document["paths"].items() if item.get("get", {}).get("x-rate-limit"))
    slug = next(iter(admin.organizations))
    organization = admin.organizations[slug]
    names = {"org_slug": slug, "service_slug": next(iter(organization.services), "")}
    for name, value in names.items():
        path = path.replace("{" + name + "}", value)
    return f'curl "{base_url(environ)}{path}" -H "{key_header(document)}: ${key_variable(document)}"'


def _laid_out(body: str) -> str:
    """JSON by lines."""
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
    except ValueError:
        return body


def _limit_used(entry: Entry, document: Mapping[str, Any]) -> LimitUsed | None:
    answered = {
        name.lower(): value for name, value in zip(entry.answer_headers[::2], entry.answer_headers[1::2], strict=True)
    }
    limit, remaining, reset = (
        answered.get(limit_header(document, which).lower()) for which in ("limit", "remaining", "reset")
    )
    if limit is None:
        return None
    full_again = render_instant(int(reset)) if reset is not None and reset.isdigit() else reset
    return LimitUsed(policies_of(document, entry.operation), limit, remaining, full_again)


def _refusal(entry: Entry, document: Mapping[str, Any]) -> Refusal | None:
    stated = document["x-errors"].get(entry.cause)
    return None if stated is None else Refusal(str(entry.cause), stated["detail"], stated["x-provenance"])


def _shows(finding: Finding, entry: Entry) -> bool:
    """Is the request among the evidence?"""
    return any(
        (trace.request_id, trace.arrived) == (entry.request_id, entry.arrived)
        for sign in finding.signs
        for trace in sign.traces
    )


def _hindrance(entry: Entry) -> str | None:
    if len(entry.body) >= MAX_BODY:
        return f"Its body is longer than the {MAX_BODY:,} bytes that the journal keeps."
    return None


def _curl(entry: Entry, told: Mapping[str, Any], document: Mapping[str, Any], url: str) -> str:
    """What was masked is masked here as well; the key is read from the environment, as in the contract's examples."""
    query = f"?{told['query']}" if told["query"] else ""
    words = ["curl", shlex.quote(f"{url}{quote(told['path'])}{query}")]
    if entry.method != "GET":
        words += ["-X", shlex.quote(told["method"])]
    key_name = key_header(document)
    for name, value in told["headers"].items():
        if name == key_name.lower():
            kind = operations(document).get(entry.operation or "", {}).get("x-key-kind")
            words += ["-H", f'"{key_name}: ${PLATFORM_KEY if kind == "platform" else key_variable(document)}"']
        elif name not in _SET_BY_CURL and not name.startswith("sec-"):
            words += ["-H", shlex.quote(f"{name}: {value}")]
    if entry.body:
        words += ["-H", shlex.quote("Content-Type: application/json"), "--data", shlex.quote(shown(entry)["body"])]
    return " ".join(words)
