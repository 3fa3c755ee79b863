"""The target file: what its schema says is what is read, and what is not of its shape gets a sentence."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contracts.errors import TargetError
from contracts.target import ready_file

SCHEMA = json.loads((Path(ready_file.__file__).with_name("ready_file.schema.json")).read_text("utf-8"))
URL = "https://staging.example.com"


def read(tmp_path: Path, text: str) -> ready_file.ReadyFile:
    file = tmp_path / "target.json"
    file.write_text(text, encoding="utf-8")
    return ready_file.read(file)


@pytest.mark.parametrize(
    "stated",
    [
        {"url": URL},
        {"url": f"{URL}/w/one", "control_url": None, "admin_token": None, "organizations": None},
        {"url": URL, "control_url": f"{URL}/_mock", "admin_token": "t", "colour": 1},
        {"url": URL, "ca_bundle": "authority.pem"},
        {"url": URL, "ca_bundle": None},
        {"url": URL, "organizations": [{"slug": "a"}, {"slug": "b", "id": "org_b", "services": ["s"], "keys": None}]},
        {"url": URL, "organizations": [{"slug": "a", "keys": {"public": "k", "revoked": None, "other": 1}}]},
    ],
)
def test_what_the_schema_takes_is_read(tmp_path: Path, stated: Any) -> None:
    jsonschema.validate(stated, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert read(tmp_path, json.dumps(stated)).url == stated["url"]


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ([], "it must be a JSON object"),
        ({}, "url is missing"),
        ({"url": 1}, "url must be a text"),
        ({"url": "staging.example.com"}, "url must be a URL such as https://"),
        ({"url": URL, "control_url": "/_mock"}, "control_url must be a URL such as https://"),
        ({"url": URL, "admin_token": []}, "admin_token must be a text"),
        ({"url": URL, "ca_bundle": True}, "ca_bundle must be a text"),
        ({"url": URL, "organizations": {}}, "organizations must be a list"),
        ({"url": URL, "organizations": ["acme"]}, "organizations[0] must be a JSON object"),
        ({"url": URL, "organizations": [{"slug": "a"}, {}]}, "organizations[1].slug is missing"),
        ({"url": URL, "organizations": [{"slug": "a", "services": "s"}]}, "organizations[0].services must be a list"),
        (
            {"url": URL, "organizations": [{"slug": "a", "services": [1]}]},
            "organizations[0].services[0] must be a text",
        ),
        ({"url": URL, "organizations": [{"slug": "a", "keys": ["k"]}]}, "organizations[0].keys must be a JSON object"),
        (
            {"url": URL, "organizations": [{"slug": "a", "keys": {"public": 1}}]},
            "organizations[0].keys.public must be a",
        ),
    ],
)
def test_what_the_schema_refuses_gets_a_sentence(tmp_path: Path, stated: Any, says: str) -> None:
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(stated)
    with pytest.raises(TargetError) as refused:
        read(tmp_path, json.dumps(stated))
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", 100_000 * "["])
def test_what_is_no_json_gets_a_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(TargetError, match="is not JSON"):
        read(tmp_path, text)
