"""All that the mock's answers depend on, as plain JSON values, and back: the one lawful way to an earlier time.

The journal is a record, not state, and is left alone. Contacts are part of bookings, so a snapshot holds them; of API
keys it holds hashes.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mockserver.application.snapshot_checks import unusable
from mockserver.application.world import World
from mockserver.domain.bookings import Booking, Contact
from mockserver.domain.keys import ApiKey
from mockserver.ports import Outcome, ReplayRecord

FORMAT = 1


class SnapshotError(ValueError):
    """A snapshot that does not fit this mock: one sentence."""


def take(world: World) -> dict[str, Any]:
    """All of it as it was at one moment."""
    with world.state.look() as work:
        bookings = [asdict(booking) for booking in work.bookings.all()]
        frozen = work.clock.get().stands_at is not None
        limits = {
            "enabled": world.limiter.enabled,
            "algorithm": world.limiter.algorithm,
            "counters": world.limiter.dump(),
        }
        ids, replays = work.ids.dump(), work.replays.all()
        keys = [
            {**asdict(key), "digest": key.digest.hex(), "last_used": work.keys.last_used(key.id)}
            for key in work.keys.all()
        ]
        now = world.clock.now()
    return {
        "format": FORMAT,
        "clock": {"now": now, "frozen": frozen},
        "ids": ids,
        "limits": limits,
        "keys": keys,
        "bookings": bookings,
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
            for scope, key, record in replays
            if record.outcome is not None
        ],
    }


def restore(world: World, snapshot: Mapping[str, Any]) -> None:
    """In one step: nobody sees a part of it. Raises SnapshotError, having changed nothing."""
    if snapshot["format"] != FORMAT:
        raise SnapshotError(f"this mock reads snapshots of format {FORMAT}")
    reason = unusable(snapshot, world.bookings.organizations)
    if reason is not None:
        raise SnapshotError(f"the snapshot does not fit this mock: {reason}")
    try:
        _restore(world, snapshot)
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise SnapshotError(f"the snapshot does not fit this mock's dataset: {type(error).__name__}") from error


def _restore(world: World, snapshot: Mapping[str, Any]) -> None:
    bookings = [Booking(**{**stated, "contact": Contact(**stated["contact"])}) for stated in snapshot["bookings"]]
    for booking in bookings:
        world.bookings.offer_of(booking)
    keys = [_key(stated) for stated in snapshot["keys"]]
    last_used = {stated["id"]: used for stated in snapshot["keys"] if (used := stated["last_used"]) is not None}
    replays = [_replay(stated) for stated in snapshot["replays"]]
    clock, limits = snapshot["clock"], snapshot["limits"]
    with world.state.work(alone=True) as work:
        work.bookings.restart(bookings)
        world.clock.restore(clock["now"], frozen=clock["frozen"])
        world.limiter.load(limits["algorithm"], limits["counters"], enabled=limits["enabled"])
        work.ids.load(snapshot["ids"])
        work.replays.restart(replays)
        work.keys.restart(keys, last_used)


def _key(stated: Mapping[str, Any]) -> ApiKey:
    members = {name: value for name, value in stated.items() if name != "last_used"}
    return ApiKey(**{**members, "digest": bytes.fromhex(stated["digest"])})


def _replay(stated: Mapping[str, Any]) -> tuple[str, str, ReplayRecord]:
    record = ReplayRecord(bytes.fromhex(stated["fingerprint"]), stated["arrived"], _outcome(stated["outcome"]))
    return stated["scope"], stated["key"], record


def _outcome(stated: Mapping[str, Any]) -> Outcome:
    headers = tuple((name, value) for name, value in stated["headers"])
    return Outcome(stated["status"], headers, b64decode(stated["body"], validate=True))
