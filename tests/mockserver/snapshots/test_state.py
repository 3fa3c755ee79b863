"""`/_mock/state`: out, on with the work, and back to where everything was."""

import json
from collections.abc import Callable
from functools import reduce
from operator import getitem
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.limits.algorithms import ALGORITHMS
from mockserver.mutants import find
from mockserver.parts import STANDARD
from mockserver.settings import Settings
from mockserver.wiring import build
from tests.effort import draws

OWNER = "sarah@example.com"
FIRST = "what the first of them has"
CONTROL_VIEWS = ("state", "limits", "clock", "keys")
SLOTS = ("2025-12-03T15:00:00Z", "2025-12-04T15:00:00Z", "2025-12-05T15:00:00Z", "2025-12-05T15:30:00Z")

Work = Callable[[Any], list[tuple[int, list[tuple[str, str]], bytes]]]


def state(client: Any) -> Any:
    answer = client.request("GET", "/_mock/state")
    assert answer.status_code == 200
    return answer.get_json()


def put(client: Any, snapshot: Any) -> Any:
    return client.request("PUT", "/_mock/state", json=snapshot)


def moved(client: Any, seconds: float) -> Any:
    return client.request("POST", "/_mock/clock/advance", json={"seconds": seconds})


@pytest.fixture
def work(wish: Callable[..., Any], keys: Callable[..., str]) -> Work:
    """Bookings, replays, refusals, guesses and passing time; gives every answer, whole but for its request id."""

    def done(client: Any) -> list[tuple[int, list[tuple[str, str]], bytes]]:
        answers = []
        platform = client.with_key(keys(client, "platform"))
        for number, start in enumerate([*SLOTS, *SLOTS[:2]]):
            body = wish(client, "haircut", start)
            headers = {"Idempotency-Key": f"key-{number % 4}"}
            made = client.post("public/bookings", json=body, headers=headers)
            answers.append(made)
            moved(client, 7.25)
            if made.status_code == 201:
                path = f"public/bookings/confirmation/{made.get_json()['booking']['confirmation_number']}"
                answers.append(client.get(f"{path}?contact=wrong@example.com"))
                answers.append(client.post(f"{path}/cancel?contact={OWNER}"))
        answers.append(platform.get("bookings", headers={"x-organization-id": "abc123"}))
        new = {"organization": "acme-salon", "kind": "public", "label": "made"}
        created = client.request("POST", "/_mock/keys", json=new)
        answers.append(created)
        answers.append(client.with_key(created.get_json()["key"]).get("public/org/acme-salon"))
        answers += [client.request("GET", f"/_mock/{view}") for view in CONTROL_VIEWS]
        return [
            (answer.status_code, [h for h in answer.headers if h[0] != "X-Request-Id"], answer.data)
            for answer in answers
        ]

    return done


def revoke(client: Any) -> None:
    assert client.request("POST", "/_mock/keys/key_harbor_public/revoke").status_code == 200


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_after_an_import_everything_happens_again_byte_for_byte(
    start: Callable[..., Any], work: Work, algorithm: str
) -> None:
    client = start(limits=True, algorithm=algorithm)
    work(client)
    exported = state(client)
    first = work(client)
    revoke(client)
    client.request("PUT", "/_mock/limits", json={"enabled": False, "algorithm": "fixed-window"})
    assert state(client) != exported
    assert put(client, exported).status_code == 204
    assert state(client) == exported
    assert work(client) == first


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_exported_state_goes_on_in_another_mock_of_the_same_dataset(
    start: Callable[..., Any], work: Work, algorithm: str
) -> None:
    client, other = start(limits=True, algorithm=algorithm), start()
    work(client)
    revoke(client)
    exported = state(client)
    assert put(other, exported).status_code == 204
    assert state(other) == exported
    assert work(other) == work(client)


def test_the_order_of_members_makes_no_difference(start: Callable[..., Any], work: Work) -> None:
    client, other = start(limits=True), start(limits=True)
    work(client)
    text = json.dumps(state(client), sort_keys=True)
    answer = other.request("PUT", "/_mock/state", data=text, content_type="application/json")
    assert answer.status_code == 204
    assert state(other) == state(client)
    assert work(other)[:-4] == work(client)[:-4]


