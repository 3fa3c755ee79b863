"""A check from plan to verdicts: asks each rule in its order, cleans up, puts the clock back."""

import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from contracts.errors import ContractError, TargetError, UnreachableError
from contracts.exchange import Answer, Request, variable
from contracts.harness.check import Check
from contracts.harness.clean_up import CleanUp
from contracts.outcome import Broken, BudgetError, NotRunError, UnsettledError
from contracts.rules.rule import Rule, dependents
from contracts.rules.selection import Plan
from contracts.target.client import UnansweredError
from contracts.target.clock import monotonic
from contracts.target.redaction import redacted, visible
from contracts.verdicts import Finding, Outcome, RuleResult, Severity

STEPS = 12  # lines for curl of one finding at most
SILENCE = 3  # requests in a row without an answer: the server is gone


class Run:
    """`on_result` is told of every rule that is done: (how many are done, of how many, the result)."""

    def __init__(
        self, check: Check, plan: Plan, on_result: Callable[[int, int, RuleResult], None] = lambda *_: None
    ) -> None:
        self.check = check
        self.plan = plan
        self.results: dict[str, RuleResult] = {}
        self.findings: list[Finding] = []
        self.incomplete = ""
        self.left_behind: list[str] = []
        self._silent = 0
        self._first = 0  # number of the answer that the rule in hand got first
        self._ended = False
        self._on_result = on_result
        self._below = dependents(plan.rules)

    def rules(self) -> None:
        """Asks every rule of the plan. Ctrl-C, a spent budget and a server that is gone end it early, and no more."""
        for rule, reason in self.plan.left_out:
            self._done(self._result(rule, "not run", reason))
        try:
            for rule in self.plan.rules:
                if self._ended:
                    break
                self._done(self._asked(rule))
        except KeyboardInterrupt:
            self.end("it was interrupted")
        for rule in self.plan.rules:
            if rule.id not in self.results:
                self._done(self._result(rule, "not run", self.incomplete))

    def clean_up(self, state: bytes | None, on_step: Callable[[int, int], None] = lambda *_: None) -> None:
        """Leaves no booking of the check confirmed or pending: `state` is what the control API exported before."""
        ledger, control = self.check.ledger, self.check.control
        try:
            if control is not None and state is not None:
                control.restore(state)
                ledger.forget()
            elif not ledger.settled:
                lines = CleanUp(self.check, self.check.bookings).cancel_all(on_step)
                self.left_behind = [self._redacted(line) for line in lines]
        except UnreachableError as error:
            self._leave(str(error))
        except KeyboardInterrupt:
            self._leave("it was interrupted")
        ledger.close()

    @property
    def is_over(self) -> bool:
        """Whether it ended before its plan did."""
        return self._ended

    def end(self, reason: str) -> None:
        """What has not been asked yet never will be."""
        self.incomplete, self._ended = reason, True

    def _leave(self, reason: str) -> None:
        ledger = self.check.ledger
        self.end(reason)
        names = (*ledger.made, *ledger.intents)
        self.left_behind = [f"{name}: {reason}; kordkit check --cleanup goes on with it" for name in names]

    def _asked(self, rule: Rule) -> RuleResult:
        for base in rule.builds_on:
            found = self.results.get(base.id)
            if found is not None and found.outcome != "passed":
                told = "does not hold" if found.outcome == "broken" else "could not be found out"
                return self._result(rule, "not run", f"it builds on {base.id}, which {told}")
        left = self.check.target.left
        if left is not None and rule.requests > left and not (rule.elastic and left > 0):
            self.incomplete = self.incomplete or "the budget of --max-requests is spent, or too small for what is left"
            return self._result(rule, "not run", f"it may need {rule.requests} requests, and {left} are left")
        began, sent, self._first = monotonic(), self.check.target.sent, len(self.check.target.answers)
        outcome, reason = self._outcome(rule)
        return RuleResult(
            rule.id,
            rule.statement,
            rule.title,
            outcome,
            reason,
            self.check.target.sent - sent,
            monotonic() - began,
        )

    def _outcome(self, rule: Rule) -> tuple[Outcome, str]:
        try:
            rule.ask(self.check)
        except Broken as broken:
            self._silent = 0
            self.findings.append(self._finding(rule, broken))
            return "broken", ""
        except UnansweredError as error:
            self._mind_silence()
            self.findings.append(self._finding(rule, Broken("an answer", error.seen), error.request))
            return "broken", ""
        except ExceptionGroup as several:
            self._add_several(rule, several)
            return "broken", ""
        except BudgetError as error:
            self.incomplete = str(error)
            return "not run", str(error)
        except UnsettledError as error:
            return "unsettled", self._redacted(str(error))
        except NotRunError as error:
            return "not run", self._redacted(str(error))
        except UnreachableError as error:
            if not self.check.target.answers:
                raise
            self.end(str(error))
            return "not run", str(error)
        except TargetError as error:  # the ledger cannot be written any more
            self.end(str(error))
            return "not run", str(error)
        except ContractError:
            raise
        except Exception as error:  # a fault of ours: it must neither look like an answer nor cost the report
            self.incomplete = f"kordkit itself failed in {rule.id}"
            return "error", self._redacted(f"kordkit itself failed, please report it: {_told(error)}")
        self._silent = 0
        return "passed", ""

    def _add_several(self, rule: Rule, several: ExceptionGroup[Exception]) -> None:
        """What a topic has found of a statement before is not said again."""
        for broken in several.exceptions:
            if not isinstance(broken, Broken):
                raise several
            statement = broken.statement or rule.statement
            if not any(self._is_known(rule, statement, finding) for finding in self.findings):
                self.findings.append(self._finding(rule, broken))

    def _is_known(self, rule: Rule, statement: str, finding: Finding) -> bool:
        return finding.statement == statement and finding.rule.partition(".")[0] == rule.topic

    def _mind_silence(self) -> None:
        self._silent += 1
        if self._silent >= SILENCE:
            self.end("the server no longer answers")

    def _finding(self, rule: Rule, broken: Broken, request: Request | None = None) -> Finding:
        """`request` is the one that was not answered, where none was."""
        statement = broken.statement or rule.statement
        provenance = self.check.contract.statements[statement]
        if request is None and (answer := broken.answer or next(reversed(self.check.target.answers), None)) is not None:
            request = answer.request
        return Finding(
            statement=statement,
            rule=rule.id,
            title=rule.title,
            severity=Severity.of(provenance.level),
            operation=(request and request.operation) or "",
            expected=self._redacted(broken.expected),
            seen=self._redacted(broken.seen),
            page=provenance.page,
            curl=self._curl(request) if request else "",
            steps=self._steps(rule, request),
            blocks=self._below.get(rule.id, ()),
        )

    def _curl(self, request: Request) -> str:
        """With the variable of a key wherever the key itself was sent."""
        line = request.curl(self.check.target.key_header)
        for label, value in self.check.credentials.keys.items():
            line = line.replace(value, f"'\"${variable(label)}\"'")
        return self._redacted(line)

    def _steps(self, rule: Rule, request: Request | None) -> tuple[str, ...]:
        """Lines for all that led to a request, where that is more than it: what the rule sent, and what was sent before
        about the same booking or with the same idempotency key. Alike ones stand there once, and only the last few."""
        answers = self.check.target.answers
        numbers = [number for number, answer in enumerate(answers) if answer.request == request]
        if request is None or rule.requests == 0 or not numbers or numbers[-1] < self._first:
            return ()
        own = len(answers) if rule.elastic else self._first  # of what was generated, hardly anything belongs together
        sent = [
            answer.request
            for number, answer in enumerate(answers[: numbers[-1]])
            if number >= own or self._belongs(answer, request)
        ]
        if not sent:
            return ()
        told = []
        for line, alike in groupby(map(self._curl, [*sent, request])):
            count = len(list(alike))
            told.append(line if count == 1 else f"{line}  # {count} times")
        return tuple([f"# {len(told) - STEPS} requests before these", *told[-STEPS:]] if len(told) > STEPS else told)

    def _belongs(self, answer: Answer, request: Request) -> bool:
        header = self.check.contract.idempotency.header
        key, number = request.headers.get(header), answer.text("booking", "confirmation_number")
        return (key is not None and answer.request.headers.get(header) == key) or (
            number != "" and number in request.url
        )

    def _redacted(self, text: str) -> str:
        """As it may be shown."""
        return visible(redacted(text, self.check.credentials.keys.values()))

    def _result(self, rule: Rule, outcome: Outcome, reason: str) -> RuleResult:
        return RuleResult(rule.id, rule.statement, rule.title, outcome, reason)

    def _done(self, result: RuleResult) -> None:
        self.results[result.id] = result
        with suppress(BrokenPipeError):
            self._on_result(len(self.results), len(self.plan.rules) + len(self.plan.left_out), result)


def _told(error: Exception) -> str:
    """What it is, and the line of ours that it comes from."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{error!r} in {Path(place.filename).name}, line {place.lineno}"


def root_causes_first(findings: Sequence[Finding]) -> list[Finding]:
    """By severity, and among equals what keeps most rules from running first."""
    return sorted(findings, key=lambda finding: (-finding.severity, -len(finding.blocks), finding.statement))
