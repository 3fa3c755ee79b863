"""What may have been booked is on disk before it is sent, and stays there until it is gone."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.errors import TargetError, UnreachableError
from contracts.exchange import Answer, Request
from contracts.flags import Flags
from contracts.harness.ledger import Intent, Ledger, Made
from contracts.target.redaction import redacted
from contracts.wiring import check

NOBODY = "http://127.0.0.1:9"  # where no server listens
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


def test_what_need_not_outlast_the_machine_is_written_without_waiting_for_the_disk(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: pytest.fail("waits for the disk"))
    ledger = Ledger(path, synced=False)
    ledger.try_out()
    ledger.intend(INTENT)
    assert list(Ledger(path).intents) == ["kordkit-1"]
    ledger.record(MADE, "kordkit-1")
    assert Ledger(path).made == {MADE.number: MADE}


def test_a_check_waits_for_the_disk_unless_a_control_api_shows_a_mock(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    flags = Flags(key="k", org="acme-salon", allow_writes=True, ledger=path, only=["bookings"])
    with pytest.raises(TargetError, match="cannot be written: Input/output error"):
        check(NOBODY, flags)
    with pytest.raises(UnreachableError):
        check(NOBODY, replace(flags, control=f"{NOBODY}/_mock"))


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


def test_a_single_line_that_a_crash_cut_off_is_an_empty_ledger(path: Path) -> None:
    path.write_text('{"intent": "kordkit-')
    ledger = Ledger(path)
    assert ledger.settled
    ledger.intend(INTENT)
    assert list(Ledger(path).intents) == ["kordkit-1"]


def test_what_could_not_be_written_is_not_remembered(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "no" / "ledger.jsonl")
    with pytest.raises(TargetError):
        ledger.intend(INTENT)
    assert ledger.settled


def test_a_clean_up_needs_no_ledger_that_can_be_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Ledger(path).record(MADE, "kordkit-1")
    path.write_text(path.read_text() + '{"gone": "BOO')
    ledger = Ledger(path)
    assert ledger.made == {MADE.number: MADE}

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "truncate", full)
    monkeypatch.setattr(Path, "unlink", full)
    ledger.wind_up()
    ledger.release(MADE.number)
    ledger.close()
    assert ledger.settled


def test_trying_a_ledger_out_leaves_an_empty_one(path: Path) -> None:
    Ledger(path).try_out()
    assert Ledger(path).settled
    Ledger(path).close()
    assert not path.exists()


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
        ('{"key":"odd \\"key&"}', '{"key":"[key]"}'),
        ("?key=odd+%22key%26", "?key=[key]"),
        ("/odd%20%22key%26/x", "/[key]/x"),
        ('{"email":"jane.doe@firm.co.uk"}', '{"email":"[email]"}'),
        ("contact=jane%40firm.com&x=1", "contact=[email]&x=1"),
        ("call +14155552671 now", "call [phone] now"),
        ("contact=%2B14155552671", "contact=[phone]"),
        ("check-1@example.com and +15550100042", "check-1@example.com and +15550100042"),
    ],
)
def test_what_belongs_to_others_is_taken_out(text: str, shown: str) -> None:
    assert redacted(text, ["my-secret-value", 'odd "key&']) == shown


def test_a_key_is_masked_before_an_excerpt_is_cut() -> None:
    secret = "s3cret-of-another-form-0123456789"
    body = b"x" * 185 + secret.encode()
    answer = Answer(Request("GET", "/"), 500, {}, body, 0, 0, lambda text: redacted(text, [secret]))
    assert "s3c" not in str(answer)
    assert "[key]" in str(answer)
