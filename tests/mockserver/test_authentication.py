"""Who may ask, and in which order a request is refused (/api/authentication, /platform/api-keys)."""

import json
import re
from collections.abc import Callable, Collection
from itertools import pairwise
from typing import Any

import pytest
from werkzeug.test import TestResponse

ORDER = (
    "path",
    "method",
    "authentication",
    "rate_limit",
    "body",
    "organization",
    "permission",
    "idempotency",
    "validation",
    "rules",
)
REFUSALS: dict[str, tuple[str, dict[str, object]]] = {
    "path": ("unknown_path", {}),
    "method": ("method_not_allowed", {}),
    "authentication": ("revoked_key", {}),
    "rate_limit": ("rate_limited", {}),
    "body": ("unsupported_media_type", {}),
    "organization": ("unknown_organization", {}),
    "permission": ("wrong_key_kind", {}),
    "idempotency": ("invalid_idempotency_key", {"field": "Idempotency-Key"}),
    "validation": ("invalid_field", {"field": "party_size", "problem": "must be at least 1"}),
    "rules": ("unknown_service", {}),
}
ACME = "public/org/acme-salon"
Keys = Callable[..., str]
Refused = Callable[..., None]


def make_key(client: Any, **changes: Any) -> dict[str, Any]:
    body = {"organization": "acme-salon", "kind": "public", "label": "Test", **changes}
    answer = client.post("/_mock/keys", json=body)
    assert answer.status_code == 201, answer.text
    key: dict[str, Any] = answer.get_json()
    return key


def last_used(client: Any, key_id: str) -> str | None:
    listed = client.get("/_mock/keys").get_json()["keys"]
    moment: str | None = next(key["last_used"] for key in listed if key["id"] == key_id)
    return moment


@pytest.mark.parametrize(
    "forge",
    [
        lambda key: "",
        lambda key: "nonsense",
        lambda key: "kord_test_",
        lambda key: "schlüssel",
        lambda key: key[:-1],
        lambda key: key + "x",
        lambda key: key.lower(),
        lambda key: key.replace("kord_test_", "kord_live_"),
        lambda key: f"Bearer {key}",
        lambda key: f"{key}, {key}",
    ],
)
def test_a_value_that_is_no_key_is_not_authenticated(
    client: Any, refused: Refused, forge: Callable[[str], str]
) -> None:
    refused(client.get(ACME, headers={"x-kordless-key": forge(client.key)}), "unknown_key")


def test_the_body_of_a_401_is_the_documented_one(client: Any) -> None:
    answer = client.with_key(None).get(ACME)
    assert answer.get_json() == {
        "detail": "Invalid or missing API key",
        "status": 401,
        "type": "authentication_error",
    }


@pytest.mark.parametrize("where", ["Authorization", "x-api-key", "query"])
def test_a_key_counts_in_its_own_header_only(client: Any, refused: Refused, where: str) -> None:
    keyless = client.with_key(None)
    if where == "query":
        refused(keyless.get(ACME, query_string={"x-kordless-key": client.key}), "missing_key")
    else:
        refused(keyless.get(ACME, headers={where: client.key}), "missing_key")


@pytest.mark.parametrize("name", ["revoked", "expired"])
def test_a_revoked_or_expired_key_is_not_authenticated(client: Any, keys: Keys, refused: Refused, name: str) -> None:
    refused(client.with_key(keys(client, name)).get(ACME), f"{name}_key")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ACME),
        ("GET", f"{ACME}/service/haircut"),
        ("GET", "public/availability"),
        ("POST", "public/bookings"),
        ("GET", "bookings"),
    ],
)
def test_every_operation_with_a_key_wants_one(client: Any, refused: Refused, method: str, path: str) -> None:
    refused(client.with_key(None).request(method, path), "missing_key")


