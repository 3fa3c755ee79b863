"""Whatever overlay `kordkit lint` calls sound, no request gets a 500 from the mock that follows it."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from contracts.errors import ContractError
from contracts.lint import lint
from contracts.spec.document import read
from mockserver.domain.instants import parse_instant
from mockserver.ports import SECOND
from mockserver.settings import Settings
from mockserver.wiring import Built, Unusable, build
from tests.effort import draws

API = "/api/calendar/v1"
KEYS = {
    "public": "kord_test_AcmeSalonPublic0000000000000Apub",
    "platform": "kord_test_AcmeSalonPlatform00000000000Aplt",
}
NUMBER = "BOOK_ABC123XYZ"
DAY = {"from": "2025-12-03T00:00:00Z", "to": "2025-12-04T00:00:00Z"}
BODIES = {
    "CreateBooking": [
        *("org_slug", "service_slug", "starts_at", "ends_at", "timezone", "contact"),
        *("party_size", "host_id", "team_id", "notes"),
    ],
    "RescheduleBooking": ["start_at", "end_at", "timezone", "notes"],
    "NewContact": ["name", "email", "phone"],
}
QUERIES = {
    "public/availability": ["org_slug", "service_slug", "from", "to", "partySize", "timezone"],
    "bookings": ["from", "to", "status", "service", "limit", "cursor"],
}
VALUES: list[Any] = [None, 0, 1, -1, 2**53, 1.5, "", "x", "null", "1", "UTC", "host_sarah", [], {}, True]

Action = dict[str, Any]


def members() -> st.SearchStrategy[tuple[str, str]]:
    return st.sampled_from([(schema, name) for schema, names in BODIES.items() for name in names])


@st.composite
def amended_member(draw: st.DrawFn) -> Action:
    """A member of a body: optional, nullable, with a default, other bounds, or of another name."""
    schema, name = draw(members())
    target = f"$.components.schemas.{schema}.properties['{name}']"
    match draw(st.sampled_from(["optional", "required", "nullable", "default", "bounds", "remove", "typeless"])):
        case "optional":
            return {"target": f"$.components.schemas.{schema}.required[?@ == '{name}']", "remove": True}
        case "required":
            return {"target": f"$.components.schemas.{schema}", "update": {"required": [name]}}
        case "nullable":
            kinds = draw(st.sampled_from([["string", "null"], ["integer", "null"], ["object", "null"], ["string"]]))
            return {"target": f"$.components.schemas.{schema}.properties", "update": {name: {"type": kinds}}}
        case "default":
            return {"target": target, "update": {"default": draw(st.sampled_from(VALUES))}}
        case "bounds":
            bound = draw(st.sampled_from(["minimum", "maximum", "minLength", "maxLength", "exclusiveMinimum"]))
            return {"target": target, "update": {bound: draw(st.integers(0, 5))}}
        case "remove":
            return {"target": target, "remove": True}
    return {"target": f"{target}.type", "remove": True}


@st.composite
def amended_parameter(draw: st.DrawFn) -> Action:
    path = draw(st.sampled_from(sorted(QUERIES)))
    name = draw(st.sampled_from(QUERIES[path]))
    update: Any = draw(
        st.sampled_from(
            [
                *({"required": flag} for flag in (True, False)),
                *({"schema": {"type": kind}} for kind in ("integer", "string", "boolean", ["string", "null"])),
                *({"schema": {"minimum": least, "default": least}} for least in (-1, 0, 1, 3)),
                *({"schema": {"default": value}} for value in ("x", 5, None)),
                {"name": "renamed"},
            ]
        )
    )
    return {"target": f"$.paths['{API}/{path}'].get.parameters[?@.name == '{name}']", "update": update}


@st.composite
def amended_name(draw: st.DrawFn) -> Action:
    target, update = draw(
        st.sampled_from(
            [
                ("$.components.securitySchemes.kordlessKey", {"name": "X-Api-Key"}),
                ("$.components.securitySchemes.kordlessKey", {"in": "query"}),
                (f"$.paths['{API}/bookings'].get.parameters[?@.in == 'header']", {"name": "X-Organization"}),
                ("$['x-rules']['http.request_id']", {"value": {"header": "X-Trace", "max_length": 3}}),
                ("$['x-rules']['availability.range_slack']", {"value": 0}),
                ("$['x-rules']['availability.max_range_days']", {"value": 10**9}),
                ("$['x-rules']['time.years']", {"value": {"first": 2025, "last": 2025}}),
                ("$['x-rules']['time.years']", {"value": {"first": 2030, "last": 2020}}),
                ("$['x-errors'].invalid_field", {"detail": "{nothing} {problem}"}),
                ("$['x-errors'].rate_limited", {"retry_after": 7}),
                ("$['x-rate-limits'].policies[*]", {"window": 86400 * 365}),
                ("$['x-rate-limits'].policies[*]", {"limit": 1}),
                ("$['x-idempotency']", {"lifetime": 86400 * 36500}),
            ]
        )
    )
    return {"target": target, "update": update}


overlays = st.lists(
    st.one_of(amended_member(), amended_member(), amended_parameter(), amended_name()), min_size=1, max_size=3
)


def requests(data: st.DataObject, document: dict[str, Any]) -> list[tuple[str, str, dict[str, str], Any]]:
    """Method, path, query and body: the documentation's booking made, found and moved, with members changed."""

    def changed(valid: dict[str, Any], names: list[str]) -> dict[str, Any]:
        body = dict(valid)
        for name in data.draw(st.lists(st.sampled_from(names), max_size=3)):
            value = data.draw(st.sampled_from([*VALUES, "absent"]))
            body.pop(name, None)
            if value != "absent":
                body[name] = value
        return body

    def asked(valid: dict[str, str], names: list[str]) -> dict[str, str]:
        return {name: str(value) for name, value in changed(dict(valid), [*names, "renamed"]).items()}

    examples = document["components"]["examples"]
    create, move = examples["CreateBooking"]["value"], examples["RescheduleBooking"]["value"]
    contact = changed(create["contact"], BODIES["NewContact"])
    slugs = {"org_slug": "acme-salon", "service_slug": "haircut"}
    own, there = {"contact": "sarah@example.com"}, f"public/bookings/confirmation/{NUMBER}"
    return [
        ("POST", "public/bookings", {}, changed({**create, "contact": contact}, BODIES["CreateBooking"])),
        ("POST", "public/bookings", {}, create),
        ("GET", "public/availability", asked({**slugs, **DAY}, QUERIES["public/availability"]), None),
        ("GET", there, own, None),
        ("GET", f"{there}/availability", {**own, **DAY}, None),
        ("POST", f"{there}/reschedule", own, changed(move, BODIES["RescheduleBooking"])),
        ("GET", "bookings", asked({}, QUERIES["bookings"]), None),
        ("POST", f"{there}/cancel", own, None),
    ]


