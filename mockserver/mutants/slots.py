"""Slots whose members are not those that the page shows."""

from typing import Any

from mockserver.domain.instants import parse_instant, render_instant
from mockserver.mutants.altered import Json
from mockserver.mutants.amended import amended, removed
from mockserver.mutants.mutant import Mutant
from mockserver.mutants.shapes import answers, handled, mapped, objects, queries, renamed, without
from mockserver.web.api.exchange import Exchange, Handler, Reply

HALF_HOUR = 1800
SLOTS = ("getAvailability", "getRescheduleAvailability")


def _ends_with_next(slot: Json) -> Json:
    return {**slot, "endsAt": render_instant(parse_instant(slot["startsAt"]) + HALF_HOUR)}


def _last_cut_short(answer: Json) -> Json:
    return {"slots": [*answer["slots"][:-1], *map(_ends_with_next, answer["slots"][-1:])]}


def _shrinking(slot: Json) -> Json:
    return {**slot, "capacity": slot["availableCapacity"]}


def _latest_first(answer: Json) -> Json:
    return {"slots": answer["slots"][::-1]}


def _by_host(answer: Json) -> Json:
    return {"slots": sorted(answer["slots"], key=lambda slot: (slot["hostId"], slot["startsAt"]))}


def _one_for_each_start(answer: Json) -> Json:
    return {"slots": list({slot["startsAt"]: slot for slot in reversed(answer["slots"])}.values())[::-1]}


def _each_twice(answer: Json) -> Json:
    return {"slots": [slot for slot in answer["slots"] for _ in range(2)]}


def _null_for_none(answer: Json) -> Any:
    return {"slots": answer["slots"] or None}


def _without_timezone(handler: Handler) -> Handler:
    """A wrong one is still refused."""

    def answered(exchange: Exchange) -> Reply:
        handler(exchange)
        exchange.query = without("timezone")(dict(exchange.query))
        return handler(exchange)

    return answered


def _one_at_least(query: Json) -> Json:
    return {**query, "partySize": "1"} if query.get("partySize") == "0" else query


MUTANTS = (
    Mutant(
        "slots-unwrapped",
        "operations.getAvailability",
        "Availability answers a bare list of slots.",
        answers(lambda answer: answer["slots"], "getAvailability"),
    ),
    Mutant(
        "reschedule-slots-renamed",
        "operations.getRescheduleAvailability",
        "The slots that a booking could move to are called `availability`.",
        answers(renamed("slots", "availability"), "getRescheduleAvailability"),
    ),
    Mutant(
        "reschedule-slots-absent",
        "operations.getRescheduleAvailability",
        "Nobody can ask which slots a booking could move to: the path is unknown.",
        amended(removed("$.paths[*][?@.operationId=='getRescheduleAvailability']")),
    ),
    Mutant(
        "party-of-none-accepted",
        "availability.partySize",
        "A partySize of 0 is taken for 1.",
        queries(_one_at_least, "getAvailability"),
    ),
    Mutant(
        "slot-timezone-ignored",
        "availability.timezone",
        "Slots always name the organization's own time zone.",
        handled(_without_timezone, "getAvailability"),
    ),
    Mutant(
        "unset-team-absent",
        "availability.slot_fields",
        "A slot of no team has no teamId, not one that is null.",
        objects("slots", lambda slot: slot if slot["teamId"] else without("teamId")(slot), *SLOTS),
    ),
    Mutant(
        "host-called-name",
        "availability.slot_host",
        "The host of a slot has a name, not a displayName.",
        objects("host", renamed("displayName", "name"), *SLOTS),
    ),
    Mutant(
        "team-without-name",
        "availability.slot_team",
        "The team of a slot has no name.",
        objects("team", without("name"), *SLOTS),
    ),
    Mutant(
        "slot-service-prefixed",
        "spelling.service_id",
        "The serviceId of a slot is that of webhooks, with `srv_` in front.",
        objects("slots", mapped(lambda key: f"srv_{key}", "serviceId"), *SLOTS),
    ),
    Mutant(
        "slot-ends-too-early",
        "availability.slot_end",
        "The endsAt of a slot is half an hour after its start, however long the service takes.",
        objects("slots", _ends_with_next, *SLOTS),
    ),
    Mutant(
        "last-slot-cut-short",
        "availability.slot_end",
        "The last slot of a range ends half an hour after its start, the others when they should.",
        answers(_last_cut_short, *SLOTS),
    ),
    Mutant(
        "capacity-one-more",
        "availability.capacity",
        "The capacity of a slot is one seat more than the service has.",
        objects("slots", mapped(lambda seats: seats + 1, "capacity"), *SLOTS),
    ),
    Mutant(
        "capacity-shrinks",
        "availability.capacity",
        "The capacity of a slot is what is left of it.",
        objects("slots", _shrinking, *SLOTS),
    ),
    Mutant(
        "slots-latest-first",
        "availability.order",
        "Slots come with the latest first.",
        answers(_latest_first, *SLOTS),
    ),
    Mutant(
        "slots-by-host",
        "availability.order",
        "Slots come host by host.",
        answers(_by_host, *SLOTS),
    ),
    Mutant(
        "one-slot-each-start",
        "availability.slot_for_each_host",
        "Of several hosts that could take a start only the first is offered.",
        answers(_one_for_each_start, *SLOTS),
    ),
    Mutant(
        "host-twice",
        "availability.slot_for_each_host",
        "Every slot is offered twice, with the same host.",
        answers(_each_twice, *SLOTS),
    ),
    Mutant(
        "no-slots-null",
        "availability.none",
        "Where there is no slot, `slots` is null.",
        answers(_null_for_none, *SLOTS),
    ),
)
