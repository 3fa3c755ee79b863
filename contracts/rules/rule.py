"""What a rule is: one function that asks a server whether it keeps one statement of the contract.

    @rule("errors.401.revoked", "A revoked key is refused", needs={Need.REVOKED_KEY}, requests=1)
    def revoked_key(check: Check) -> None:
        check.expect_refused(check.call("getOrganization", key="revoked"), "revoked_key")

A rule that returns has passed. It raises Broken where the server does otherwise, NotRunError where it could not find
out.
A *watch* sends nothing: it looks at every answer that the other rules got.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import wraps

from contracts.harness.check import Check
from contracts.observe.watch import Watch
from contracts.outcome import Broken, NotRunError
from contracts.spec.contract import Contract
from contracts.target.client import UnansweredError


class Need(Enum):
    """What a rule cannot do without; the value is how the user gives it."""

    KEY = "--key"
    ORGANIZATION = "--org"
    PLATFORM_KEY = "--platform-key and --organization-id"
    REVOKED_KEY = "--revoked-key"
    EXPIRED_KEY = "--expired-key"
    OTHER_KEY = "--other-key"
    OTHER_ORGANIZATION = "--other-org"
    OTHER_PLATFORM_KEY = "a --target file that names a second organization with its platform key"
    WRITES = "--allow-writes"
    CONTROL = "--control"
    WEBHOOKS = "--webhooks"


READS = frozenset({Need.KEY, Need.ORGANIZATION})
WRITES = READS | {Need.WRITES}
PLATFORM = frozenset({Need.PLATFORM_KEY})


@dataclass(frozen=True, eq=False)
class Rule:
    """`ask` puts the question, which a contract leaves open `where` that is true of it. `needs` are what the user must
    give, `waits` the seconds that must pass for it (which a control API makes pass at once). It is not run unless all
    that it `builds_on` holds. `requests` is the most that it sends. A watch `follows` other rules: they are run before
    it, whatever they find. One that is `of_all` looks at what the others got that were chosen beside it, and has all
    that it follows run only where it stands alone. An `elastic` one does what it can with fewer requests."""

    id: str
    statement: str
    title: str
    ask: Callable[[Check], None]
    needs: frozenset[Need] = field(default=READS)
    builds_on: tuple[Rule, ...] = ()
    follows: tuple[Rule, ...] = ()
    of_all: bool = False
    requests: int = 1
    waits: int = 0
    elastic: bool = False
    where: Callable[[Contract], bool] = lambda _: True

    @property
    def topic(self) -> str:
        return self.id.partition(".")[0]


def rule(
    statement: str,
    title: str,
    *,
    needs: Iterable[Need] = READS,
    builds_on: Iterable[Rule] = (),
    requests: int,
    waits: int = 0,
    where: Callable[[Contract], bool] = lambda _: True,
) -> Callable[[Callable[[Check], None]], Rule]:
    """Makes a rule of a function; its id is `topic.function-name`, the topic being the file that it stands in."""

    def made(ask: Callable[[Check], None]) -> Rule:
        return Rule(
            _id(ask),
            statement,
            title,
            ask,
            frozenset(needs),
            tuple(builds_on),
            requests=requests,
            waits=waits,
            where=where,
        )

    return made


def not_by_chance(ask: Callable[[Check], None]) -> Callable[[Check], None]:
    """Of a rule that compares slots at two moments: it is asked once more, about another slot, before it says that a
    server is broken. Others may be booking too."""

    @wraps(ask)
    def asked(check: Check) -> None:
        try:
            ask(check)
        except (Broken, UnansweredError) as broken:
            try:
                ask(check)
            except NotRunError:
                raise broken from None

    return asked


def watch(
    identity: str, title: str, watched: Watch, *, follows: Iterable[Rule], builds_on: Iterable[Rule] = ()
) -> Rule:
    """Makes a rule of a watch: it is asked of every answer so far that it concerns."""

    def ask(check: Check) -> None:
        seen = [answer for answer in check.target.answers if watched.concerns(check.contract, answer)]
        if not seen:
            raise NotRunError("the server gave no answer of the kind that it judges")
        for answer in seen:
            breach = watched.judge(check.contract, answer)
            if breach is not None:
                raise Broken(breach.expected, breach.seen, answer)

    return Rule(
        identity, watched.statement, title, ask, frozenset(), tuple(builds_on), follows=tuple(follows), requests=0
    )


def _id(function: Callable[..., None]) -> str:
    topic = function.__module__.rpartition(".")[2]
    return f"{topic}.{function.__name__.replace('_', '-')}"


def in_order(chosen: Iterable[Rule]) -> list[Rule]:
    """The rules with all that they build on or follow, each after those, watches last."""
    ordered: dict[str, Rule] = {}
    wanted = list(chosen)
    alone = all(one.of_all for one in wanted)

    def place(one: Rule) -> None:
        if one.id not in ordered:
            for base in (*one.builds_on, *(one.follows if alone or not one.of_all else ())):
                place(base)
            ordered[one.id] = one

    for one in wanted:
        place(one)
    return sorted(ordered.values(), key=lambda one: one.requests == 0)


def dependents(rules: Iterable[Rule]) -> Mapping[str, tuple[str, ...]]:
    """For each rule's id the ids of the rules that build on it, at any remove."""
    below: dict[str, list[str]] = {}

    def climb(base: Rule, top: str) -> None:
        for under in base.builds_on:
            if top not in below.setdefault(under.id, []):
                below[under.id].append(top)
            climb(under, top)

    for one in rules:
        climb(one, one.id)
    return {base: tuple(tops) for base, tops in below.items()}
