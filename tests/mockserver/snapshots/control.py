"""The state of a mock by its control API."""

from typing import Any


def state(client: Any) -> Any:
    answer = client.request("GET", "/_mock/state")
    assert answer.status_code == 200
    return answer.get_json()


def put(client: Any, snapshot: Any) -> Any:
    return client.request("PUT", "/_mock/state", json=snapshot)


def moved(client: Any, seconds: float) -> Any:
    return client.request("POST", "/_mock/clock/advance", json={"seconds": seconds})


def revoke(client: Any) -> None:
    assert client.request("POST", "/_mock/keys/key_harbor_public/revoke").status_code == 200