def test_self_service_asks_for_no_key(client: Any, book: Callable[..., Any]) -> None:
    number = book(client)["confirmation_number"]
    path = f"public/bookings/confirmation/{number}?contact=sarah@example.com"
    assert client.with_key("no key at all").get(path).status_code == 200


def test_a_key_expires_at_the_second(client: Any, refused: Refused) -> None:
    key = client.with_key(make_key(client, expires_at="2025-12-01T09:00:00+01:00")["key"])
    refused(key.get(ACME), "expired_key")
    key = client.with_key(make_key(client, expires_at="2025-12-01T08:00:01Z")["key"])
    client.advance(0.999)
    assert key.get(ACME).status_code == 200
    client.advance(0.001)
    refused(key.get(ACME), "expired_key")


def test_revocation_takes_effect_at_once(client: Any, refused: Refused) -> None:
    made = make_key(client)
    key = client.with_key(made["key"])
    assert key.get(ACME).status_code == 200
    assert client.post(f"/_mock/keys/{made['id']}/revoke").get_json()["status"] == "revoked"
    refused(key.get(ACME), "revoked_key")


@pytest.mark.parametrize(
    ("environment", "rule"),
    [
        ("development", "auth.key.test_prefix"),
        ("production", "auth.key.live_prefix"),
        (None, "auth.key.live_prefix"),
    ],
)
def test_a_made_key_shows_its_environment(client: Any, environment: str | None, rule: str) -> None:
    contract = client.built.contract
    form = f"{contract.rule(rule)}[A-Za-z0-9]{{{contract.rule('auth.key.length')}}}"
    value = make_key(client, environment=environment)["key"]
    assert re.fullmatch(form, value)
    assert client.with_key(value).get(ACME).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "uses"),
    [
        ("GET", ACME, True),
        ("HEAD", ACME, True),
        ("GET", "public/org/nobody", True),
        ("GET", "public/org/harbor-clinic", True),
        ("GET", "public/availability", True),
        ("GET", "bookings", True),
        ("GET", "public/nothing", False),
        ("PATCH", ACME, False),
        ("OPTIONS", ACME, False),
    ],
)
def test_the_last_use_of_a_key_is_its_last_authenticated_request(
    client: Any, method: str, path: str, uses: bool
) -> None:
    made = make_key(client)
    client.advance(90)
    client.with_key(made["key"]).request(method, path)
    assert last_used(client, made["id"]) == ("2025-12-01T08:01:30Z" if uses else None)


def test_a_refused_key_is_not_used(client: Any) -> None:
    made = make_key(client)
    key = client.with_key(made["key"])
    key.get(ACME)
    client.post(f"/_mock/keys/{made['id']}/revoke")
    client.advance(60)
    key.get(ACME)
    assert last_used(client, made["id"]) == "2025-12-01T08:00:00Z"


def test_a_request_over_the_limit_uses_the_key(start: Callable[..., Any], refused: Refused) -> None:
    client = start(limits=True)
    for _ in range(60):
        client.get(ACME)
    client.advance(1)
    refused(client.get(ACME), "rate_limited")
    assert last_used(client, "key_acme_public") == "2025-12-01T08:00:01Z"


@pytest.mark.parametrize(
    "path", [ACME, f"{ACME}/service/haircut", "public/availability?org_slug=acme-salon&service_slug=haircut"]
)
def test_a_platform_key_has_no_right_to_the_public_api(client: Any, keys: Keys, refused: Refused, path: str) -> None:
    refused(client.with_key(keys(client, "platform")).get(path), "wrong_key_kind")


def test_a_public_key_has_no_right_to_the_platform_api(client: Any, refused: Refused) -> None:
    refused(client.get("bookings", headers={"x-organization-id": "abc123"}), "wrong_key_kind")


@pytest.mark.parametrize(
    "path",
    [
        "public/org/harbor-clinic",
        "public/org/harbor-clinic/service/checkup",
        "public/org/harbor-clinic/service/nothing",
        "public/availability?org_slug=harbor-clinic",
    ],
)
def test_a_key_of_another_organization_has_no_right(client: Any, refused: Refused, path: str) -> None:
    refused(client.get(path), "foreign_organization")


