"""What a comparison found: `diff.json`, and a table for people."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from contracts.comparing.diff.comparison import Comparison, Difference

FILE = "diff.json"
MOST_LINES = 60  # of the table; the file has all
_STYLES: dict[str | None, str] = {"documented": "bold red", "inferred": "yellow", "assumed": "cyan", None: "dim"}
UNSTATED = "unstated"


@dataclass(frozen=True, slots=True)
class Told:
    """A comparison, and of what. `a` and `b` are URLs, or the file that a recording stands in."""

    a: str
    b: str
    contract: str
    seed: int
    exit_code: int
    comparison: Comparison
    incomplete: str = ""
    left_behind: tuple[str, ...] = ()


def document(told: Told) -> str:
    found = told.comparison
    fields = {level or UNSTATED: asdict(tally) for level, tally in found.levels.items()}
    shown = {
        "a": told.a,
        "b": told.b,
        "contract": told.contract,
        "seed": told.seed,
        "exit_code": told.exit_code,
        "incomplete": told.incomplete or None,
        "fidelity": None if found.fidelity is None else round(found.fidelity, 2),
        "summary": {"differences": len(found.differences), "answers": asdict(found.answers), "fields": fields},
        "differences": [asdict(difference) for difference in found.differences],
        "left_out": [{"rule": rule, "reason": reason} for rule, reason in found.left_out],
        "left_behind": list(told.left_behind),
    }
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def show(console: Console, told: Told) -> None:
    found = told.comparison
    if found.differences:
        console.print(_table(found.differences[:MOST_LINES]))
    if len(found.differences) > MOST_LINES:
        _say(console, f"… and {len(found.differences) - MOST_LINES} more, which {FILE} has (--report-dir DIR)")
    for line in told.left_behind:
        _say(console, f"not canceled: {line}")
    if told.incomplete:
        _say(console, f"incomplete: {told.incomplete}")
    if found.left_out:
        name, reason = found.left_out[0]
        _say(console, f"not asked, or not to the end: {len(found.left_out)}, among them {name}: {reason}")
    alike = f"{found.answers.alike} of {found.answers.compared} answers are alike"
    differ = f"{len(found.differences)} fields differ" if found.differences else "no field differs"
    _say(console, f"A {told.a}, B {told.b}: {alike}, {differ}")
    if found.fidelity is not None:
        _say(console, f"Fidelity: {found.fidelity:.2f} %")


def _table(differences: Sequence[Difference]) -> Table:
    table = Table("operation", "field", "A", "B", "statement", "level", box=None)
    for each in differences:
        shown = (each.operation, each.field, each.a, each.b, each.statement or "-", each.level or UNSTATED)
        table.add_row(*(Text(text, overflow="fold") for text in shown), style=_STYLES.get(each.level, "yellow"))
    return table


def _say(console: Console, line: str) -> None:
    console.print(line, soft_wrap=True, highlight=False, markup=False)
