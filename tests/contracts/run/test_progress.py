"""Nobody waits in silence: a line every so often where no bar can be seen."""

import io
import re
import time
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from contracts.run import progress
from contracts.run.progress import Watching
from contracts.verdicts import RuleResult

DONE = RuleResult("auth.key-header", "auth.key.header", "A key is read from its header", "passed")


def test_a_log_gets_a_line_now_and_then_and_at_once_when_bookings_are_canceled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.01)
    text = io.StringIO()
    target: Any = SimpleNamespace(sent=7)
    with Watching(Console(file=text, width=40), target, 3) as watching:
        watching.rule_done(1, 3, DONE)
        deadline = time.monotonic() + 30
        while not re.search("1 of 3 rules; 7 requests in [0-9]+ s", text.getvalue()):
            assert time.monotonic() < deadline
    monkeypatch.setattr(progress, "EVERY", 3600)
    with Watching(Console(file=text, width=40), target, 3) as watching:
        watching.canceling(0, 8)
        assert "0 of 8 bookings canceled, at the pace of the server's limits; 7 requests" in text.getvalue()