def test_nothing_is_booked_with_a_key_of_another_organization(
    client: Any, keys: Keys, refused: Refused, booking_body: Callable[..., Any]
) -> None:
    foreign = client.with_key(keys(client, "public", "harbor"))
    refused(foreign.post("public/bookings", json=booking_body()), "foreign_organization")
    assert client.post("public/bookings", json=booking_body()).status_code == 201


@pytest.mark.parametrize("given", ["abc123", "org_abc123"])
def test_the_organization_header_is_the_id_with_or_without_its_prefix(client: Any, keys: Keys, given: str) -> None:
    platform = client.with_key(keys(client, "platform"))
    assert platform.get("bookings", headers={"x-organization-id": given}).status_code == 200


@pytest.mark.parametrize("given", [None, "", "org_", "nobody", "hbr456", "org_hbr456", "acme-salon", "abc123x"])
def test_any_other_organization_header_is_forbidden(
    client: Any, keys: Keys, refused: Refused, given: str | None
) -> None:
    headers = {} if given is None else {"x-organization-id": given}
    refused(client.with_key(keys(client, "platform")).get("bookings", headers=headers), "organization_mismatch")


def attempt(client: Any, keys: Keys, body: dict[str, Any], broken: Collection[str]) -> TestResponse:
    """A createBooking request with each of the named checks broken."""
    kind = "platform" if "permission" in broken else "public"
    client = client.with_key(keys(client, kind))
    if "rate_limit" in broken:
        for _ in range(10):
            client.post("public/bookings", json={})
    if "authentication" in broken:
        client.post(f"/_mock/keys/key_acme_{kind}/revoke")
    body |= {"org_slug": "nobody"} if "organization" in broken else {}
    body |= {"party_size": 0} if "validation" in broken else {}
    body |= {"service_slug": "nothing"} if "rules" in broken else {}
    answer: TestResponse = client.request(
        "PATCH" if "method" in broken else "POST",
        "public/bookings/" if "path" in broken else "public/bookings",
        headers={"Idempotency-Key": "two words"} if "idempotency" in broken else {},
        data=json.dumps(body),
        content_type="text/plain" if "body" in broken else "application/json",
    )
    return answer


@pytest.mark.parametrize("broken", [*pairwise(ORDER), *(ORDER[place:] for place in range(len(ORDER)))], ids="+".join)
def test_of_several_broken_checks_the_earliest_answers(
    start: Callable[..., Any],
    keys: Keys,
    refused: Refused,
    booking_body: Callable[..., Any],
    broken: tuple[str, ...],
) -> None:
    cause, details = REFUSALS[broken[0]]
    refused(attempt(start(limits=True), keys, booking_body(), broken), cause, **details)


def test_the_order_is_the_one_that_the_contract_states(client: Any) -> None:
    assert client.built.contract.rule("auth.order") == list(ORDER)


@pytest.mark.parametrize("slug", [None, 7, ["acme-salon"]])
def test_a_body_without_organization_is_refused_before_the_key_is_judged(
    client: Any, keys: Keys, refused: Refused, booking_body: Callable[..., Any], slug: object
) -> None:
    platform = client.with_key(keys(client, "platform"))
    answer = platform.post("public/bookings", json=booking_body(org_slug=slug))
    if slug is None:
        refused(answer, "missing_field", field="org_slug")
    else:
        refused(answer, "invalid_field", field="org_slug", problem="must be a string")


def test_a_repeated_parameter_is_judged_with_the_other_values_after_the_key(
    client: Any, keys: Keys, refused: Refused
) -> None:
    platform = client.with_key(keys(client, "platform"))
    refused(platform.get("public/availability?org_slug=acme-salon&from=1&from=2"), "wrong_key_kind")
