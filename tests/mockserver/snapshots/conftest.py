"""What is done to a mock, so that there is something to export."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.mockserver.snapshots.control import moved

OWNER = "sarah@example.com"
CONTROL_VIEWS = ("state", "limits", "clock", "keys")
SLOTS = ("2025-12-03T15:00:00Z", "2025-12-04T15:00:00Z", "2025-12-05T15:00:00Z", "2025-12-05T15:30:00Z")

Work = Callable[[Any], list[tuple[int, list[tuple[str, str]], bytes]]]


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
