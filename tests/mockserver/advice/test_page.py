"""docs/advice.md tells of every mistake what the mock tells: its remedy, page and level."""

from pathlib import Path

from mockserver.observing.advice.catalogue import MISTAKES
from mockserver.parts import STANDARD
from mockserver.settings import Settings
from mockserver.wiring.shared import share

PAGE = Path(__file__).parents[3] / "docs" / "advice.md"


def test_the_page_is_held_to_the_catalogue() -> None:
    rows = [line.split(" | ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    told = [(id.strip("| `"), remedy, page.strip("`"), level.strip(" |")) for id, _, remedy, page, level in rows]
    mistakes = [share(Settings(), STANDARD).mistake(described.id) for described in MISTAKES]
    assert told == [(each.id, each.remedy, each.page or "silent", each.level) for each in mistakes]
