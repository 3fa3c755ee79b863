"""HTTP itself: paths, methods, sizes, media types, request ids, and what is added to every answer."""

import re
from http import HTTPStatus

import orjson

from contracts.exchange import Answer
from contracts.harness.check import Check
from contracts.harness.costs import SETUP
from contracts.observe.http import REQUEST_ID, SUCCESS_STATUS
from contracts.outcome import NotRunError
from contracts.rules.access.auth import key_header, missing_key
from contracts.rules.bookings.bookings import create
from contracts.rules.platform.platform import canceled_listed
from contracts.rules.rule import WRITES, rule, watch

JSON = {"Content-Type": "application/json"}
WRITABLE = 250  # levels of JSON
TOO_LONG, FAR_TOO_LONG = 4, 32  # times what is assumed: the latter is too much for a server with another bound, too


@rule("errors.404.path", "An unknown path is not found", needs=WRITES, builds_on=[key_header], requests=1)
def unknown_path(check: Check) -> None:
    path = check.contract.operations["createBooking"].path + "/" + check.fakes.slug() + "/nothing"
    check.expect_refused(check.send("GET", path), "unknown_path")


@rule(
    "api.version",
    "A path has the version in it",
    needs=WRITES,
    builds_on=[unknown_path],
    requests=1,
)
def version_in_path(check: Check) -> None:
    path = _path(check, "getOrganization")
    unversioned = re.sub(r"/v\d+/", "/", path, count=1)
    if unversioned == path:
        raise NotRunError("the contract's paths have no version in them")
    check.expect_refused(check.send("GET", unversioned), "unknown_path")


@rule(
    "http.slashes",
    "A trailing or doubled slash makes another path",
    needs=WRITES,
    builds_on=[unknown_path],
    requests=2,
)
def slashes(check: Check) -> None:
    path, stated = _path(check, "getOrganization"), check.contract.rule("http.slashes")
    head, _, tail = path.rpartition("/")
    for other in path + "/", f"{head}//{tail}":
        answer = check.send("GET", other)
        if stated == "another path":
            check.expect_refused(answer, "unknown_path")
        elif stated == "redirected":
            led = 300 <= answer.status < 400 and answer.headers.get("Location", "").endswith(path)
            check.expect(led, f"{other} to lead to {path}", str(answer), answer)
        else:
            check.expect_success(answer)


@rule("errors.405.method", "A method that a path does not know is refused", needs=WRITES, requests=2)
def method_not_allowed(check: Check) -> None:
    for method, operation in _odd_methods(check):
        check.expect_refused(check.send(method, _path(check, operation)), "method_not_allowed")


@rule(
    "http.allow",
    "A refused method is answered with those that the path knows",
    needs=WRITES,
    builds_on=[method_not_allowed],
    requests=2,
)
def allow(check: Check) -> None:
    refusal = check.contract.errors["method_not_allowed"].status
    for method, operation in _odd_methods(check):
        answer = check.send(method, _path(check, operation))
        if "Allow" not in check.contract.operations[operation].response_headers[refusal]:
            check.expect(
                "Allow" not in answer.headers, "no Allow", f"sent Allow: {answer.headers.get('Allow')}", answer
            )
            continue
        wanted, found = _methods(check, operation), _allowed(answer)
        expected = f"Allow with {', '.join(sorted(wanted))}, and without {method}"
        seen = f"sent Allow: {answer.headers.get('Allow')}" if "Allow" in answer.headers else "sent no Allow"
        check.expect(wanted <= found and method not in found, expected, seen, answer)
    if refusal == check.contract.errors["unknown_path"].status:
        raise NotRunError("a method that a path does not know is refused as a path that is none, as the contract says")


@rule("http.head", "HEAD is answered as GET is, without the body", needs=WRITES, builds_on=[key_header], requests=4)
def head(check: Check) -> None:
    for slug in str(check.credentials.organization), check.fakes.slug():
        got = check.call("getOrganization", org_slug=slug)
        answer = check.send("HEAD", _path(check, "getOrganization", slug), operation="getOrganization")
        if not check.has_head:
            check.expect_refused(answer, "method_not_allowed")
            continue
        check.expect(answer.status == got.status, f"{got.status}, as for GET", str(answer), answer)
        for name in "Content-Type", "Content-Length":
            if name in got.headers and name in answer.headers:
                check.expect_header(answer, name, got.headers[name])
        check.expect(not answer.body, "no body", "sent a body", answer)


