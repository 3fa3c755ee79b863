"""Every rule of the check."""

from collections import defaultdict

from contracts.rules import rules_of
from contracts.rules.rule import READS, Rule
from contracts.spec.contract import Contract
from docs.site.markdown import code, prose, table

INTRODUCTION = """# Rules of the check

{count} rules. `kordkit check --only` and `--skip` take a rule, a topic (the part of its name before the point) or a
[statement](statements.md). A rule whose statement is *documented* finds failures, *inferred* or *observed* warnings,
*assumed* notes. In brackets stand the most requests that it sends (none: it looks at the answers that others got), and
what must be given for it beside a key and its organization.

`kordkit check --dry-run` shows which of them would be asked with your flags.
"""


def page() -> str:
    contract = Contract.load()
    topics: defaultdict[str, list[Rule]] = defaultdict(list)
    for rule in rules_of(contract):
        topics[rule.topic].append(rule)
    sections = [
        f"## {topic}\n\n"
        + table(
            ("rule", "what it asks", "statement", "level"),
            (
                (
                    code(rule.id),
                    f"{prose(rule.title)} ({_costs(rule)})",
                    code(rule.statement),
                    contract.statements[rule.statement].level,
                )
                for rule in rules
            ),
        )
        for topic, rules in topics.items()
    ]
    return "\n".join([INTRODUCTION.format(count=sum(map(len, topics.values()))), *sections])


def _costs(rule: Rule) -> str:
    """Beside what nearly every rule needs."""
    needs = sorted(need.value for need in rule.needs - READS)
    return "; ".join([str(rule.requests or "none"), *needs])
