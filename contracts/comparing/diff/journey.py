"""The journey: the questions of the check, put to two servers one after the other; the answers are held side by side.

Where both servers have a control API, each question begins in the same state at the same moment, and time stands still.
Elsewhere one leads to the next, at the pace that the limits allow, and what tells of moments is compared by its form.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from contracts.comparing.diff.comparison import Comparison
from contracts.comparing.diff.fields import STATUS
from contracts.comparing.diff.side import Side
from contracts.comparing.diff.witness import Seen, Silence
from contracts.errors import UnreachableError
from contracts.rules import rules_of
from contracts.rules.rule import Need, Rule
from contracts.rules.selection import Plan, plan
from contracts.spec.contract import Contract
from contracts.target.redaction import redacted, visible

SETUP = "setup"  # the name of what every question begins with, as reports have it

SILENCE = 3  # questions in a row that end without an answer: the server is gone
SHOWN = 200  # characters of a value that are told


def planned(contract: Contract, a: Side, b: Side, only: Sequence[str], skip: Sequence[str]) -> Plan:
    """What both can be asked. Raises TargetError as `selection.plan` does."""
    rules = [rule for rule in rules_of(contract) if rule.requests and Need.WEBHOOKS not in rule.needs]
    steered = is_steered(a, b)
    plans = []
    for side in (a, b):
        given = side.credentials if steered else replace(side.credentials, control_url=None)
        plans.append(plan(rules, given, only=only, skip=skip, may_write=side.target.may_write, wait=0))
    reasons = {rule.id: (rule, reason) for each in reversed(plans) for rule, reason in each.left_out}
    both = [rule for rule in plans[0].rules if rule.id not in reasons]
    return Plan(both, list(reasons.values()), plans[0].wanted, plans[0].missing | plans[1].missing)


def is_steered(a: Side, b: Side) -> bool:
    """Whether both servers can be put into the same state at the same moment."""
    return a.control is not None and b.control is not None


def mask_of(*sides: Side) -> Callable[[str], str]:
    """Makes of a text what may be shown: without any key of the servers, and not too long."""
    secrets = [key for side in sides for key in side.credentials.keys.values()]

    def masked(text: str) -> str:
        shown = visible(redacted(text, secrets))
        return shown if len(shown) <= SHOWN else shown[:SHOWN] + "…"

    return masked


class Journey:
    """`on_step` is told the number of questions that were put, and the last one's name."""

    def __init__(
        self, contract: Contract, a: Side, b: Side, asked: Plan, on_step: Callable[[int, str], None] = lambda *_: None
    ) -> None:
        self._contract = contract
        self._sides = (a, b)
        self._asked = asked
        self._on_step = on_step
        self._refused: set[str] = set()  # rules that were answered with two statuses: others build on them
        self._silent = dict.fromkeys(self._sides, 0)
        self.incomplete = ""
        self.comparison = Comparison(contract, mask_of(a, b))

    def go(self) -> Comparison:
        """Raises UnreachableError where one of the two does not answer."""
        a, b = self._sides
        with a.kept(), b.kept():
            if is_steered(a, b):
                moment = max(a.stop(), b.stop())
                for side in self._sides:
                    side.stop(moment)
                    side.begin_at(moment)
            elif a.control is not None:
                a.follow(b)
            else:
                b.follow(a)
            self.comparison.left_out += [(rule.id, reason) for rule, reason in self._asked.left_out]
            try:
                self._put(None)
                for number, rule in enumerate(self._asked.rules, 1):
                    self._put(rule)
                    self._on_step(number, rule.id)
            except KeyboardInterrupt:
                self.incomplete = "it was interrupted"
        if any(side.target.left is not None and side.target.left <= 0 for side in self._sides):
            self.incomplete = "the budget of --max-requests is spent"
        return self.comparison

    def _put(self, rule: Rule | None) -> None:
        name = rule.id if rule else SETUP
        base = next((base.id for base in rule.builds_on if base.id in self._refused), None) if rule else None
        if base is not None:
            self._refused.add(name)
            self.comparison.left_out.append((name, f"it builds on {base}, in which the two have different statuses"))
            return
        (seen, reason), (others, other_reason) = (self._visit(side, rule) for side in self._sides)
        self._compare(name, rule.statement if rule else "", seen, others)
        if reason or other_reason:
            self.comparison.left_out.append((name, reason or other_reason))

    def _visit(self, side: Side, rule: Rule | None) -> tuple[Sequence[Seen], str]:
        seen, reason = side.visit(rule)
        if seen:
            self._silent[side] = self._silent[side] + 1 if isinstance(seen[-1], Silence) else 0
        if self._silent[side] >= SILENCE:
            raise UnreachableError(f"{side.credentials.url} no longer answers")
        return seen, reason

    def _compare(self, name: str, about: str, seen: Sequence[Seen], others: Sequence[Seen]) -> None:
        """As far as the two were asked the same: what one answers may lead elsewhere."""
        a, b = self._sides
        for one, other in zip(seen, others, strict=False):
            asked = a.question(one)
            if asked != b.question(other):
                break
            fields, others_fields = a.fields(one), b.fields(other)
            self.comparison.add(name, about, asked, (one, fields), (other, others_fields))
            if fields[STATUS] != others_fields[STATUS]:
                self._refused.add(name)
