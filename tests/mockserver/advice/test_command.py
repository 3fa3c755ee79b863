"""`kordkit mock` tells at its end what clients did wrong, and fails for it where it was asked to."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.mock_process import ROOT, get_ready
from tests.processes import Command

ORGANIZATION = "/api/calendar/v1/public/org/acme-salon"


def ended(folder: Path, number: signal.Signals, *flags: str, origin: str | None = None) -> tuple[Any, ...]:
    """Exit code, output and log of a mock that was asked once, by a page of that origin, and then stopped."""
    target = folder / "ready.json"
    words = ["mock", "--port", "0", "--ready-file", str(target), *flags]
    process = Command(folder, *words, environment={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        ready = get_ready(process, target)
        sent = {"x-kordless-key": ready["organizations"][0]["keys"]["public"]} | ({"Origin": origin} if origin else {})
        assert requests.get(ready["url"] + ORGANIZATION, headers=sent, timeout=10).status_code == 200
        process.send_signal(number)
        return process.wait(60), *process.communicate()
    finally:
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_findings_fail_the_run_that_asked_for_it(tmp_path: Path, number: signal.Signals) -> None:
    status, out, log = ended(tmp_path, number, "--fail-on-advice", origin="https://shop.example.com")
    assert status == 1
    assert "Advice on 1 request: 1 finding\n\n  credentials.browser, 1 time (documented, /api/authentication)" in out
    assert " advice credentials.browser: " in log


def test_findings_are_told_to_whoever_did_not_ask(tmp_path: Path) -> None:
    origin = "https://shop.example.com"
    status, out, log = ended(tmp_path, signal.SIGTERM, "--log-format", "json", origin=origin)
    assert status == 0
    told = json.loads(out.splitlines()[-1])
    assert (told["event"], told["requests"], [each["id"] for each in told["advice"]]) == (
        "advice",
        1,
        ["credentials.browser"],
    )
    assert [line["id"] for line in map(json.loads, log.splitlines()) if line.get("event") == "advice"] == [
        "credentials.browser"
    ]


def test_a_run_without_findings_passes_and_says_of_how_many_requests(tmp_path: Path) -> None:
    status, out, _ = ended(tmp_path, signal.SIGTERM, "--fail-on-advice")
    assert (status, out.splitlines()[-1]) == (0, "Advice on 1 request: none")
