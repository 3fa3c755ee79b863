"""Servers that are there and are no Booking API, or not well, before a load begins."""

from typing import Any

import pytest
import requests

from contracts.errors import UnreachableError
from contracts.spec.contract import Contract
from loadtests.api.client import Client
from loadtests.api.endpoint import Endpoint
from loadtests.api.survey import survey
from loadtests.api.target import Organization, Target

ACME = Organization("acme", keys=("kord_secret",))


class Always(Client):
    """Answers everything with the same."""

    status, body = 200, b"{}"

    def ask(self, *_: Any, **__: Any) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer._content = self.status, self.body
        return answer


def client() -> Always:
    target = Target("http://127.0.0.1:9", (ACME,))
    return Always(Endpoint.of(target, Contract.load()))


@pytest.mark.parametrize("body", [b"{}", b'{"services": 7}', b'{"services": [{"slug": "cut"}]}', b"[]", b"no"])
def test_an_answer_in_another_shape_is_a_sentence(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    monkeypatch.setattr(Always, "body", body)
    with pytest.raises(UnreachableError, match=r"http://127\.0\.0\.1:9 "):
        survey(client(), ACME)


def test_a_server_that_is_not_well_is_not_blamed_on_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Always, "status", 503)
    with pytest.raises(UnreachableError, match="is not well: getOrganization was answered with 503"):
        survey(client(), ACME)
