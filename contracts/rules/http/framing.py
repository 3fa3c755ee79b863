"""What an HTTP library hides: bodies where none may be, wrong lengths, headers that come twice or belong elsewhere, and
methods that are there although nothing says so."""

from collections.abc import Iterator
from typing import Any

from contracts.exchange import Answer, Request
from contracts.harness.check import Check
from contracts.harness.costs import BOOKED, SETUP
from contracts.harness.session import OWN
from contracts.harness.settings import DAY
from contracts.harness.slots import instant
from contracts.observe import framing
from contracts.observe.http import HEADER_PLACES, MEDIA_TYPE, SINGLE_HEADERS
from contracts.outcome import Broken, NotRunError
from contracts.rules.access.auth import key_header, missing_key
from contracts.rules.bookings.bookings import create
from contracts.rules.bookings.self_service import lookup
from contracts.rules.http.http import allow, head, method_not_allowed, options, unknown_path
from contracts.rules.http.order import order_of_writing
from contracts.rules.platform.platform import listing
from contracts.rules.rule import PLATFORM, WRITES, rule, watch

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@rule(
    "http.framing",
    "A body is as long as its head says, and there is none where none may be",
    needs=WRITES,
    builds_on=[key_header],
    requests=8 + SETUP,
)
def body_length(check: Check) -> None:
    for request in _of_each_kind(check):
        breach = framing.judged(check.contract, wire := check.target.raw(request))
        if breach is not None:
            asked = Answer(request, wire.status, dict(wire.lines), wire.after, 0, 0)
            raise Broken(breach.expected, breach.seen, asked)


@rule(
    "http.head",
    "HEAD of whatever can be read is answered as GET is",
    needs=WRITES | PLATFORM,
    builds_on=[lookup, listing],
    requests=2 * 6 + BOOKED,
)
def heads(check: Check) -> None:
    check.need_head()
    booking, now = check.bookings.shared(), check.now()
    own = {"contact": booking.contact}
    around = {"from": instant(booking.slot.start), "to": instant(booking.slot.end)}
    number, service = {"confirmation_number": booking.number}, {"service_slug": check.service_slug}
    asked: dict[str, tuple[dict[str, Any] | None, dict[str, str]]] = {
        "getOrganization": (None, {}),
        "getService": (None, service),
        "getAvailability": (check.offers.query(now, now + DAY), {}),
        "lookupBooking": (own, number),
        "getRescheduleAvailability": ({**own, **around}, number),
        "listBookings": (around, {}),
    }
    for operation, (query, path) in asked.items():
        got = check.call(operation, key=OWN, query=query, body=None, headers=None, paced=True, **path)
        answer = check.head(operation, query=query, **path)
        expected = f"{got.status} to HEAD of {operation}, as to GET"
        check.expect(answer.status == got.status, expected, str(answer), answer)


@rule(
    "http.allow",
    "Allow names every method that a path knows, and none that it does not",
    needs=WRITES,
    builds_on=[allow, options, method_not_allowed, head, order_of_writing],
    requests=60,
)
def allow_is_true(check: Check) -> None:
    """Without a key, and about nobody: whatever works does nothing."""
    if not isinstance(check.contract.rule("http.options"), int):
        raise NotRunError("OPTIONS is refused, as the contract says")
    order = check.contract.rule("auth.order").index
    if order("authentication") < order("method"):
        raise NotRunError("a key is asked for before methods are looked at, as the contract says")
    refusal = check.contract.errors["method_not_allowed"].status
    if not any("Allow" in one.response_headers.get(refusal, ()) for one in check.contract.operations.values()):
        raise NotRunError(f"the contract declares no Allow on {refusal}")
    for path, known in _paths(check).items():
        told = _allowed(check.send("OPTIONS", path, key=None))
        for method in METHODS:
            if method in known:
                check.expect(method in told, f"{method} in Allow of {path}", f"told {', '.join(sorted(told))}")
                continue
            answer = check.send(method, path, key=None)
            works = answer.status != refusal
            if works != (method in told):
                expected = f"{method} of {path} to be {'in Allow' if works else 'left out of Allow'}"
                raise Broken(expected, f"answered {answer.status} to it, and told {', '.join(sorted(told))}", answer)
            if not works:
                found = _allowed(answer)
                seen = f"told {', '.join(sorted(found))}"
                check.expect(found == told, f"Allow as OPTIONS has it, {', '.join(sorted(told))}", seen, answer)


media_type = watch(
    "framing.media-type",
    "What has a body says that it is JSON",
    MEDIA_TYPE,
    follows=[key_header, missing_key, unknown_path],
)

single_headers = watch(
    "framing.single-headers",
    "A header that has one value comes once",
    SINGLE_HEADERS,
    follows=[key_header, missing_key, unknown_path, lookup],
)

header_places = watch(
    "framing.header-places",
    "A header stands on no answer but those that it belongs to",
    HEADER_PLACES,
    follows=[key_header, missing_key, create, lookup, listing],
)


def _of_each_kind(check: Check) -> Iterator[Request]:
    """Served, refused and not found, with a body and without; and what is unchanged, where the server knows that."""
    found = check.request("getOrganization")
    yield found
    yield Request("HEAD", found.url, found.operation, found.key)
    nobody = check.request("getOrganization", org_slug=check.fakes.slug())
    yield nobody
    yield Request("HEAD", nobody.url, nobody.operation, nobody.key)
    yield Request("OPTIONS", found.url)
    yield check.request("getOrganization", key=None)
    yield check.request("createBooking", body={"org_slug": check.credentials.organization})
    yield check.request("getOrganization", headers={"If-None-Match": "*"})


def _paths(check: Check) -> dict[str, set[str]]:
    """With made-up parameters, and the methods that the contract has for each."""
    found: dict[str, set[str]] = {}
    nobody = {"confirmation_number": check.fakes.confirmation_number(), "service_slug": check.fakes.slug()}
    base = check.credentials.url.rstrip("/")
    for operation in check.contract.operations.values():
        path = check.url(operation, None, **nobody).removeprefix(base)
        found.setdefault(path, set()).add(operation.method)
        if operation.method == "GET" and check.has_head:
            found[path].add("HEAD")
    return found


def _allowed(answer: Answer) -> set[str]:
    told = answer.headers.get("Allow", "").split(",")
    return {method.strip().upper() for method in told if method.strip()} & set(METHODS)