def test_a_mutant_takes_back_what_it_has_exported() -> None:
    """A check of it moves its clock, and puts back what there was."""
    settings = Settings(now=1_764_576_000 * 10**9, frozen=True)
    client = build(settings, parts=find("limit-off-by-one").apply(STANDARD)).app.test_client()
    key = {"x-kordless-key": "kord_test_AcmeSalonPublic0000000000000Apub"}
    answers = [client.get("/api/calendar/v1/public/org/acme-salon", headers=key).status_code for _ in range(62)]
    assert answers == [200] * 61 + [429]
    assert client.put("/_mock/state", json=client.get("/_mock/state").json).status_code == 204


def test_an_import_is_the_way_back_in_time(start: Callable[..., Any]) -> None:
    client = start(limits=True)
    exported = state(client)
    moved(client, 10_000_000)
    client.request("PUT", "/_mock/clock", json={"frozen": False})
    client.get("public/org/acme-salon")
    assert put(client, exported).status_code == 204
    assert client.request("GET", "/_mock/clock").get_json() == {"now": "2025-12-01T08:00:00Z", "frozen": True}
    answer = client.get("public/org/acme-salon")
    assert answer.headers["Date"] == "Mon, 01 Dec 2025 08:00:00 GMT"
    assert answer.headers["X-RateLimit-Remaining"] == "59"


def test_last_uses_are_as_they_were(start: Callable[..., Any]) -> None:
    client = start()
    client.get("public/org/acme-salon")
    exported = state(client)
    moved(client, 60)
    client.get("public/org/acme-salon")
    put(client, exported)
    listed = {k["id"]: k["last_used"] for k in client.request("GET", "/_mock/keys").get_json()["keys"]}
    assert listed.pop("key_acme_public") == "2025-12-01T08:00:00Z"
    assert set(listed.values()) == {None}


def test_a_stored_answer_is_given_again_after_an_import(start: Callable[..., Any], wish: Callable[..., Any]) -> None:
    client, headers = start(limits=True), {"Idempotency-Key": "k"}
    body = wish(client, "haircut", SLOTS[0])
    first = client.post("public/bookings", json=body, headers=headers)
    exported = state(client)
    client.request("POST", "/_mock/reset")
    put(client, exported)
    again = client.post("public/bookings", json=body, headers=headers)
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = client.post("public/bookings", json={**body, "notes": "x"}, headers=headers)
    assert other.status_code == 422


def test_a_state_without_secrets_or_journal_is_exported(start: Callable[..., Any], keys: Callable[..., str]) -> None:
    client = start()
    client.get("public/org/acme-salon")
    text = json.dumps(state(client))
    assert not [key.value for key in client.built.dataset.keys if key.value in text]
    client.request("DELETE", "/_mock/requests")
    client.get("public/org/acme-salon")
    put(client, json.loads(text))
    assert len(client.request("GET", "/_mock/requests").get_json()["requests"]) == 1


def test_a_state_of_an_unseeded_mock_can_be_imported(start: Callable[..., Any], work: Work) -> None:
    client = start(seed=None)
    work(client)
    exported = state(client)
    assert exported["ids"]["random"] is None
    work(client)
    assert put(client, exported).status_code == 204
    assert state(client) == exported


# --- what is no state

Path = tuple[str | int, ...]


def paths(value: Any, here: Path = ()) -> list[Path]:
    """To everything in a snapshot, save for all but a few of the generator's numbers."""
    found = [here]
    if isinstance(value, dict):
        found += [path for name, part in value.items() for path in paths(part, (*here, name))]
    elif isinstance(value, list):
        found += [path for index, part in enumerate(value[:3]) for path in paths(part, (*here, index))]
    return found


def damaged(snapshot: Any, path: Path, damage: Any) -> Any:
    copy = json.loads(json.dumps(snapshot))
    if not path:
        return damage
    holder = copy
    for part in path[:-1]:
        holder = holder[part]
    if damage is Ellipsis:
        del holder[path[-1]]
    else:
        holder[path[-1]] = damage
    return copy


values = st.one_of(
    st.just(...),
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 1.5, 2.0, 10**18, 2**63, 10**19, 1e300, "", "x", "org_abc123", [], {}, [[]], [{}], ["x"]]),
    st.integers(-(2**63), 2**64 - 1),
    st.text(max_size=5),
)


def test_a_damaged_state_is_refused_and_changes_nothing_or_is_taken_whole(
    start: Callable[..., Any], work: Work
) -> None:
    client = start(limits=True, journal=0)
    work(client)
    good = state(client)
    moved(client, 11)
    client.request("PUT", "/_mock/limits", json={"enabled": False})
    revoke(client)
    other = state(client)

    @settings(max_examples=draws(150), deadline=None, suppress_health_check=list(HealthCheck))
    @given(path=st.sampled_from(paths(good)), damage=values)
    def damage_it(path: Path, damage: Any) -> None:
        try:
            answer = put(client, damaged(good, path, None if damage is ... and not path else damage))
            assert answer.status_code in (204, 400)
            if answer.status_code == 400:
                assert answer.mimetype == "application/problem+json"
                assert state(client) == other
            else:
                assert state(client)["format"] == 1
        finally:
            # Whatever came of it, the next example finds the mock as this one did.
            client.mock.reset()
            assert put(client, other).status_code == 204

    damage_it()


