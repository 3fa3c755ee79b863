"""What the terminal shows: what broke first, then what could not be asked, then the sum."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

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


def show_plan(console: Console, plan: Plan) -> None:
    table = Table("rule", "statement", "requests", "title", box=None)
    for rule in plan.rules:
        table.add_row(rule.id, rule.statement, str(rule.requests) if rule.requests else "-", rule.title)
    for rule, reason in plan.left_out:
        table.add_row(f"[dim]{rule.id}", f"[dim]{rule.statement}", "[dim]-", f"[dim]not run: {escape(reason)}")
    console.print(table)
    console.print(
        f"{len(plan.rules)} rules, at most {plan.requests} requests, {plan.seconds_to_wait} s of waiting apart from the"
        f" limits' pace; {len(plan.left_out)} left out. Nothing was sent.",
        soft_wrap=True,
    )


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
    if finding.curl:
        console.print(f"  [dim]{escape(finding.curl)}[/]", soft_wrap=True, highlight=False)
    console.print()


def _show_not_run(console: Console, verdicts: Verdicts) -> None:
    reasons = verdicts.reasons()
    if not reasons:
        return
    table = Table("rules", "not run because", box=None)
    for reason, count in reasons.items():
        table.add_row(str(count), escape(reason))
    console.print(table)
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
