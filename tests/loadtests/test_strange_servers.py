"""Servers that are there and are no Booking API, or not well, before a load begins."""

from typing import Any

import pytest
import requests

from contracts.errors import UnreachableError
from contracts.spec.contract import Contract
from loadtests.api.client import Client
from loadtests.api.endpoint import Surface
from loadtests.api.survey import fetch
from loadtests.run.plan import Organization, Plan


class Always(Client):
    """Answers everything with the same."""

    status, body = 200, b"{}"

    def ask(self, *_: Any, **__: Any) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer._content = self.status, self.body
        return answer


def client() -> Always:
    plan = Plan("browse", "http://127.0.0.1:9", (Organization("acme", keys=("kord_secret",)),))
    return Always(Surface.of(plan, Contract.load()))


@pytest.mark.parametrize("body", [b"{}", b'{"services": 7}', b'{"services": [{"slug": "cut"}]}', b"[]", b"no"])
def test_an_answer_in_another_shape_is_a_sentence(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    monkeypatch.setattr(Always, "body", body)
    with pytest.raises(UnreachableError, match=r"http://127\.0\.0\.1:9 "):
        fetch(client(), "acme", "")


def test_a_server_that_is_not_well_is_not_blamed_on_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Always, "status", 503)
    with pytest.raises(UnreachableError, match="is not well: getOrganization was answered with 503"):
        fetch(client(), "acme", "")
