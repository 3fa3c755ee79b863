"""How faults are written: by a profile's name, in one line, or as values; and whether a mock can have them."""

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from mockserver.domain.faults import KINDS, Fault

PROFILES: Mapping[str, Sequence[str]] = {
    "slow": ("latency,median=0.3,sigma=0.6", "slow-body,seconds=1,every=5"),
    "flaky": (
        "latency,median=0.03,sigma=0.8",
        "error,status=503,retry_after=1,probability=0.05,seed=1",
        "connection-reset,probability=0.03,seed=2",
        "truncated-body,probability=0.02,seed=3",
        "response-lost,operation=createBooking,probability=0.1,seed=4",
    ),
    "outage": ("error,status=503,retry_after=30",),
}
"""Named lists of faults, as they are written on the command line."""

GATEWAY = frozenset(
    {
        HTTPStatus.INTERNAL_SERVER_ERROR.value,
        HTTPStatus.BAD_GATEWAY.value,
        HTTPStatus.SERVICE_UNAVAILABLE.value,
        HTTPStatus.GATEWAY_TIMEOUT.value,
    }
)
"""Statuses that what stands before a server may answer with, documented or not."""

_MATCH = ("operation", "organization", "key")
_WHEN = ("times", "every", "probability", "seed")
_WORDS = ("cause", "content_type")


def rules_of(stated: str | Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The values of each rule meant by `flaky`, `error,status=503,every=3`, `{"profile": …}` or `{"action": …}`.

    Raises ValueError.
    """
    if not isinstance(stated, str):
        if ("profile" in stated) == ("action" in stated):
            raise ValueError("give either action or profile")
        if "action" in stated:
            return [stated]
        if stated["profile"] not in PROFILES or len(stated) > 1:
            raise ValueError(f"profile must be one of {', '.join(PROFILES)}, and stand alone")
        stated = str(stated["profile"])
    return [_rule(line) for line in PROFILES.get(stated, (stated,))]


def _rule(line: str) -> dict[str, Any]:
    kind, *members = line.split(",")
    if kind not in KINDS:
        raise ValueError(
            f'"{kind}" is neither a profile ({", ".join(PROFILES)}) nor a kind of fault ({", ".join(KINDS)})'
        )
    rule: dict[str, Any] = {"action": {"kind": kind}}
    for member in members:
        name, equals, value = member.partition("=")
        if not equals:
            raise ValueError(f'"{member}" is not NAME=VALUE')
        if name == "header":
            header, colon, wanted = value.partition(":")
            if not colon:
                raise ValueError(f'"{member}" is not header=NAME:VALUE')
            rule.setdefault("match", {}).setdefault("header", {})[header] = wanted
        elif name in _MATCH:
            rule.setdefault("match", {})[name] = value
        else:
            holder = rule if name in _WHEN else rule["action"]
            holder[name] = value if name in _WORDS else _number(value)
    return rule


def _number(text: str) -> int | float | str:
    """As it stands if it is none: what judges the rule says so."""
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text


class Nameable(NamedTuple):
    """What faults may name: operations, organizations by slug, causes with their statuses; and a header that they may
    not, that of API keys."""

    operations: Collection[str]
    organizations: Collection[str]
    causes: Mapping[str, int]
    key_header: str

    @property
    def statuses(self) -> frozenset[int]:
        return GATEWAY | frozenset(self.causes.values())

    def fault(self, values: Mapping[str, Any], keys: Collection[str]) -> Fault:
        """Of values in their shape; `keys` are ids. Raises ValueError, a sentence with the place of what is wrong."""
        fault = Fault.of(values)
        match, action = fault.match, fault.action
        _require("match.operation", match.operation, self.operations)
        _require("match.organization", match.organization, self.organizations)
        if match.key is not None and match.key not in keys:
            raise ValueError("match.key must be the id of a key: ids stand in GET /_mock/keys")
        if self.key_header.lower() in map(str.lower, match.header):
            raise ValueError("match.header must hold no API key: match.key takes the id of one")
        _require("action.cause", action.cause, self.causes)
        _require("action.status", action.status, sorted(self.statuses))
        return fault


def _require(place: str, named: object, known: Collection[object]) -> None:
    if named is not None and named not in known:
        raise ValueError(f"{place} must be one of {', '.join(map(str, known))}, not {named}")
