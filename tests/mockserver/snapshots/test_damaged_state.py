"""What is no state is refused by `/_mock/state`, and changes nothing."""

import json
from collections.abc import Callable
from functools import reduce
from operator import getitem
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.effort import draws
from tests.mockserver.snapshots.control import moved, put, revoke, state

FIRST = "what the first of them has"

Work = Callable[[Any], object]
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
