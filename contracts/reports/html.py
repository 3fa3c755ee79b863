"""check.html: one file, to be sent to those who own the server. It needs no network and no script."""

from functools import cache
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from contracts.verdicts import Severity, Verdicts


def render(verdicts: Verdicts) -> str:
    results = sorted(verdicts.rules, key=lambda rule: rule.id.partition(".")[0])
    return _template().render(
        verdicts=verdicts,
        counts={str(severity): verdicts.count(severity) for severity in sorted(Severity, reverse=True)},
        findings=[finding for finding in verdicts.findings if finding.accepted is None],
        accepted=[finding for finding in verdicts.findings if finding.accepted is not None],
        not_run=verdicts.reasons(),
        topics=[(topic, list(group)) for topic, group in groupby(results, key=lambda rule: rule.id.partition(".")[0])],
        coverage={name: verdicts.coverage.of(name) for name in verdicts.coverage.cells},
        missing={
            name: [cell for cell, covered in cells.items() if not covered]
            for name, cells in verdicts.coverage.cells.items()
        },
        levels=verdicts.statements,
    )


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("check.html.j2")
