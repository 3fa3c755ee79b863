"""What an agent can do. Each public method is a tool: its docstring is what the agent is told of it."""

import json
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from mcp.server.mcpserver.exceptions import ToolError

from mockserver.agents import contract
from mockserver.agents.checking import run_check
from mockserver.agents.mock import MOST_BYTES, OwnMock

MOST_LISTED = 200
Level = Literal["documented", "inferred", "observed", "assumed"]
Server = Literal["mock", "target"]


class Tools:
    """`target` is the file of the one server, beside the mock, that the user lets be checked."""

    def __init__(self, mock: OwnMock, target: Path | None, allow_writes: bool) -> None:
        self._mock = mock
        self._target = target
        self._allow_writes = allow_writes

    def all(self) -> list[Callable[..., Any]]:
        return [
            *(self.start_mock, self.stop_mock, self.list_operations, self.describe_operation, self.list_statements),
            *(self.send_request, self.set_clock, self.set_limits, self.set_remaining, self.set_faults),
            *(self.read_journal, self.control, self.run_check),
        ]

    def start_mock(
        self,
        data: str = "acme-salon",
        now: str | None = None,
        freeze: bool = False,
        seed: int | None = None,
        limit_algorithm: str | None = None,
        mutant: str | None = None,
        overlays: list[str] | None = None,
    ) -> dict[str, Any]:
        """Start a mock of the Kordless Booking API on a free port. One can run at a time.

        `data` is a shipped dataset (acme-salon, clinic, ...), a YAML file, or generated:orgs=N,services=N. `now` is the
        time at which its clock begins, as 2025-12-01T08:00:00Z. `mutant` breaks one behaviour on purpose. `overlays`
        are files that amend the contract. The answer has the URL and, for each organization, its services and keys.
        """
        given = {"data": data, "now": now, "seed": seed, "limit-algorithm": limit_algorithm, "mutant": mutant}
        flags = [f"--{name}={value}" for name, value in given.items() if value is not None]
        return dict(
            self._mock.start(
                [*flags, *(f"--overlay={overlay}" for overlay in overlays or ()), *(["--freeze"] if freeze else [])]
            )
        )

    def stop_mock(self) -> str:
        """Stop the mock; all that was booked is forgotten."""
        url = self._mock.ready["url"]
        self._mock.stop()
        return f"the mock at {url} has stopped"

    def list_operations(self) -> dict[str, Any]:
        """The API's operations: id, method, path, which kind of key they want, which limits they draw from."""
        return {"operations": contract.operations(self._contract())}

    def describe_operation(self, operation_id: str) -> dict[str, Any]:
        """All that the contract says of one operation: parameters, body, answers, schemas, what may refuse it."""
        return dict(contract.operation(self._contract(), operation_id))

    def list_statements(self, contains: str = "", level: Level | None = None, limit: int = 50) -> dict[str, Any]:
        """What the contract states, and how sure it is: documented (with the page), inferred, observed or assumed.

        `contains` is looked for in the id, the place and the value of a statement. At most 200 are listed.
        """
        found = (
            statement
            for statement in contract.statements(self._contract())
            if level in (None, statement["level"]) and contains.lower() in json.dumps(statement).lower()
        )
        return {"statements": list(islice(found, max(0, min(limit, MOST_LISTED))))}

    def send_request(
        self,
        method: str,
        path: str,
        query: dict[str, str] | None = None,
        body: Any = None,
        key: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Send one request to the mock's Booking API, and see status, headers and body of the answer.

        `path` is whole: /api/calendar/v1/public/org/acme-salon. `body` is sent as JSON, a string as it is. `key` is the
        value of an API key, or public, platform, revoked or expired for that of the first organization. Platform
        operations want the organization's id too, in the header that describe_operation names.
        """
        sent = dict(headers or {})
        if key is not None:
            sent[self._contract()["components"]["securitySchemes"]["kordlessKey"]["name"]] = self._key(key)
        content = None
        if body is not None:
            content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        status, answered, read = self._mock.ask(method, path, query, sent, content)
        shown = read[:MOST_BYTES].decode(errors="replace")
        answer: dict[str, Any] = {"status": status, "headers": dict(answered), "body": _parsed(shown)}
        return answer | ({"left_out_bytes": len(read) - MOST_BYTES} if len(read) > MOST_BYTES else {})

    def set_clock(
        self, now: str | None = None, frozen: bool | None = None, advance_seconds: float | None = None
    ) -> dict[str, Any]:
        """Set the mock's clock, freeze it or let it run, or move it forward; then see what it says."""
        stated = {name: value for name, value in (("now", now), ("frozen", frozen)) if value is not None}
        if stated:
            self._mock.control("PUT", "/clock", stated)
        if advance_seconds is not None:
            self._mock.control("POST", "/clock/advance", {"seconds": advance_seconds})
        return dict(self._mock.control("GET", "/clock"))

    def set_limits(self, enabled: bool | None = None, algorithm: str | None = None) -> Any:
        """Switch the rate limits on or off, or choose how they count; then see policies and who has used what."""
        given = {"enabled": enabled, "algorithm": algorithm}
        stated = {name: value for name, value in given.items() if value is not None}
        if stated:
            self._mock.control("PUT", "/limits", stated)
        return self._shown(self._mock.control("GET", "/limits"))

    def set_remaining(self, policy: str, subject: str, remaining: int) -> dict[str, Any]:
        """Leave a subject (id of a key or an organization, address, confirmation number) just so many units."""
        return dict(self._mock.control("PUT", f"/limits/{policy}/{subject}", {"remaining": remaining}))

    def set_faults(self, faults: list[dict[str, Any]]) -> Any:
        """Let things go wrong on purpose, instead of what went wrong before; [] ends it.

        As the control API takes them: {"action": {"kind": "error", "status": 503}, "match": {"operation":
        "createBooking"}, "every": 3}, or {"profile": "flaky"}.
        """
        self._mock.control("DELETE", "/faults")
        for fault in faults:
            self._mock.control("POST", "/faults", fault)
        return self._shown(self._mock.control("GET", "/faults"))

    def read_journal(
        self, operation: str | None = None, status: str | None = None, since: str | None = None, limit: int = 20
    ) -> Any:
        """The last requests to the mock and their answers, newest first. `status` may be 409, or 4xx."""
        given = {"operation": operation, "status": status, "since": since, "limit": max(0, min(limit, MOST_LISTED))}
        query = {name: value for name, value in given.items() if value is not None}
        return self._shown(self._mock.control("GET", "/requests", query=query))

    def control(
        self, method: str, path: str, body: dict[str, Any] | None = None, query: dict[str, str] | None = None
    ) -> Any:
        """Ask anything of the mock's control API; GET with the path "" lists all there is.

        Among others POST /reset, GET /bookings, POST /bookings/{booking_id}/confirm, GET and POST /keys.
        """
        return self._shown(self._mock.control(method, path, body, query))

    def run_check(
        self,
        server: Server = "mock",
        only: list[str] | None = None,
        skip: list[str] | None = None,
        allow_writes: bool = False,
        seed: int = 0,
    ) -> dict[str, Any]:
        """Check whether a server keeps the contract: the mock, or the one target that the user named at the start.

        `only` and `skip` take rules, statements and topics such as auth or idempotency; `only` makes it quick. Without
        `allow_writes` most rules cannot be asked. Takes up to five minutes.
        """
        if server == "target" and self._target is None:
            raise ToolError("the user named no target: kordkit mcp --target FILE does")
        if server == "target" and allow_writes and not self._allow_writes:
            raise ToolError("the user does not let checks of the target write: kordkit mcp --allow-writes does")
        mine = [f"--ledger={self._mock.target.with_name('ledger.jsonl')}"] if server == "mock" else []
        if server == "mock":
            _ = self._mock.ready
        chosen = [f"--only={name}" for name in only or ()] + [f"--skip={name}" for name in skip or ()]
        target = self._target if server == "target" and self._target is not None else self._mock.target
        return run_check(target, [*chosen, *mine, f"--seed={seed}", *(["--allow-writes"] if allow_writes else [])])

    def _contract(self) -> Mapping[str, Any]:
        return dict(self._mock.control("GET", "/openapi.json"))

    def _key(self, name: str) -> str:
        return str(self._mock.ready["organizations"][0]["keys"].get(name, name))

    @staticmethod
    def _shown(answer: Any) -> Any:
        if len(json.dumps(answer)) > MOST_BYTES:
            raise ToolError(f"the answer has more than {MOST_BYTES >> 10} KiB: ask for less, with a query or a limit")
        return {"done": True} if answer is None else answer


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
