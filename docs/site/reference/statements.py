"""Every statement of the contract, with how sure it is and who holds servers to it."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from contracts.lint.finding import place
from contracts.rules import rules_of
from contracts.spec.contract import Contract
from contracts.spec.document import walk
from contracts.spec.provenance import Provenance, provenance_of
from docs.site.markdown import anchor, code, prose, table

INTRODUCTION = """# Statements

{count} statements: {levels}. *Documented*: a page of the API's documentation says so. *Inferred*: it follows from
what a page shows. *Assumed*: the documentation is silent, and this is what we decided: [why](../assumptions.md).
"""


def page() -> str:
    contract = Contract.load()
    asked: defaultdict[str, list[str]] = defaultdict(list)
    for rule in rules_of(contract):
        asked[rule.statement].append(f"[{rule.id}](rules.md#{anchor(rule.topic)})")
    subjects: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    levels: defaultdict[str, int] = defaultdict(int)
    for path, node in walk(contract.document):
        if "x-provenance" not in node:
            continue
        stated = provenance_of(node)
        levels[stated.level] += 1
        by = ", ".join(asked[stated.id]) or contract.untested.get(stated.id, "")
        subjects[stated.id.partition(".")[0]].append(_cells(path, node, stated, by))
    told = ", ".join(f"{count} {level}" for level, count in levels.items())
    sections = [
        f"## {subject}\n\n" + table(("statement", "says", "level", "asked by"), rows)
        for subject, rows in sorted(subjects.items())
    ]
    return "\n".join([INTRODUCTION.format(count=sum(levels.values()), levels=told), *sections])


def _cells(path: tuple[str | int, ...], node: Mapping[str, Any], stated: Provenance, by: str) -> tuple[str, ...]:
    return code(stated.id), _said(path, node), ": ".join([stated.level, *([stated.page] if stated.page else [])]), by


def _said(path: tuple[str | int, ...], node: Mapping[str, Any]) -> str:
    """The value or the sentence that the statement is about, else the place where it stands."""
    for name in ("value", "detail", "summary", "description", "limit"):
        if name in node:
            return prose(node[name]) if name in ("summary", "description") else code(node[name])
    return code(place(path))