@rule("http.options", "OPTIONS tells anybody the methods of a path", needs=WRITES, requests=2)
def options(check: Check) -> None:
    stated = check.contract.rule("http.options")
    for operation in "getOrganization", "getAvailability":
        answer = check.send("OPTIONS", _path(check, operation), key=None)
        if not isinstance(stated, int):
            check.expect_refused(answer, stated)
            continue
        check.expect_status(answer, stated)
        wanted = _methods(check, operation)
        seen = f"sent Allow: {answer.headers.get('Allow')}" if "Allow" in answer.headers else "sent no Allow"
        check.expect(wanted <= _allowed(answer), f"Allow with {', '.join(sorted(wanted))}", seen, answer)


@rule(
    "http.unknown_parameters",
    "Parameters of the query that nobody knows are passed over",
    needs=WRITES,
    builds_on=[key_header],
    requests=1,
)
def unknown_parameters(check: Check) -> None:
    answer = check.call("getOrganization", query={"kordkit_check": "unknown"})
    if check.contract.rule("http.unknown_parameters") == "ignored":
        check.expect_served(answer)
    else:
        check.expect_refused(answer, "invalid_field")


@rule("http.caching", "Caches are told what the contract says", builds_on=[key_header], requests=2)
def caching(check: Check) -> None:
    stated, answer = check.contract.rule("http.caching"), check.call("getOrganization")
    tag, control = answer.headers.get("ETag"), answer.headers.get("Cache-Control")
    told = f"sent ETag: {tag} and Cache-Control: {control}"
    if stated == "no-store":
        check.expect(control == "no-store", "Cache-Control: no-store", told, answer)
    elif stated == "nothing":
        check.expect(tag is None and control is None, "no ETag and no Cache-Control", told, answer)
    else:
        check.expect(tag is not None, "an ETag", told, answer)
        again = check.call("getOrganization", headers={"If-None-Match": str(tag)})
        check.expect_status(again, HTTPStatus.NOT_MODIFIED)


@rule("http.cors", "Nothing invites browsers of other sites", builds_on=[key_header], requests=1)
def cors(check: Check) -> None:
    answer = check.call("getOrganization", headers={"Origin": "https://kordkit.example.com"})
    found = [name for name in answer.headers if name.lower().startswith("access-control-")]
    check.expect(not found, "no header Access-Control-…", f"sent {', '.join(found)}", answer)


@rule("errors.413.body", "A body that is far too long is refused", needs=WRITES, builds_on=[create], requests=2)
def payload_too_large(check: Check) -> None:
    check.expect_refused(sent(check, length_of_too_long(check)), "payload_too_large")


def length_of_too_long(check: Check) -> int:
    """In bytes. Not longer than need be: a proxy may give up on what nobody reads."""

    def found() -> int:
        length: int = TOO_LONG * check.contract.rule("http.max_body_bytes")
        refused = sent(check, length).status in check.contract.statuses_of("payload_too_large")
        return length if refused else length // TOO_LONG * FAR_TOO_LONG

    length: int = check.once("the length of a body that is too long", found, by_contract=True)
    return length


@rule(
    "http.max_body_bytes",
    "The longest body that is taken has the stated length",
    needs=WRITES,
    builds_on=[payload_too_large],
    requests=2,
)
def max_body_bytes(check: Check) -> None:
    longest, refusal = check.contract.rule("http.max_body_bytes"), check.contract.errors["payload_too_large"].status
    answer = sent(check, longest)
    check.expect(answer.status != refusal, f"{longest} bytes to be taken", str(answer), answer)
    answer = sent(check, longest + 1)
    check.expect(answer.status == refusal, f"{refusal} for {longest + 1} bytes", str(answer), answer)


