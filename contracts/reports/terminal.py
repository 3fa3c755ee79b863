"""What the terminal shows: what broke first, then what could not be asked, then the sum."""

from rich.console import Console
from rich.markup import escape

from contracts.rules.selection import Plan
from contracts.verdicts import Finding, Severity, Verdicts

STYLES = {Severity.FAILURE: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def show(console: Console, verdicts: Verdicts) -> None:
    exit_code = verdicts.exit_code
    for rule in verdicts.unsettled:
        console.print(f"[bold yellow]unsettled[/] [bold]{rule.id}[/] {escape(rule.title)}", soft_wrap=True)
        console.print(f"  because   {escape(rule.reason)}\n", soft_wrap=True, highlight=False)
    for finding in verdicts.findings:
        _show_finding(console, finding)
    _show_not_run(console, verdicts)
    for one in verdicts.learnt.observed if verdicts.learnt else ():
        console.print(f"[bold green]learnt[/] {escape(str(one))}", soft_wrap=True, highlight=False)
    for line in verdicts.left_behind:
        console.print(f"[bold red]not canceled[/] {escape(line)}", soft_wrap=True)
    _show_sum(console, verdicts)
    if not verdicts.is_covered:
        console.print(f"coverage {verdicts.coverage.percent:.1f} % is less than {verdicts.min_coverage:g} %")
    style = {0: "bold green", 4: "bold yellow"}.get(exit_code, "bold red")
    because = f": {verdicts.because}" if exit_code == 4 and verdicts.because else ""
    told = f" ({verdicts.share}){because}"
    console.print(f"[{style}]{verdicts.headline}[/]{escape(told)}", soft_wrap=True, highlight=False)
    if exit_code == 4 and not verdicts.because:
        for reason in verdicts.reasons():
            console.print(f"  nothing was tested: {escape(reason)}", soft_wrap=True)
    elif exit_code == 0 and verdicts.findings:
        console.print(f"A {verdicts.fail_on} or worse would fail it.")


def show_plan(console: Console, plan: Plan, seconds: float) -> None:
    """`seconds` are what it takes at the pace that is kept. Ids are there to be typed: no line is cut or broken."""
    rows = [("rule", "statement", "requests", "title")]
    rows += [(rule.id, rule.statement, str(rule.requests or "-"), rule.title) for rule in plan.rules]
    rows += [(rule.id, rule.statement, "-", f"not run: {reason}") for rule, reason in plan.left_out]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for number, row in enumerate(rows):
        cells = [f"{cell:{width}}" for cell, width in zip(row, widths, strict=False)]
        style = "bold" if number == 0 else "dim" if number > len(plan.rules) else None
        console.print(" " + "  ".join([*cells, row[3]]), style=style, soft_wrap=True, highlight=False, markup=False)
    console.print(
        f"{len(plan.rules)} rules, at most {plan.requests} requests, {plan.seconds_to_wait} s of waiting apart from the"
        f" limits' pace; {len(plan.left_out)} left out. It takes {_lasting(seconds)} at most. Nothing was sent.",
        soft_wrap=True,
    )


def _lasting(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"


def _show_finding(console: Console, finding: Finding) -> None:
    style = "dim" if finding.accepted else STYLES[finding.severity]
    mark = "accepted" if finding.accepted else str(finding.severity)
    console.print(f"[{style}]{mark}[/] [bold]{finding.statement}[/] {escape(finding.title)}", soft_wrap=True)
    console.print(f"  expected  {escape(finding.expected)}", soft_wrap=True, highlight=False)
    console.print(f"  seen      {escape(finding.seen)}", soft_wrap=True, highlight=False)
    if finding.page:
        console.print(f"  page      {finding.page}", highlight=False)
    if finding.accepted:
        console.print(f"  accepted  {escape(finding.accepted)}", highlight=False)
    if finding.blocks:
        console.print(f"  therefore {len(finding.blocks)} more could not be asked", highlight=False)
    for line in finding.lines:
        console.print(f"  [dim]{escape(line)}[/]", soft_wrap=True, highlight=False)
    console.print()


def _show_not_run(console: Console, verdicts: Verdicts) -> None:
    reasons = verdicts.reasons()
    if not reasons:
        return
    console.print("[bold]rules  not run because[/]")
    for reason, count in reasons.items():
        console.print(f"{count:5}  {escape(reason)}", soft_wrap=True, highlight=False)
    console.print()


def _show_sum(console: Console, verdicts: Verdicts) -> None:
    counts = [
        *(_counted(verdicts.count(severity), str(severity)) for severity in sorted(Severity, reverse=True)),
        f"{verdicts.outcomes('passed')} passed",
        *([f"{len(verdicts.unsettled)} unsettled"] if verdicts.unsettled else []),
        f"{verdicts.outcomes('not run')} not run",
    ]
    console.print(", ".join(counts), highlight=False)
    moved = f", the server's clock moved by {verdicts.seconds_moved} s and put back" if verdicts.seconds_moved else ""
    console.print(
        f"{verdicts.requests} requests in {verdicts.seconds:.1f} s, coverage {verdicts.coverage.percent:.0f} %,"
        f" seed {verdicts.seed}{moved}",
        highlight=False,
        soft_wrap=True,
    )


def _counted(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"
