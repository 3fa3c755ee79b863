"""Faults set through the control API, and what leaves the application for those for whom they fire."""

from collections.abc import Sequence
from typing import Any

from werkzeug.test import EnvironBuilder

from mockserver.web.api.exchange import WIRE, Wire

ACME = "public/org/acme-salon"
CREATE = {"match": {"operation": "createBooking"}}


def set_fault(client: Any, **rule: Any) -> dict[str, Any]:
    answer = client.post("/_mock/faults", json=rule)
    assert answer.status_code == 201, answer.text
    (fault,) = answer.json["faults"]
    return dict(fault)


def faults(client: Any) -> list[dict[str, Any]]:
    return list(client.get("/_mock/faults").json["faults"])


def counted(client: Any) -> list[tuple[int, int]]:
    return [(fault["matched"], fault["fired"]) for fault in faults(client)]


def seen(client: Any, path: str = ACME, **headers: str) -> tuple[int, dict[str, str], bytes, Wire | None]:
    """Status, headers, body of an answer as it leaves the application, and what is to happen to it on the wire."""
    sent = list({"X-Kordless-Key": client.key, **headers}.items())
    environ = EnvironBuilder(f"/api/calendar/v1/{path}", headers=sent).get_environ()
    told: list[Any] = []
    body = b"".join(client.built.app(environ, lambda status, fields: told.append((status, fields))))
    ((status, fields),) = told
    return int(status[:3]), dict(fields), body, environ.get(WIRE)


def statuses(client: Any, requests: int, path: str = ACME) -> list[int]:
    return [seen(client, path)[0] for _ in range(requests)]


def journal(client: Any, operation: str | None = None) -> Sequence[Any]:
    asked = {"operation": operation} if operation else {}
    found: list[Any] = client.get("/_mock/requests", query_string=asked).json["requests"]
    return found
