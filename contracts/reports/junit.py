"""check.junit.xml: a suite for each topic, a case for each rule.

A finding fails its case when it fails the check; a lesser one, or an accepted one, stands in the case's output.
"""

from collections.abc import Sequence
from itertools import groupby
from xml.etree import ElementTree

from contracts.verdicts import Finding, RuleResult, Severity, Verdicts


def render(verdicts: Verdicts) -> str:
    root = ElementTree.Element("testsuites")
    results = sorted(verdicts.rules, key=_topic)
    for topic, group in groupby(results, key=_topic):
        rules = list(group)
        cases = [_case(topic, rule, _findings(verdicts, rule), verdicts.fail_on) for rule in rules]
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=f"kordkit check: {topic}",
            tests=str(len(cases)),
            failures=str(sum(case.find("failure") is not None for case in cases)),
            errors=str(sum(case.find("error") is not None for case in cases)),
            skipped=str(sum(case.find("skipped") is not None for case in cases)),
            time=f"{sum(rule.seconds for rule in rules):.3f}",
        )
        suite.extend(cases)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _case(topic: str, rule: RuleResult, findings: Sequence[Finding], fail_on: Severity) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase", classname=f"kordkit.{topic}", name=_clean(f"{rule.id}: {rule.title}"), time=f"{rule.seconds:.3f}"
    )
    if rule.outcome in {"not run", "unsettled"}:
        ElementTree.SubElement(case, "skipped").text = _clean(f"{rule.outcome}: {rule.reason}")
    if rule.outcome == "error":
        ElementTree.SubElement(case, "error", type="kordkit", message=_clean(rule.reason))
    lesser = []
    for finding in findings:
        if finding.severity >= fail_on and finding.accepted is None:
            failure = ElementTree.SubElement(
                case, "failure", type=f"{finding.severity} {finding.statement}", message=_clean(finding.sentence)
            )
            failure.text = _clean(_text(finding))
        else:
            lesser.append(_text(finding))
    if lesser:
        ElementTree.SubElement(case, "system-out").text = _clean("\n\n".join(lesser))
    return case


def _findings(verdicts: Verdicts, rule: RuleResult) -> list[Finding]:
    return [finding for finding in verdicts.findings if finding.rule == rule.id]


def _text(finding: Finding) -> str:
    lines = [f"{finding.severity} {finding.statement}", finding.sentence]
    lines += [f"documented on {finding.page}"] if finding.page else []
    lines += [f"accepted {finding.accepted}"] if finding.accepted else []
    return "\n".join([*lines, *finding.lines])


def _topic(rule: RuleResult) -> str:
    return rule.id.partition(".")[0]


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(c if c in "\t\n\r" or 0x20 <= ord(c) < 0xD800 or 0xE000 <= ord(c) < 0xFFFE else "�" for c in text)