def status_of(built: Built, method: str, path: str, query: dict[str, str], body: Any) -> int:
    sent = b"" if body is None else json.dumps(body).encode()
    key = KEYS["platform" if path == "bookings" else "public"]
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": f"{API}/{path}",
        "QUERY_STRING": urlencode(query),
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(sent)),
        "HTTP_HOST": "localhost",
        **dict.fromkeys(("HTTP_X_ORGANIZATION_ID", "HTTP_X_ORGANIZATION"), "abc123"),
        **dict.fromkeys(("HTTP_X_KORDLESS_KEY", "HTTP_X_API_KEY"), key),
        "HTTP_IDEMPOTENCY_KEY": f"k{len(sent)}",
        "wsgi.input": BytesIO(sent),
        "wsgi.url_scheme": "http",
    }
    seen: list[int] = []
    b"".join(built.gate(environ, lambda status, headers: seen.append(int(status[:3]))))
    return seen[0]


def following(overlay: Path) -> Built:
    now = parse_instant("2025-12-01T08:00:00Z") * SECOND
    return build(Settings(now=now, frozen=True, seed=7, journal=0, overlays=[overlay]))


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("overlay") / "overlay.yaml"


@settings(
    max_examples=draws(60), derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(data=st.data(), actions=overlays)
def test_what_lint_calls_sound_is_followed_without_a_500(
    data: st.DataObject, actions: list[Action], overlay: Path
) -> None:
    overlay.write_text(yaml.safe_dump({"overlay": "1.0.0", "info": {"title": "t", "version": "1"}, "actions": actions}))
    try:
        document = read(None, [overlay])
    except ContractError:
        return event("it amends nothing")
    if lint(document):
        return event("found by lint")
    event("sound")
    built = following(overlay)
    for asked in requests(data, document):
        assert status_of(built, *asked) < 500, asked
    return None


SIZE = "$.components.schemas.CreateBooking.properties.party_size"
NEEDED = "$.components.schemas.CreateBooking.required"
KEY = "$.components.securitySchemes.kordlessKey"


@pytest.mark.parametrize(
    ("action", "refusal"),
    [
        ({"target": f"{NEEDED}[?@ == 'contact']", "remove": True}, "contact must be required"),
        ({"target": f"{NEEDED}[?@ == 'ends_at']", "remove": True}, "ends_at must be required"),
        ({"target": f"{NEEDED}[?@ == 'timezone']", "remove": True}, "timezone must be required"),
        ({"target": KEY, "update": {"in": "query"}}, "kordlessKey/in"),
        ({"target": SIZE, "update": {"default": 2}}, None),
        ({"target": SIZE, "update": {"type": ["integer", "null"]}}, None),
        ({"target": KEY, "update": {"name": "x-api-key"}}, None),
        ({"target": "$.components.schemas.CreateBooking", "update": {"additionalProperties": False}}, None),
    ],
)
def test_overlays_that_strangers_wrote_are_followed_or_refused(
    action: Action, refusal: str | None, overlay: Path
) -> None:
    overlay.write_text(yaml.safe_dump({"overlay": "1.0.0", "actions": [action]}))
    findings = lint(read(None, [overlay]))
    if refusal is not None:
        assert any(refusal in f"{finding.where}: {finding.trouble}" for finding in findings)
        with pytest.raises(Unusable, match=refusal):
            following(overlay)
        return
    assert findings == []
    built = following(overlay)
    body = {**built.contract.document["components"]["examples"]["CreateBooking"]["value"], "party_size": None}
    for_two = action["update"].get("default") == 2  # and a haircut is for one
    assert status_of(built, "POST", "public/bookings", {}, body) == (409 if for_two else 201)
