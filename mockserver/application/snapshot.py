"""All that the mock's answers depend on, as plain JSON values, and back: the one lawful way to an earlier time.

The journal is a record, not state, and is left alone. Contacts are part of bookings, so a snapshot holds them; of API
keys it holds hashes, of webhooks their secrets, without which nothing could be sent.
"""

from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from mockserver.application.snapshot_checks import unusable
from mockserver.application.world import World
from mockserver.domain.bookings import Booking, Contact
from mockserver.domain.keys import ApiKey
from mockserver.domain.webhooks import Attempt, Delivery
from mockserver.ports import Outcome, ReplayRecord, StandingFault

FORMAT = 1


class SnapshotError(ValueError):
    """A snapshot that does not fit this mock: one sentence."""


def take(world: World) -> dict[str, Any]:
    """All of it as it was at one moment."""
    with world.state.look() as work:
        bookings = [_of_booking(booking) for booking in work.bookings.all()]
        frozen = work.clock.get().stands_at is not None
        limits = {
            "enabled": world.limiter.enabled,
            "algorithm": world.limiter.algorithm,
            "counters": world.limiter.dump(),
        }
        ids, deliveries, replays = work.ids.dump(), work.deliveries.all(), work.replays.all()
        keys = [
            {**asdict(key), "digest": key.digest.hex(), "last_used": work.keys.last_used(key.id)}
            for key in work.keys.all()
        ]
        faults = [standing.values() for standing in work.faults.all()]
        webhooks = [asdict(webhook) for webhook in work.webhooks.all()]
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
        "faults": faults,
        "webhooks": webhooks,
        "deliveries": [
            {**asdict(delivery), "payload": b64encode(delivery.payload).decode()} for delivery in deliveries
        ],
    }


def _of_booking(booking: Booking) -> dict[str, Any]:
    return {**booking._asdict(), "contact": booking.contact._asdict()}


def restore(world: World, snapshot: Mapping[str, Any]) -> None:
    """In one step: nobody sees a part of it. Raises SnapshotError, having changed nothing."""
    if snapshot["format"] != FORMAT:
        raise SnapshotError(f"this mock reads snapshots of format {FORMAT}")
    reason = unusable(snapshot, world.bookings.organizations, world.policies)
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
    faults = [_fault(world, stated, {key.id for key in keys}) for stated in snapshot.get("faults", ())]
    webhooks = [world.webhook_rules.from_values(stated) for stated in snapshot.get("webhooks", ())]
    deliveries = [_delivery(stated) for stated in snapshot.get("deliveries", ())]
    clock, limits = snapshot["clock"], snapshot["limits"]
    with world.agenda.still, world.state.work(alone=True) as work:
        work.bookings.restart(bookings)
        world.clock.restore(clock["now"], frozen=clock["frozen"])
        world.limiter.load(limits["algorithm"], limits["counters"], enabled=limits["enabled"])
        work.ids.load(snapshot["ids"])
        work.deliveries.restart(deliveries)
        work.replays.restart(replays)
        work.keys.restart(keys, last_used)
        work.faults.restart(faults)
        work.webhooks.restart(webhooks)
        work.then(world.dispatcher.wake)


def _key(stated: Mapping[str, Any]) -> ApiKey:
    members = {name: value for name, value in stated.items() if name != "last_used"}
    return ApiKey(**{**members, "digest": bytes.fromhex(stated["digest"])})


def _fault(world: World, stated: Mapping[str, Any], keys: Collection[str]) -> StandingFault:
    rule = dict(stated)
    fault_id, matched, fired = rule.pop("id"), rule.pop("matched"), rule.pop("fired")
    return StandingFault(fault_id, world.nameable.fault(rule, keys), matched, fired)


def _delivery(stated: Mapping[str, Any]) -> Delivery:
    attempts = tuple(Attempt(**attempt) for attempt in stated["attempts"])
    return Delivery(**{**stated, "attempts": attempts, "payload": b64decode(stated["payload"], validate=True)})


def _replay(stated: Mapping[str, Any]) -> tuple[str, str, ReplayRecord]:
    record = ReplayRecord(bytes.fromhex(stated["fingerprint"]), stated["arrived"], _outcome(stated["outcome"]))
    return stated["scope"], stated["key"], record


def _outcome(stated: Mapping[str, Any]) -> Outcome:
    headers = tuple((name, value) for name, value in stated["headers"])
    return Outcome(stated["status"], headers, b64decode(stated["body"], validate=True))