@rule(
    "http.max_json_depth",
    "The deepest JSON that is read has the stated depth",
    needs=WRITES,
    builds_on=[create],
    requests=3 + SETUP,
)
def max_json_depth(check: Check) -> None:
    deepest = check.contract.rule("http.max_json_depth")
    if deepest > WRITABLE:
        raise NotRunError(f"no JSON of more than {WRITABLE} levels can be written here")
    body = check.bookings.body(check.offers.free_slot())
    answer = check.bookings.create({**body, "nested": _nested(deepest)})
    check.expect_refusal(answer, f"{deepest + 1} levels of JSON to be refused")
    answer = check.bookings.create({**body, "nested": _nested(deepest - 1)})
    if answer.status >= 400:
        if check.bookings.create({**body, "nested": _nested(1)}).status >= 400:
            raise NotRunError("a member that nobody knows is refused, however deep it is")
        check.expect(False, f"{deepest} levels of JSON to be read", str(answer), answer)


@rule(
    "errors.415.media_type",
    "A body that is not declared as JSON is refused",
    needs=WRITES,
    builds_on=[create],
    requests=2 + SETUP,
)
def media_type(check: Check) -> None:
    for declared in "text/plain", "application/x-www-form-urlencoded":
        body = check.bookings.body(check.offers.spare_slot())
        answer = check.bookings.create(body, headers={"Content-Type": declared})
        check.expect_refused(answer, "unsupported_media_type")


@rule("http.request_id.echo", "A request id of the client's is sent back", builds_on=[key_header], requests=5)
def request_id_echo(check: Check) -> None:
    stated = check.contract.rule("http.request_id")
    header, longest = stated["header"], stated["max_length"]
    unique = f"{check.fakes.run}-"
    for identity in "~", f"{unique}!/=?@", unique.ljust(longest, "x"):
        answer = check.call("getOrganization", headers={header: identity})
        if header not in answer.headers:
            raise NotRunError(f"the server sent no {header}")
        if stated["answered"] != "echoed":
            name = answer.headers[header]
            check.expect(name != identity, f"a {header} of the server's own", f"sent {header}: {name}", answer)
            return
        check.expect_header(answer, header, identity)
    long = unique.ljust(longest + 1, "x")
    answer = check.call("getOrganization", headers={header: long})
    echoed = answer.headers.get(header) == long
    check.expect(not echoed, f"a request id of {len(long)} characters not to be sent back", f"sent {long}", answer)
    refused = check.call("getOrganization", key=None, headers={header: unique + "refused"})
    check.expect_header(refused, header, unique + "refused")


request_id = watch(
    "http.request-id",
    "Every answer has a request id",
    REQUEST_ID,
    follows=[key_header, missing_key, unknown_path, options],
)

success_statuses = watch(
    "http.success-statuses",
    "Where nothing was created, success is 200",
    SUCCESS_STATUS,
    follows=[key_header, canceled_listed],
)


def _path(check: Check, operation_id: str, slug: str | None = None) -> str:
    """Of an operation that names nothing but the organization: the check's own, or that of a slug."""
    url = check.url(check.contract.operations[operation_id], org_slug=slug or str(check.credentials.organization))
    return url.removeprefix(check.credentials.url.rstrip("/"))


def _odd_methods(check: Check) -> list[tuple[str, str]]:
    """Methods that could do no harm, each with an operation whose path does not know it."""
    pairs = [("POST", "getOrganization"), ("PUT", "getAvailability")]
    odd = [(method, operation) for method, operation in pairs if method not in _methods(check, operation)]
    if not odd:
        raise NotRunError("the contract gives these paths every method")
    return odd


def _methods(check: Check, operation_id: str) -> set[str]:
    """That the contract declares for the operation's path."""
    operations = check.contract.operations
    return {one.method for one in operations.values() if one.path == operations[operation_id].path}


def _allowed(answer: Answer) -> set[str]:
    return {method.strip().upper() for method in answer.headers.get("Allow", "").split(",")}


def sent(check: Check, length: int) -> Answer:
    """A creation of that many bytes that lacks most of what it needs."""
    body = {"org_slug": check.credentials.organization, "notes": ""}
    body["notes"] = "x" * (length - len(orjson.dumps(body)))
    operation = check.contract.operations["createBooking"]
    return check.send("POST", operation.path, operation=operation.id, headers=JSON, content=orjson.dumps(body))


def _nested(levels: int) -> list[object]:
    """A list in a list in a list …"""
    found: list[object] = []
    for _ in range(levels - 1):
        found = [found]
    return found
