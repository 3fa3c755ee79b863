"""What a comparison found: `diff.json`, and tables for people."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from contracts.comparing.diff.comparison import Comparison, Difference

FILE = "diff.json"
MOST_LINES = 60  # of the tables; the file has all
MOST_OF_A_FIELD = 40  # characters of its name in a line
INDENT = 2
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
        _show_grouped(console, found.differences[:MOST_LINES])
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


def _show_grouped(console: Console, differences: Sequence[Difference]) -> None:
    """Under each operation and statement the fields, with what A and B have there."""
    groups: dict[tuple[str, str, str | None], list[Difference]] = {}
    for each in differences:
        groups.setdefault((each.operation, each.statement, each.level), []).append(each)
    widest = min(max(len(each.field) for each in differences), MOST_OF_A_FIELD)
    console.print(_rows([("", "A", "B")], widest), style="bold")
    for (operation, statement, level), same in groups.items():
        stated = f"{statement} ({level or UNSTATED})" if statement else UNSTATED
        _say(console, Text(f"{operation}  {stated}", _STYLES.get(level, "yellow")))
        console.print(_rows([(each.field, each.a, each.b) for each in same], widest))


def _rows(rows: Sequence[tuple[str, str, str]], widest: int) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(width=INDENT)
    table.add_column(width=widest, overflow="fold")
    for _ in "AB":
        table.add_column(ratio=1, overflow="fold")
    for row in rows:
        table.add_row("", *map(Text, row))
    return table


def _say(console: Console, line: str | Text) -> None:
    console.print(line, soft_wrap=True, highlight=False, markup=False)
