"""Learning what a server does where nobody documented it: after a check, from what it found.

A statement that is open (not documented) and does not hold is explained by another answer of `x-readings`, or by a
value that is found by asking (`learn_values.py`). Each explanation is a hypothesis: the contract is amended by it, and
the rules of the statement are asked again, with what they build on. One that leaves them content is learnt; where
several do, or none, the statement is named as not observable, never guessed: of several that fit in the end, where the
contract's own does not, the first is taken without its name, as nobody sees which it is. What was learnt holds for the
rest: in rounds, until nothing more is learnt, all that did not pass is asked again under it.

What contradicts the user's contract stays a finding. Only what followed from that, and holds under what was learnt, is
none any more.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from contracts.comparing.learn_limits import COUNTING
from contracts.comparing.learn_trials import Trials
from contracts.comparing.learn_values import Search
from contracts.rules.rule import Rule
from contracts.run.run import Run
from contracts.spec.contract import Contract
from contracts.spec.observed import Learnt, Observed, named, origin
from contracts.spec.readings import Question, questions_of
from contracts.verdicts import Finding

UNEXPLAINED = "no answer of x-readings, and no value, explains what was seen"
Tell = Callable[[str], None]


def learn(run: Run, rules_of: Callable[[Contract], Sequence[Rule]], day: str, tell: Tell = lambda _: None) -> Learnt:
    """From a run that is through, which is amended by what came out when it was asked again.

    `rules_of` makes the rules of a contract; `tell` is told of everything that is learnt, in a line.
    """
    learner = _Learner(run, rules_of, tell)
    learner.rounds()
    learner.amend_run()
    server = origin(run.check.credentials.url)
    return Learnt(server, day, tuple(learner.observed), learner.not_observable())


class _Learner:
    def __init__(self, run: Run, rules_of: Callable[[Contract], Sequence[Rule]], tell: Tell) -> None:
        self._run = run
        self._tell = tell
        self._contract = run.check.contract
        self._trials = Trials(run, rules_of)
        self._first = list(run.findings)
        self._explained: dict[str, str] = {}  # statements, with what was learnt from them
        self._measured: set[str] = set()  # statements that are as the contract has them, though no rule can tell
        self._tried: dict[str, str] = {}  # why a statement could not be told
        self._alike: dict[str, Observed] = {}  # the first of answers that fit a broken statement equally well
        self._taken: dict[str, str] = {}  # statements of which one of those was taken, and why no more is known
        self._questions: dict[str, list[Question]] = {}
        for question in questions_of(self._contract.document, amended=True).values():
            self._questions.setdefault(question.statement.id, []).append(question)

    @property
    def observed(self) -> Sequence[Observed]:
        return self._trials.learnt

    def rounds(self) -> None:
        """What is broken first; what could not be asked only where that leads no further, limits only when it is known
        what else is said of them."""
        while not self._trials.over:
            for statements in self._phases():
                if sum(self._learn(statement) for statement in statements):  # each of them
                    break
            else:
                if not self._take_one():
                    return
            self._trials.ask_again()

    def _phases(self) -> Iterator[Sequence[str]]:
        for measured in (False, True):
            for statements in (self._broken(), self._not_told(measured)):
                yield [one for one in statements if self._search(one).measures is measured]

    def _learn(self, statement: str) -> bool:
        """Whether more is known now."""
        if self._trials.over:
            return False
        before = len(self._measured)
        with self._run.check.undone():
            found = self._explanation(statement)
        if found is not None:
            self._adopt(statement, found)
        return found is not None or len(self._measured) > before

    def _adopt(self, statement: str, found: Observed) -> None:
        self._trials.adopt(found)
        self._explained[statement] = str(found)
        self._tell(f"learnt {found}")

    def _take_one(self) -> bool:
        """Of answers that cannot be told apart the first, for one statement: the contract's own is none of them."""
        for statement in self._broken():
            if (one := self._alike.get(statement)) is not None and not self._is_settled(statement):
                seen = f"as if {one.seen}; {self._tried[statement]}"
                self._taken[statement] = self._tried[statement]
                self._adopt(statement, Observed(statement, seen, one.actions))
                return True
        return False

    def _explanation(self, statement: str) -> Observed | None:
        """The one answer under which the rules of the statement pass; else the first value that is found to do it.

        A limit is measured instead, which tells more than whether rules pass.
        """
        search, accusers = self._search(statement), self._trials.accusers(statement)
        self._alike.pop(statement, None)
        if search.measures:
            return self._limit(statement, search, accusers)
        fitting = [answer for answer in self._answers(statement) if self._holds(answer, statement)]
        if fitting and self._trials.holds_by_now(statement):
            return None
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            names = ", ".join(str(one.answer) for one in fitting)
            self._tried[statement] = f"what the server does fits several answers: {names}"
            self._alike[statement] = fitting[0]
            return None
        for value in search.values(accusers) if statement not in self._explained else ():
            if self._holds(value, statement):
                return self._news(value)
        self._tried[statement] = search.reason or UNEXPLAINED
        return None

    def _limit(self, statement: str, search: Search, accusers: Sequence[Rule]) -> Observed | None:
        """What was measured of it, or the answer that admits and refuses like the server."""
        if self._trials.is_asked(COUNTING) and not self._is_told(COUNTING):
            self._tried[statement] = "how the server counts requests could not be told, and so not how many it admits"
            return self._limit_at_all(statement, search)
        for value in search.values(accusers) if statement not in self._explained else ():
            if search.confirms(self._trials.under(value)):
                return self._news(value)
        for absent in self._answers(statement, taking_it_away=True) if accusers else ():
            if search.is_absent():
                return absent
            if search.is_hidden:
                self._alike[statement] = absent
        self._tried[statement] = search.reason or UNEXPLAINED
        return self._limit_at_all(statement, search)

    def _limit_at_all(self, statement: str, search: Search) -> Observed | None:
        """The answer that can be told without what is left after each request: by what is admitted alone."""
        if search.is_limited_by(self._trials.contract):
            self._measured.add(statement)
            return None
        answers, absent = self._answers(statement), list(self._answers(statement, taking_it_away=True))
        fitting = [answer for answer in answers if search.is_limited_by(self._trials.under(answer))]
        if not fitting and absent and search.is_absent():
            fitting = absent
        return fitting[0] if len(fitting) == 1 else None

    def _search(self, statement: str) -> Search:
        return Search(self._run.check, self._trials.contract, statement, self._is_told)

    def _holds(self, candidate: Observed, statement: str) -> bool:
        """What it says must be seen to hold; the statement that led to it need not be one to be asked any more."""
        if candidate.statement == statement:
            return self._trials.holds(candidate, statement)
        return self._trials.holds(candidate, candidate.statement) and self._trials.holds(
            candidate, statement, seen=False
        )

    def _news(self, value: Observed) -> Observed | None:
        """The value, or the answer that says the same; None where the contract does."""
        contract = self._trials.under(value)
        if contract is None or contract.document == self._trials.contract.document:
            self._measured.add(value.statement)
            return None
        return named(self._trials.contract.document, value)

    def _is_told(self, statement: str) -> bool:
        """Whether what the contract says of it by now is what the server does, or is documented."""
        return not self._is_open(statement) or self._is_settled(statement) or self._trials.is_passed(statement)

    def _is_settled(self, statement: str) -> bool:
        return statement in self._measured or any(one.statement == statement for one in self.observed)

    def _answers(self, statement: str, *, taking_it_away: bool = False) -> Iterator[Observed]:
        """Those under which the statement is still one, and can be asked, or those under which it is none.

        What is no question itself may follow from one about the same matter.
        """
        learnt = {one.question for one in self.observed}
        kin = (
            question
            for name, asked in self._questions.items()
            if _matter(name) == _matter(statement)
            for question in asked
        )
        for question in self._questions.get(statement, kin):
            for answer in question.answers.values() if question.id not in learnt else ():
                candidate = Observed(question.statement.id, answer.summary, answer.actions, question.id, answer.name)
                contract = self._trials.under(candidate)
                if contract is not None and (statement not in contract.statements) is taking_it_away:
                    yield candidate

    def _broken(self) -> list[str]:
        """Open statements that do not hold, the questions in their order first: later ones may stand on earlier."""
        broken = {finding.statement for finding in self._trials.findings}
        ordered = [*(name for name in self._questions if name in broken), *sorted(broken - self._questions.keys())]
        return [name for name in ordered if self._is_open(name)]

    def _not_told(self, measured: bool) -> list[str]:
        """In question, and not answered by any rule: of limits by each: one alone does not tell the number."""
        asked = (name for name in self._questions if self._is_open(name) and self._trials.is_asked(name))
        is_known = self._trials.is_passed if measured else lambda name: not self._trials.why_untold(name)
        return [name for name in asked if not self._is_settled(name) and not is_known(name)]

    def _is_open(self, statement: str) -> bool:
        provenance = self._contract.statements.get(statement)
        return provenance is not None and provenance.level != "documented"

    def not_observable(self) -> Mapping[str, str]:
        """By statement: what was seen to be otherwise and is not explained, or is in question and was not told."""
        reasons = dict(self._taken)
        for statement in dict.fromkeys([*self._questions, *(finding.statement for finding in self._trials.findings)]):
            if not self._is_open(statement):
                continue
            finding = next((one for one in self._trials.findings if one.statement == statement), None)
            if finding is not None:
                reasons[statement] = f"{self._tried.get(statement, self._trials.over)} (the server {finding.seen})"
            elif not self._is_settled(statement) and (unsure := self._trials.why_not_sure(statement)):
                reasons[statement] = unsure
        return reasons

    def amend_run(self) -> None:
        """By what was asked again."""
        run, learnt = self._run, {*self._explained, *(one.statement for one in self.observed)}
        kept = [replace(finding, blocks=()) for finding in self._first if finding.statement in learnt]
        accusing = {finding.rule for finding in kept}
        known = {(finding.rule, finding.statement) for finding in kept}
        later = [one for one in self._trials.findings if (one.rule, one.statement) not in known]
        run.findings = [*kept, *(self._as_first(finding) for finding in later)]
        run.results |= {name: result for name, result in self._trials.results.items() if name not in accusing}
        if self._trials.interrupted:
            run.end(self._trials.over)

    def _as_first(self, finding: Finding) -> Finding:
        """With what else could not be asked: only what was asked again is known to a later round."""
        return next(
            (one for one in self._first if (one.rule, one.statement) == (finding.rule, finding.statement)), finding
        )


def _matter(statement: str) -> str:
    """What it is about: `limits` of `limits.window_start`."""
    return statement.partition(".")[0]
