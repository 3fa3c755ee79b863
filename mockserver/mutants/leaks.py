"""Refusals that tell what their asker could not know."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson

from mockserver.mutants.mutant import Mutant
from mockserver.parts import Parts
from mockserver.web.api.exchange import Exchange, Reply, encode
from mockserver.web.api.pipeline import Pipeline

Memory = dict[str, Any]
Leak = Callable[[Memory, Exchange, Reply], None]


def leaking(operations: str, status: int, leak: Leak) -> Callable[[Parts], Parts]:
    """Where one of these operations is refused with that status, `leak` adds to the answer what it remembers: the last
    `booking` that was made, the last `wish`, and what each key was told of its organization (`tenants`)."""

    class Leaking(Pipeline):
        def __init__(self, steps: Any, finishes: Any, problems: Any, clock: Any, record: Any) -> None:
            self._memory: Memory = {"tenants": {}}
            super().__init__(steps, [*finishes, self._tell], problems, clock, record)

        def _tell(self, exchange: Exchange, reply: Reply) -> None:
            operation = exchange.route.operation if exchange.route else ""
            if operation == "createBooking" and reply.status == 201:
                self._memory |= {"wish": exchange.body, "booking": orjson.loads(reply.body)["booking"]}
            elif operation == "getOrganization" and reply.status == 200:
                told = orjson.loads(reply.body)["organization"]
                self._memory["tenants"][told["slug"]] = told
            elif reply.status == status and operation in operations.split():
                with suppress(KeyError):  # there is nothing to be told yet
                    leak(self._memory, exchange, reply)

    return lambda parts: replace(parts, pipeline=Leaking)


def with_member(reply: Reply, name: str, value: object) -> None:
    reply.body = encode({**orjson.loads(reply.body), name: value})


def _right_contact(memory: Memory, _: Exchange, reply: Reply) -> None:
    with_member(reply, "expected", memory["wish"]["contact"].get("email"))


def _half_of_the_contact(memory: Memory, _: Exchange, reply: Reply) -> None:
    email = memory["wish"]["contact"].get("email") or ""
    with_member(reply, "hint", f"{email.partition('@')[0]}@…")


def _other_tenant(memory: Memory, exchange: Exchange, reply: Reply) -> None:
    asked = memory["tenants"].get(exchange.parameters.get("org_slug", ""))
    if asked is not None:
        with_member(reply, "organization", {"name": asked["name"], "tagline": asked["tagline"]})


def _holder(memory: Memory, _: Exchange, reply: Reply) -> None:
    detail = f"Taken by {memory['booking']['confirmation_number']}"
    with_member(reply, "detail", detail)


def _nearest_number(memory: Memory, _: Exchange, reply: Reply) -> None:
    reply.headers.append(("Link", f"<{memory['booking']['confirmation_number'].lower()}>; rel=alternate"))


def _name(memory: Memory, _: Exchange, reply: Reply) -> None:
    with_member(reply, "detail", f"{memory['wish']['contact']['name']} has canceled this booking")


def _whose_seat(memory: Memory, _: Exchange, reply: Reply) -> None:
    phone = memory["wish"]["contact"].get("phone") or "+15550100000"
    reply.headers.append(("X-Held-By", f"{phone[:2]} {phone[2:5]} {phone[5:]}"))


def _when(memory: Memory, _: Exchange, reply: Reply) -> None:
    with_member(reply, "booked", memory["booking"]["start_at"])


SELF_SERVICE = "lookupBooking cancelBooking rescheduleBooking getRescheduleAvailability"

MUTANTS = (
    Mutant(
        "mismatch-tells-contact",
        "errors.403.contact_mismatch",
        "Who gives another contact is told the right one with the 403.",
        leaking(SELF_SERVICE, 403, _right_contact),
    ),
    Mutant(
        "mismatch-hints-at-contact",
        "errors.403.contact_mismatch",
        "Who gives another contact is told the right address up to its @.",
        leaking(SELF_SERVICE, 403, _half_of_the_contact),
    ),
    Mutant(
        "forbidden-tells-tenant",
        "errors.403.foreign_organization",
        "A key of another organization is told the name and tagline of the one that it must not see.",
        leaking("getOrganization getService", 403, _other_tenant),
    ),
    Mutant(
        "conflict-tells-holder",
        "errors.refusals_tell_nothing",
        "Who finds a slot taken is told the confirmation number of somebody's booking.",
        leaking("createBooking", 409, _holder),
    ),
    Mutant(
        "conflict-tells-phone",
        "errors.refusals_tell_nothing",
        "Who finds a slot taken is told a phone number in a header.",
        leaking("createBooking", 409, _whose_seat),
    ),
    Mutant(
        "not-found-tells-number",
        "errors.refusals_tell_nothing",
        "Who asks for an unknown booking is told another one's number in a header.",
        leaking("lookupBooking", 404, _nearest_number),
    ),
    Mutant(
        "unprocessable-tells-name",
        "errors.refusals_tell_nothing",
        "Who cancels a canceled booking is told the name of the last customer.",
        leaking("cancelBooking", 422, _name),
    ),
    Mutant(
        "unauthorized-tells-time",
        "errors.refusals_tell_nothing",
        "Who has no key is told when somebody's booking begins.",
        leaking("getOrganization getService getAvailability", 401, _when),
    ),
)
