"""check.md: the summary that a CI system shows on its page."""

from contracts.verdicts import Finding, Severity, Verdicts

ACTIVE = frozenset("&<>[]()!*_`|~#\\$:")  # what Markdown, and what is allowed in it, may take for more than a letter


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
        lines += ["**Not canceled:**", "", *(f"- {_cell(line)}" for line in verdicts.left_behind), ""]
    lines.append(f"A {verdicts.fail_on} or worse fails the check.")
    return "\n".join(lines) + "\n"


def _row(finding: Finding) -> str:
    mark = "accepted" if finding.accepted else str(finding.severity)
    page = f" ({finding.page})" if finding.page else ""
    what = _cell(f"{finding.title}: {finding.sentence}")
    lines = "<br>".join(f"<code>{_plain(line)}</code>" for line in finding.lines)
    return f"| {mark} | `{finding.statement}`{page} | {what} | {lines} |"


def _cell(text: str) -> str:
    """A server's words as words: no HTML, no link, no image, no mention, and no end of the cell."""
    return _plain(text).replace("@", "@\u200b")


def _plain(text: str) -> str:
    """The same letters, and nothing that they could mean; for code, in which nobody is mentioned."""
    letters = (f"&#{ord(char)};" if char in ACTIVE else char for char in text.replace("\n", " "))
    return "".join(letters).replace("www.", "&#119;ww.")
