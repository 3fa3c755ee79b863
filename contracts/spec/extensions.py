"""What the contract says beside OpenAPI: limits, idempotency, causes. `openapi/extensions.yaml` tells their form."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal, NamedTuple

import jsonschema_rs

from contracts.spec.document import EXTENSIONS, read
from contracts.spec.provenance import Provenance, provenance_of


class Policy(NamedTuple):
    """`limit` units in a window of `window` seconds for each subject of `scope`."""

    name: str
    limit: int
    window: int
    scope: Literal["key", "organization", "client", "confirmation_number"]
    counts: Literal["requests", "failed_verifications"]
    provenance: Provenance


class RateLimits(NamedTuple):
    """`headers` maps limit, remaining and reset to the names of the headers that carry them; `reset` and `retry_after`
    say in which form moments and waits are told."""

    headers: Mapping[str, str]
    algorithm: str
    policies: Mapping[str, Policy]
    reset: Literal["unix-seconds", "unix-milliseconds", "seconds-left"] = "unix-seconds"
    retry_after: Literal["seconds", "http-date", "absent"] = "seconds"


class Idempotency(NamedTuple):
    """`lifetime` in seconds; `stored` are the statuses of outcomes that are given again.

    `replayed_header` marks them, None: nothing does; a success has `replay_status`, None: the one that it had.
    """

    header: str
    replayed_header: str | None
    scope: Literal["key", "organization"]
    lifetime: int
    stored: frozenset[int]
    operations: frozenset[str]
    replay_status: int | None
    provenance: Provenance

    def status_again(self, first: int) -> int:
        """Of a replay of what was answered with that status."""
        return first if self.replay_status is None or first >= 300 else self.replay_status


class ErrorCause(NamedTuple):
    """What one cause is answered with. `detail` holds {braces} for whoever raises it to fill.

    `operations` are those in which it can happen, None for all: with none of them it is no reason for a refusal.
    """

    cause: str
    status: int
    type: str
    detail: str
    retry_after: int | None
    also_accepted: frozenset[int]
    operations: frozenset[str] | None
    provenance: Provenance


def rate_limits_of(document: Mapping[str, Any]) -> RateLimits:
    stated = document["x-rate-limits"]
    return RateLimits(
        headers=dict(stated["headers"]),
        algorithm=stated["algorithm"],
        policies={
            name: Policy(
                name,
                int(policy["limit"]),
                int(policy["window"]),
                policy["scope"],
                policy["counts"],
                provenance_of(policy),
            )
            for name, policy in stated["policies"].items()
        },
        reset=stated.get("reset", "unix-seconds"),
        retry_after=stated.get("retry_after", "seconds"),
    )


def idempotency_of(document: Mapping[str, Any]) -> Idempotency:
    stated = document["x-idempotency"]
    return Idempotency(
        header=stated["header"],
        replayed_header=stated["replayed_header"],
        scope=stated["scope"],
        lifetime=int(stated["lifetime"]),
        stored=frozenset(stated["stored"]),
        operations=frozenset(stated["operations"]),
        replay_status=stated.get("replay_status"),
        provenance=provenance_of(stated),
    )


def errors_of(document: Mapping[str, Any]) -> Mapping[str, ErrorCause]:
    """By cause."""
    return {
        cause: ErrorCause(
            cause=cause,
            status=int(stated["status"]),
            type=stated["type"],
            detail=stated["detail"],
            retry_after=stated.get("retry_after"),
            also_accepted=frozenset(stated.get("also_accepted", ())),
            operations=frozenset(stated["operations"]) if "operations" in stated else None,
            provenance=provenance_of(stated),
        )
        for cause, stated in document["x-errors"].items()
    }


def misshapen(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each place of another form, and what is wrong with it."""
    try:
        errors = list(_schema().iter_errors(document))
    except (TypeError, ValueError) as refused:  # what JSON cannot hold
        yield "the document", str(refused)
        return
    for error in errors:
        yield "/".join(map(str, error.instance_path)) or "the document", error.message.splitlines()[0][:300]


@cache
def _schema() -> Any:
    return jsonschema_rs.Draft202012Validator(read(EXTENSIONS))
