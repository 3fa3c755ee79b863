"""What `kordkit run --readings` found, for people and for programs: each form is a function of the same values."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from mockserver.running.beside import write
from mockserver.running.experiment import Dependency, Findings
from mockserver.wiring.readings import Question, Reading

LINES = 12  # of a failing command's output that a terminal is shown
_UNPRINTABLE = {code: "�" for code in (*range(0x20), 0xFFFE, 0xFFFF) if chr(code) not in "\t\n\r"}  # XML has none


@dataclass(frozen=True, slots=True)
class Report:
    """`count` is how many readings were wished for beside reading 0."""

    command: Sequence[str]
    exit_code: int
    count: int
    findings: Findings
    questions: Mapping[str, Question]
    advice: Sequence[Mapping[str, Any]] | None

    def write(self, folder: Path) -> None:
        """Raises OSError."""
        write(folder / "run.json", self.json())
        (folder / "run.md").write_text(self.markdown(), encoding="utf-8")
        (folder / "run.junit.xml").write_text(self.junit(), encoding="utf-8")

    def json(self) -> dict[str, Any]:
        told = {
            "command": list(self.command),
            "exit_code": self.exit_code,
            "readings": [
                {
                    "number": reading.number,
                    "answers": dict(reading.answers),
                    "exit_code": attempt.exit_code,
                    "seconds": attempt.seconds,
                }
                for reading, attempt in self.findings.tried
            ],
            "depends_on": [
                {
                    **self._statement(name),
                    "answer": answer,
                    "with": {other: said for other, said in dependency.answers.items() if other != name},
                    "output": dependency.output,
                }
                for dependency in self.findings.dependencies
                for name, answer in dependency.answers.items()
            ],
            "runs": self.findings.runs,
            "incomplete": self.findings.incomplete or None,
            "flaky": self.findings.flaky or None,
        }
        return told if self.advice is None else {**told, "advice": self.advice}

    def terminal(self) -> str:
        lines = [self.headline, ""]
        if self.findings.fails_as_shipped:
            lines += [*_indented(self.findings.tried[0][1].output, LINES), ""]
        if self.findings.dependencies:
            lines += ["Your client depends on:", ""]
        for dependency in self.findings.dependencies:
            for name, answer in dependency.answers.items():
                lines += [
                    f"  {self._sentence(name)}",
                    f"    it fails with {name}={answer}: {self._summary(name, answer)}",
                ]
            lines += [f"    try it: {self._again(dependency)}", *_indented(dependency.output, LINES), ""]
        lines += [f"{sentence}." for sentence in self._reservations()]
        return "\n".join(lines).rstrip()

    def markdown(self) -> str:
        lines = [f"## {self.headline}", "", f"`{_plain(shlex.join(self.command))}`, {self.findings.runs} runs.", ""]
        if self.findings.dependencies:
            lines += ["| your client depends on | it fails if | level | page |", "|---|---|---|---|"]
        for dependency in self.findings.dependencies:
            for name, answer in dependency.answers.items():
                statement = self._statement(name)
                fails = f"{_plain(self._summary(name, answer))} (`{name}={answer}`)"
                cells = [
                    f"`{name}`: {_plain(statement['assumed'])}",
                    fails,
                    statement["level"],
                    statement["page"] or "",
                ]
                lines.append(f"| {' | '.join(cells)} |")
        lines += ["", *(f"{_plain(sentence)}.\n" for sentence in self._reservations())]
        for dependency in self.findings.dependencies:
            said = dependency.output.replace("```", "` ` `").strip()
            lines += [
                f"### {' and '.join(dependency.answers)}",
                "",
                "```text",
                said,
                "```",
                "",
                self._again(dependency),
                "",
            ]
        return "\n".join(lines).rstrip() + "\n"

    def junit(self) -> str:
        """A case for each reading; one that failed names what the command depends on there."""
        tried, failed = self.findings.tried, self.findings.failed
        root = ElementTree.Element("testsuites")
        counts = {"name": "kordkit run: readings", "tests": str(len(tried)), "failures": str(len(failed))}
        suite = ElementTree.SubElement(root, "testsuite", counts)
        for reading, attempt in tried:
            case = ElementTree.SubElement(
                suite, "testcase", classname="kordkit.run", name=f"reading {reading}", time=f"{attempt.seconds:.3f}"
            )
            if attempt.failed:
                message = (
                    f"exit code {attempt.exit_code}; {'; '.join(self._blamed(reading)) or 'nothing can be blamed'}"
                )
                failure = ElementTree.SubElement(case, "failure", message=message.translate(_UNPRINTABLE))
                failure.text = attempt.output.translate(_UNPRINTABLE)
        ElementTree.indent(root)
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"

    @property
    def headline(self) -> str:
        tried, failed = len(self.findings.tried) - 1, len(self.findings.failed)
        if self.findings.fails_as_shipped or self.findings.flaky:
            return "Nothing can be said: " + (self.findings.flaky or "the command fails under reading 0 already")
        if failed:
            return f"The command fails under {failed} of {_readings(tried)}"
        if tried < 1:
            return "Nothing can be said: no reading was tried"
        return f"The command passes under {_readings(tried)}, and as the contract is shipped"

    def _reservations(self) -> Iterator[str]:
        tried = len(self.findings.tried) - 1
        if self.findings.incomplete:
            yield f"Incomplete: {self.findings.incomplete}; {max(0, tried)} of {_readings(self.count)} were tried"
        elif self.findings.failed and not self.findings.dependencies and not self.findings.flaky and tried > 0:
            yield "No answer could be blamed"

    def _blamed(self, reading: Reading) -> Iterator[str]:
        for dependency in self.findings.dependencies:
            if dependency.answers.keys() <= reading.answers.keys():
                yield from map(self._sentence, dependency.answers)

    def _sentence(self, name: str) -> str:
        statement = self._statement(name)
        where = ", ".join(filter(None, (statement["level"], statement["page"])))
        return f"{name}: {statement['assumed']} ({where})"

    def _statement(self, name: str) -> dict[str, Any]:
        question = self.questions[name]
        told = question.statement
        return {"statement": name, "level": told.level, "page": told.page, "assumed": question.assumed}

    def _summary(self, name: str, answer: str) -> str:
        return self.questions[name].answers[answer].summary

    def _again(self, dependency: Dependency) -> str:
        answers = Reading(None, dependency.answers)
        return f"kordkit run --reading {shlex.quote(str(answers))} -- {shlex.join(self.command)}"


def _readings(count: int) -> str:
    return f"{count} reading" if count == 1 else f"{count} readings"


def _indented(output: str, lines: int) -> list[str]:
    said = output.rstrip().splitlines()
    return [f"    | {line}" for line in said[-lines:]]


def _plain(text: str) -> str:
    """No end of a cell, and no code of its own."""
    return text.replace("|", "\\|").replace("`", "'").replace("\n", " ")
