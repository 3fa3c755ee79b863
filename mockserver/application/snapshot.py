"""All that the mock's answers depend on, as plain JSON values, and back: the one lawful way to an earlier time.

The journal is a record, not state, and is left alone. Contacts are part of bookings, so a snapshot holds them; of API
keys it holds hashes.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mockserver.application.world import World
from mockserver.domain.bookings import Booking, Contact
from mockserver.domain.keys import ApiKey
from mockserver.ports import Contents, Outcome, ReplayRecord

FORMAT = 1


class SnapshotError(ValueError):
    """A snapshot that does not fit this mock: one sentence."""


def take(mock: World) -> dict[str, Any]:
    contents = mock.store.contents()
    return {
        "format": FORMAT,
        "clock": {"now": mock.clock.now(), "frozen": mock.clock.frozen},
        "ids": mock.ids.dump(),
        "limits": {
            "enabled": mock.limiter.enabled,
            "algorithm": mock.limiter.algorithm,
            "counters": mock.limiter.dump(),
        },
        "keys": [
            {**asdict(key), "digest": key.digest.hex(), "last_used": contents.last_used.get(key.id)}
            for key in contents.keys
        ],
        "bookings": [asdict(booking) for booking in contents.bookings],
        "replays": [
            {
                "scope": scope,
                "key": key,
                "fingerprint": record.fingerprint.hex(),
                "arrived": record.arrived,
                "outcome": {
                    "status": record.outcome.status,
                    "headers": record.outcome.headers,
                    "body": b64encode(record.outcome.body).decode(),
                },
            }
            for scope, key, record in contents.replays
            if record.outcome is not None
        ],
    }


def restore(mock: World, snapshot: Mapping[str, Any]) -> None:
    """Raises SnapshotError, having changed nothing."""
    if snapshot["format"] != FORMAT:
        raise SnapshotError(f"this mock reads snapshots of format {FORMAT}")
    before = take(mock)
    try:
        _apply(mock, snapshot)
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        _apply(mock, before)
        raise SnapshotError(f"the snapshot does not fit this mock's dataset: {type(error).__name__}") from error


def _apply(mock: World, snapshot: Mapping[str, Any]) -> None:
    contents, limits = _contents(snapshot), snapshot["limits"]
    for booking in contents.bookings:
        mock.bookings.offer_of(booking)
    mock.clock.restore(snapshot["clock"]["now"], frozen=snapshot["clock"]["frozen"])
    mock.ids.load(snapshot["ids"])
    mock.limiter.load(limits["algorithm"], limits["counters"])
    mock.limiter.enabled = limits["enabled"]
    mock.store.restart(contents)


def _contents(snapshot: Mapping[str, Any]) -> Contents:
    keys, last_used = [], {}
    for stated in snapshot["keys"]:
        members = dict(stated)
        used = members.pop("last_used")
        keys.append(ApiKey(**{**members, "digest": bytes.fromhex(stated["digest"])}))
        if used is not None:
            last_used[stated["id"]] = used
    return Contents(
        keys=keys,
        last_used=last_used,
        bookings=[Booking(**{**b, "contact": Contact(**b["contact"])}) for b in snapshot["bookings"]],
        replays=[
            (
                replay["scope"],
                replay["key"],
                ReplayRecord(bytes.fromhex(replay["fingerprint"]), replay["arrived"], _outcome(replay["outcome"])),
            )
            for replay in snapshot["replays"]
        ],
    )


def _outcome(stated: Mapping[str, Any]) -> Outcome:
    headers = tuple((name, value) for name, value in stated["headers"])
    return Outcome(stated["status"], headers, b64decode(stated["body"], validate=True))
