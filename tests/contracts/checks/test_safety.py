"""What may have been booked is on disk before it is sent, and stays there until it is gone."""

import json
import os
from pathlib import Path

import pytest

from contracts.errors import TargetError
from contracts.harness.ledger import Intent, Ledger, Made
from contracts.target.redaction import redacted

BODY = {"org_slug": "acme-salon", "contact": {"name": "Check A", "email": "check-1@example.com"}}
INTENT = Intent("kordkit-1", "http://127.0.0.1:4020", "public", BODY)
MADE = Made("BOOK_ABC123XYZ", "http://127.0.0.1:4020", "check-1@example.com")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


def test_an_intent_is_on_disk_before_anything_else_happens(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(path.read_text()))
    Ledger(path).intend(INTENT)
    assert json.loads(synced[0])["intent"] == "kordkit-1"
    assert path.stat().st_mode & 0o777 == 0o600


def test_another_process_learns_what_is_left_to_do(path: Path) -> None:
    ledger = Ledger(path)
    ledger.intend(INTENT)
    ledger.intend(Intent("kordkit-2", INTENT.url, "public", BODY))
    ledger.record(MADE, "kordkit-1")
    found = Ledger(path)
    assert list(found.intents) == ["kordkit-2"]
    assert found.intents["kordkit-2"].body == BODY
    assert found.made == {MADE.number: MADE}


def test_what_was_settled_or_canceled_is_forgotten(path: Path) -> None:
    ledger = Ledger(path)
    ledger.intend(INTENT)
    ledger.settle("kordkit-1")
    ledger.intend(INTENT)
    ledger.record(MADE, "kordkit-1")
    ledger.release(MADE.number)
    assert Ledger(path).settled


def test_the_file_goes_when_nothing_is_left(path: Path) -> None:
    ledger = Ledger(path)
    ledger.intend(INTENT)
    ledger.close()
    assert path.exists()
    ledger = Ledger(path)
    ledger.settle("kordkit-1")
    ledger.close()
    assert not path.exists()


def test_a_line_that_a_crash_cut_off_is_passed_over_and_written_over(path: Path) -> None:
    ledger = Ledger(path)
    ledger.intend(INTENT)
    ledger.close()
    path.write_text(path.read_text() + '{"made": "BOOK_')
    ledger = Ledger(path)
    assert list(ledger.intents) == ["kordkit-1"]
    ledger.record(MADE, "kordkit-1")
    assert Ledger(path).made == {MADE.number: MADE}


def test_a_file_that_is_no_ledger_is_refused(path: Path) -> None:
    path.write_text("not a ledger\nat all\n")
    with pytest.raises(TargetError, match=r"line 1"):
        Ledger(path)


def test_a_ledger_that_cannot_be_written_stops_the_check_before_it_sends(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="--ledger names another"):
        Ledger(tmp_path / "no" / "such" / "folder.jsonl").intend(INTENT)


def test_no_ledger_file_is_made_for_a_check_that_only_reads(tmp_path: Path) -> None:
    ledger = Ledger(None)
    ledger.intend(INTENT)
    ledger.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("key kord_live_abcdefghijklmnop here", "key [key] here"),
        ("kord_test_MadeUp00000000000000000000000000 here", "kord_test_MadeUp00000000000000000000000000 here"),
        ("my-secret-value in a URL", "[key] in a URL"),
        ('{"email":"jane.doe@firm.co.uk"}', '{"email":"[email]"}'),
        ("contact=jane%40firm.com&x=1", "contact=[email]&x=1"),
        ("call +14155552671 now", "call [phone] now"),
        ("contact=%2B14155552671", "contact=[phone]"),
        ("check-1@example.com and +15550100042", "check-1@example.com and +15550100042"),
    ],
)
def test_what_belongs_to_others_is_taken_out(text: str, shown: str) -> None:
    assert redacted(text, ["my-secret-value"]) == shown
