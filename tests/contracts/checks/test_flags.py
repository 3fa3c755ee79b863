"""The flags of `kordkit check` as its page lists them."""

import re
from pathlib import Path

from contracts.cli import check

PAGE = Path(__file__).parents[3] / "docs" / "check.md"


def test_the_page_lists_every_flag_and_no_other() -> None:
    table = PAGE.read_text("utf-8").partition("## Flags of `kordkit check`")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `--")]
    listed = {flag for row in rows for flag in re.findall(r"--[a-z-]+", row)}
    known = {flag for option in check.params for flag in option.opts if flag.startswith("--")}
    assert listed == known | {"--help"}
