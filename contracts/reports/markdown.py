"""check.md: the summary that a CI system shows on its page."""

from contracts.verdicts import Finding, Severity, Verdicts


def render(verdicts: Verdicts) -> str:
    lines = [
        f"## {verdicts.headline} ({verdicts.share})",
        "",
        f"`{verdicts.target}` against contract {verdicts.contract}, seed {verdicts.seed}: "
        f"{verdicts.requests} requests in {verdicts.seconds:.1f} s, coverage {verdicts.coverage.percent:.0f} %.",
        "",
        "| failures | warnings | notes | passed | unsettled | not run |",
        "|---:|---:|---:|---:|---:|---:|",
        f"| {verdicts.count(Severity.FAILURE)} | {verdicts.count(Severity.WARNING)} | {verdicts.count(Severity.NOTE)} "
        f"| {verdicts.outcomes('passed')} | {len(verdicts.unsettled)} | {verdicts.outcomes('not run')} |",
        "",
    ]
    if verdicts.because:
        lines += [f"**Incomplete:** {_cell(verdicts.because)}.", ""]
    if verdicts.unsettled:
        lines += ["**Asked, and unsettled:**", ""]
        lines += [f"- `{rule.id}` {rule.title}: {_cell(rule.reason)}" for rule in verdicts.unsettled]
        lines.append("")
    if verdicts.findings:
        lines += ["| | statement | what | request |", "|---|---|---|---|"]
        lines += [_row(finding) for finding in verdicts.findings]
        lines.append("")
    if verdicts.left_behind:
        lines += ["**Not canceled:**", "", *(f"- {line}" for line in verdicts.left_behind), ""]
    lines.append(f"A {verdicts.fail_on} or worse fails the check.")
    return "\n".join(lines) + "\n"


def _row(finding: Finding) -> str:
    mark = "accepted" if finding.accepted else str(finding.severity)
    page = f" ({finding.page})" if finding.page else ""
    what, request = _cell(f"{finding.title}: {finding.sentence}"), _cell(finding.curl)
    return f"| {mark} | `{finding.statement}`{page} | {what} | `{request}` |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("`", "'").replace("\n", " ")
