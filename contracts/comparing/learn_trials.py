"""Contracts tried on a server: which rules pass under a hypothesis, and what is known under all that was learnt."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from contracts.comparing.learn_numbers import RECENT
from contracts.errors import ContractError
from contracts.lint.readings import documented
from contracts.rules.rule import Rule
from contracts.rules.selection import Plan
from contracts.run.run import Run
from contracts.spec.contract import Contract
from contracts.spec.observed import Observed, amended
from contracts.verdicts import Finding, RuleResult


class Trials:
    """`run` is through. `results` and `findings` are the latest of each rule, under the `learnt` so far.

    Only what the run was to ask is asked again, and within its budget; `over` says why no more can be, "" as long as it
    can.
    """

    def __init__(self, run: Run, rules_of: Callable[[Contract], Sequence[Rule]]) -> None:
        self._run = run
        self._rules_of = rules_of
        self._base = run.check.contract
        self._documented = documented(self._base.document)
        self._left_out = {rule.id for rule, _ in run.plan.left_out}
        self._original = {rule.id for rule in rules_of(self._base)}
        self._latest: tuple[Observed | None, Contract | None] = (None, None)
        self._rules: tuple[Contract, Mapping[str, Rule]] = (self._base, {})
        self.contract = self._base
        self.learnt: list[Observed] = []
        self._known_before = 0  # of what was learnt, when all was asked last
        self.results: dict[str, RuleResult] = dict(run.results)
        self.findings: list[Finding] = list(run.findings)
        self.over = run.incomplete
        self.interrupted = False

    def under(self, observed: Observed) -> Contract | None:
        """The contract with that beside what was learnt; None where it makes no sense or changes what is documented."""
        if observed is not self._latest[0]:  # one is asked for several times in a row, and is too large to be kept
            self._latest = observed, self._with(observed)
        return self._latest[1]

    def _with(self, observed: Observed) -> Contract | None:
        try:
            document = amended(self._base.document, [*self.learnt, observed])
            is_lawful = documented(document) == self._documented
            return Contract.of(document, amends=self.contract) if is_lawful else None
        except ContractError:
            return None

    def holds(self, observed: Observed, statement: str, *, seen: bool = True) -> bool:
        """Whether the rules that speak of a statement have nothing against it any more, and one of them passes if it is
        to be `seen`."""
        contract = self.under(observed)
        return contract is not None and self._holds_under(contract, statement, seen)

    def holds_by_now(self, statement: str) -> bool:
        """Whether what was learnt since it was last asked about says all."""
        return len(self.learnt) > self._known_before and self._holds_under(self.contract, statement, True)

    def _holds_under(self, contract: Contract, statement: str, seen: bool) -> bool:
        rules = self._chosen(contract)
        asked = [rule for rule in rules.values() if not rule.elastic and self._speaks_of(rule, statement)]
        with_bases = self._not_passed(asked, rules)
        trial = self._asked(contract, with_bases)
        passed = not seen or any(trial.results[rule.id].outcome == "passed" for rule in asked)
        return passed and not any(finding.statement == statement for finding in trial.findings)

    def adopt(self, observed: Observed) -> None:
        contract = self.under(observed)
        assert contract is not None  # it has just been tried
        self.learnt.append(observed)
        self._latest = (None, None)  # it lacked this
        self.contract = contract
        self._run.check.adopt(contract)

    def ask_again(self) -> None:
        """All that has not passed so far, under what was learnt."""
        self._known_before = len(self.learnt)
        rules = self._chosen(self.contract)
        again = [rule for rule in rules.values() if self._outcome(rule) != "passed"]
        trial = self._asked(self.contract, again)
        asked = {rule.id for rule in again}
        self.results = trial.results
        self.findings = [
            *(one for one in self.findings if one.rule not in asked and one.rule in rules),
            *trial.findings,
        ]

    def accusers(self, statement: str) -> Sequence[Rule]:
        """The rules that found the statement broken."""
        accusing = {finding.rule for finding in self.findings if finding.statement == statement}
        return [rule for rule in self._chosen(self.contract).values() if rule.id in accusing]

    def is_passed(self, statement: str) -> bool:
        """Whether rules of it were asked, and all of them passed."""
        outcomes = {result.outcome for result in self.results.values() if result.statement == statement}
        return outcomes == {"passed"}

    def is_asked(self, statement: str) -> bool:
        """Whether a rule of it was to be asked."""
        return any(one.statement == statement and one.id not in self._left_out for one in self.results.values())

    def why_untold(self, statement: str) -> str:
        """ "" where a rule of it was answered, or none was to be asked."""
        told = [result for result in self.results.values() if result.statement == statement]
        if any(result.outcome in {"passed", "broken"} for result in told):
            return ""
        return self.why_not_sure(statement)

    def why_not_sure(self, statement: str) -> str:
        """ "" where each rule of it was answered, or none was to be asked: of one alone several answers may be true."""
        told = (result for result in self.results.values() if result.statement == statement)
        return next((result.reason for result in told if result.reason), "")

    def _chosen(self, contract: Contract) -> Mapping[str, Rule]:
        """The rules of a contract that the run was to ask, in their order, and those that stand in for one of them."""
        if not self._rules[1] or self._rules[0] is not contract:
            self._rules = contract, self._made(contract)
        return self._rules[1]

    def _made(self, contract: Contract) -> Mapping[str, Rule]:
        plan, rules = self._run.plan.rules, {rule.id: rule for rule in self._rules_of(contract)}
        statements = {rule.statement for rule in plan}
        instead = [r for r in rules.values() if r.id not in self._original and r.statement in statements]
        return {rule.id: rule for rule in [*(rules[one.id] for one in plan if one.id in rules), *instead]}

    def _speaks_of(self, rule: Rule, statement: str) -> bool:
        accused = any(one.rule == rule.id and one.statement == statement for one in self.findings)
        return accused or rule.statement == statement

    def _not_passed(self, asked: Iterable[Rule], rules: Mapping[str, Rule]) -> list[Rule]:
        """With all that they build on that has not passed so far, in their order."""
        wanted: set[str] = set()

        def want(rule: Rule) -> None:
            if rule.id not in wanted:
                wanted.add(rule.id)
                for base in rule.builds_on:
                    if self._outcome(base) != "passed":
                        want(base)

        for rule in asked:
            want(rule)
        return [rule for rule in rules.values() if rule.id in wanted]

    def _outcome(self, rule: Rule) -> str:
        known = self.results.get(rule.id)
        return known.outcome if known else ""

    def _asked(self, contract: Contract, rules: Sequence[Rule]) -> Run:
        """What the server says under a contract; afterwards the one that holds so far is asked by again."""
        check = self._run.check
        check.adopt(contract)
        trial = Run(check, Plan(rules, (), frozenset()))
        gone = {rule.id for rule in self._run.plan.rules} - self._chosen(contract).keys()
        trial.results |= {name: result for name, result in self.results.items() if name not in gone}
        with check.undone():
            check.bookings.renew(RECENT)
            trial.rules()
        check.adopt(self.contract)
        if trial.is_over:
            self.over, self.interrupted = trial.incomplete, True
        elif check.target.left is not None and check.target.left <= 0:
            self.over = trial.incomplete
        return trial
