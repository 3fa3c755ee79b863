"""What a check found, as plain values: every report is a function of one Verdicts, and nothing else."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Literal

from contracts.spec.contract import Level
from contracts.spec.document import SHIPPED
from contracts.spec.observed import Learnt

BUILT_UPON = "what they build on does not hold, or could not be found out"
Outcome = Literal["passed", "broken", "unsettled", "not run", "error"]
ASKED: frozenset[Outcome] = frozenset({"passed", "broken"})  # the statement was put to the test, and settled


class Severity(IntEnum):
    """How bad it is that a statement is broken: as bad as the statement is sure.

    What was observed is surer than what was inferred, and still nobody's promise: where a server does otherwise now, it
    has changed, or is another one.
    """

    NOTE = 1
    WARNING = 2
    FAILURE = 3

    @classmethod
    def of(cls, level: Level) -> "Severity":
        return {"documented": cls.FAILURE, "inferred": cls.WARNING, "observed": cls.WARNING, "assumed": cls.NOTE}[level]

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken statement. `curl` is a line that sends the request again; it names keys, and holds none. `steps` are
    the lines of all that led there, that one included, where it took more than one request.

    `blocks` are the ids of rules that could not run because of it; `accepted` says until when the baseline accepts it.
    """

    statement: str
    rule: str
    title: str
    severity: Severity
    operation: str
    expected: str
    seen: str
    page: str | None
    curl: str
    blocks: tuple[str, ...] = ()
    accepted: str | None = None
    steps: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """For curl, in their order."""
        return self.steps or ((self.curl,) if self.curl else ())

    @property
    def sentence(self) -> str:
        if self.severity is Severity.NOTE:
            return f"the server {self.seen}; the contract assumes: {self.expected}"
        return f"expected {self.expected}; the server {self.seen}"


@dataclass(frozen=True, slots=True)
class RuleResult:
    """`reason` says why it was not run or stayed unsettled, or what went wrong in kordkit itself (`error`). `requests`
    counts what was sent for it, `seconds` how long it took."""

    id: str
    statement: str
    title: str
    outcome: Outcome
    reason: str = ""
    requests: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Coverage:
    """`cells` maps a dimension to its cells, each covered or not: `{"statuses": {"getOrganization 200": True}}`."""

    cells: Mapping[str, Mapping[str, bool]]

    @property
    def percent(self) -> float:
        every = [covered for dimension in self.cells.values() for covered in dimension.values()]
        return 100 * sum(every) / len(every) if every else 0.0

    def of(self, dimension: str) -> tuple[int, int]:
        """How many of its cells are covered, and how many there are."""
        cells = self.cells[dimension].values()
        return sum(cells), len(cells)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """`wanted` are the ids of the rules that the user asked for, the others only stand below these.
    `seconds_moved`: how far the server's clock was moved. `left_behind`: bookings that could not be canceled.

    `incomplete` says why a run ended before all that was chosen had been tested ("" when it did not).
    `document` is the file that makes the statements.
    `allow_unsettled`: documented rules that were asked and stayed unsettled make it no less complete.
    `learnt`: what the server does otherwise where nobody documented it; None where that was not asked.
    """

    target: str
    contract: str
    seed: int
    findings: Sequence[Finding]
    rules: Sequence[RuleResult]
    coverage: Coverage
    requests: int
    seconds: float
    seconds_moved: int = 0
    incomplete: str = ""
    wanted: frozenset[str] = frozenset()
    left_behind: Sequence[str] = ()
    fail_on: Severity = Severity.FAILURE
    min_coverage: float | None = None
    allow_unsettled: bool = False
    document: Path = SHIPPED
    statements: Mapping[str, Level] = field(default_factory=dict)
    learnt: Learnt | None = None

    def count(self, severity: Severity) -> int:
        """Findings of that severity that the baseline does not accept."""
        return sum(finding.severity is severity and finding.accepted is None for finding in self.findings)

    def reasons(self) -> Mapping[str, int]:
        """Why rules were not run, and how many for each reason, most first; what only builds on others is one."""
        told = (rule.reason for rule in self.rules if rule.outcome in {"not run", "error"})
        counted = Counter(BUILT_UPON if reason.startswith("it builds on ") else reason for reason in told)
        return dict(counted.most_common())

    def outcomes(self, outcome: Outcome) -> int:
        return sum(rule.outcome == outcome for rule in self.rules)

    @property
    def chosen(self) -> Sequence[RuleResult]:
        """The rules that the user asked for."""
        return [rule for rule in self.rules if rule.id in self.wanted]

    @property
    def asked(self) -> int:
        """How many of the chosen ones were put to the server, settled or not."""
        return sum(rule.outcome in {*ASKED, "unsettled"} for rule in self.chosen)

    @property
    def share(self) -> str:
        """What every verdict is told with: "asked 86 of 302 rules"."""
        return f"asked {self.asked} of {len(self.chosen)} rules"

    @property
    def unsettled(self) -> Sequence[RuleResult]:
        """Asked, and settled neither way; the documented ones first."""
        found = (rule for rule in self.rules if rule.outcome == "unsettled")
        return sorted(found, key=lambda rule: not self._is_documented(rule))

    @property
    def because(self) -> str:
        """Why it is incomplete; "" where it is not, or where that speaks for itself."""
        if self.incomplete or not self._is_open:
            return self.incomplete
        count = sum(map(self._is_documented, self.unsettled))
        rules = "1 documented rule was" if count == 1 else f"{count} documented rules were"
        return f"{rules} asked and stayed unsettled (--allow-unsettled lets that pass)"

    @property
    def is_covered(self) -> bool:
        return self.min_coverage is None or self.coverage.percent >= self.min_coverage

    @property
    def exit_code(self) -> int:
        """0 passed, 1 something was found, 4 incomplete. What was found outranks what was not tested."""
        found = any(finding.severity >= self.fail_on and finding.accepted is None for finding in self.findings)
        if found or not self.is_covered or self.left_behind:
            return 1
        tested = any(rule.outcome in ASKED for rule in self.chosen)
        return 0 if tested and not self.incomplete and not self._is_open else 4

    @property
    def headline(self) -> str:
        """One line that says how it ended."""
        if self.exit_code == 4:
            return "The check is incomplete"
        if self.exit_code == 0:
            if self.findings:
                return "Nothing that fails the check"
            most = 2 * sum(rule.outcome in ASKED for rule in self.chosen) > len(self.chosen)
            return "The server keeps the contract" if most else "What was asked holds, and most was not asked"
        if any(finding.accepted is None for finding in self.findings):
            return "The server breaks the contract"
        return "Bookings were left behind" if self.left_behind else "Too little of the contract was covered"

    @property
    def _is_open(self) -> bool:
        """Whether a documented rule stayed unsettled, and must not."""
        return not self.allow_unsettled and any(map(self._is_documented, self.unsettled))

    def _is_documented(self, rule: RuleResult) -> bool:
        return self.statements.get(rule.statement) == "documented"
