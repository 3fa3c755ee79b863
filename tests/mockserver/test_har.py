"""The journal as an HTTP Archive."""

import json
from typing import Any

ACME, BOOKINGS = "public/org/acme-salon", "public/bookings"
HAR = "/_mock/requests/har"
REQUEST = {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"}
RESPONSE = {
    "status",
    "statusText",
    "httpVersion",
    "cookies",
    "headers",
    "content",
    "redirectURL",
    "headersSize",
    "bodySize",
}


def test_it_has_what_har_asks_for_oldest_first(client: Any, booking_body: Any) -> None:
    client.get(f"{ACME}?a=1&b=")
    client.post(BOOKINGS, json=booking_body())
    log = client.get(HAR).json["log"]
    assert (log["version"], log["creator"]["name"]) == ("1.2", "kordkit")
    first, second = log["entries"]
    for entry in (first, second):
        assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= entry.keys()
        assert all(
            member.startswith("_")
            for member in entry.keys() - {"startedDateTime", "time", "request", "response", "cache", "timings"}
        )
        assert entry["request"].keys() - {"postData"} == REQUEST
        assert entry["response"].keys() == RESPONSE
        assert sum(entry["timings"].values()) == entry["time"]
    assert first["startedDateTime"] == "2025-12-01T08:00:00.000+00:00"
    assert first["request"]["url"] == "http://localhost/api/calendar/v1/public/org/acme-salon?a=1&b="
    assert first["request"]["queryString"] == [{"name": "a", "value": "1"}, {"name": "b", "value": ""}]
    assert (first["response"]["status"], first["response"]["statusText"]) == (200, "OK")
    assert first["response"]["content"]["mimeType"] == "application/json"
    assert json.loads(first["response"]["content"]["text"])["organization"]["slug"] == "acme-salon"
    assert (second["_operation"], second["request"]["method"]) == ("createBooking", "POST")
    assert json.loads(second["request"]["postData"]["text"])["service_slug"] == "haircut"


def test_no_secret_is_exported(client: Any, booking_body: Any) -> None:
    number = client.post(BOOKINGS, json=booking_body()).json["booking"]["confirmation_number"]
    client.get(f"public/bookings/confirmation/{number}?contact=sarah@example.com")
    text = client.get(HAR).text
    assert "sarah@example.com" not in text
    assert "%40example" not in text
    assert client.key not in text


def test_it_is_filtered_as_the_journal_is(client: Any) -> None:
    for name in "abc":
        client.get(ACME if name != "b" else "public/org/nobody", headers={"X-Request-Id": name})

    def named(query: str) -> list[str]:
        return [entry["_request_id"] for entry in client.get(f"{HAR}?{query}").json["log"]["entries"]]

    assert named("") == ["a", "b", "c"]
    assert named("status=2xx") == ["a", "c"]
    assert named("limit=2") == ["b", "c"]
    assert client.get(f"{HAR}?colour=red").status_code == 400