@pytest.mark.parametrize(
    ("path", "damage"),
    [
        (("format",), 2),
        (("clock", "now"), 10**19),
        (("clock", "now"), 7_258_118_400 * 10**9 + 1),
        (("ids", "waiting"), ...),
        (("ids", "random", 1, 0), -1),
        (("ids", "random", 1), []),
        (("limits", "counters", "public-general"), {"key_acme_public": [1]}),
        (("limits", "counters", "public-general"), {"key_acme_public": [1_764_576_000 * 10**9] * 2 + [62]}),
        (("limits", "counters", "public-general"), {"key_acme_public": [7_258_118_400 * 10**9] * 2 + [1]}),
        (("limits", "counters", "colour"), {}),
        (("limits", "algorithm"), "leaky-bucket"),
        (("limits", "colour"), "red"),
        (("clock", "colour"), "red"),
        (("colour",), "red"),
        (("keys", 0, "digest"), "no hex"),
        (("keys", 0, "id"), []),
        (("keys", 0, "colour"), "red"),
        (("bookings", 0, "service"), "no-such-service"),
        (("bookings", 0, "start"), None),
        (("bookings", 0, "contact"), {}),
        (("bookings", 0, "organization"), "no-such-organization"),
        (("bookings", 0, "host"), "host_nobody"),
        (("bookings", 0, "team"), "team_nobody"),
        (("bookings", 0, "end"), 0),
        (("bookings", 0, "start"), -1),
        (("bookings", 0, "sequence"), 2**63),
        (("bookings", 1), FIRST),
        (("bookings", 0, "party_size"), 2),
        (("bookings", 0, "buffer_after"), 86_400),
        (("bookings", 0, "timezone"), "localtime"),
        (("ids", "waiting"), ["book_twice", "book_twice"]),
        (("keys", 1, "digest"), FIRST),
        (("keys", 0, "expires_at"), -1),
        (("keys", 0, "end"), "all of the key"),
        (("replays", 1), FIRST),
        (("keys", 0, "organization"), "org_nobody"),
        (("keys", 0, "id"), "key\r\nx: y"),
        (("ids", "random", 2), 1e308),
        (("ids", "random", 1, 624), 625),
        (("ids", "random", 1, 0), 2**32),
        (("ids", "waiting"), ["book\n"]),
        (("replays", 0, "key"), "k\r\n1"),
        (("replays", 0, "outcome", "status"), 100),
        (("replays", 0, "outcome", "status"), 204),
        (("replays", 0, "outcome", "headers"), [["Content-Length", "1"]]),
        (("replays", 0, "outcome", "headers"), [["X-Line", "a\r\nb"]]),
        (("replays", 0, "outcome", "headers"), [["one"]]),
        (("replays", 0, "outcome", "body"), "*"),
        (("replays", 0, "outcome", "body"), "AAAA"),
        (("replays", 0, "outcome", "colour"), "red"),
    ],
)
def test_a_state_that_does_not_fit_is_told_and_changes_nothing(
    start: Callable[..., Any], work: Work, path: Path, damage: Any
) -> None:
    client = start(limits=True, journal=0)
    work(client)
    good = state(client)
    if damage == FIRST:
        damage = reduce(getitem, (0 if step == 1 else step for step in path), good)
    bad = damaged(good, path, damage)
    moved(client, 11)
    client.request("PUT", "/_mock/limits", json={"enabled": False})
    before = state(client)
    answer = put(client, bad)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    detail = answer.get_json()["detail"]
    assert str(path[0]) in detail
    assert "Error" not in detail
    assert state(client) == before


def test_a_number_written_as_a_float_does_not_reach_the_headers(start: Callable[..., Any]) -> None:
    """Some JSON tools write large numbers so, and JSON Schema takes 1.0 for an integer."""
    client = start(limits=True)
    exported = state(client)
    exported["clock"]["now"] = float(exported["clock"]["now"])
    assert put(client, exported).status_code in (204, 400)
    assert client.get("public/org/acme-salon").headers["X-RateLimit-Reset"].isdigit()
