"""Which rules a run asks, in an order in which each finds what it builds on, and which it leaves out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from contracts.errors import TargetError
from contracts.rules.rule import Need, Rule, in_order
from contracts.target.credentials import EXPIRED, OTHER, OTHER_PLATFORM, PLATFORM, PUBLIC, REVOKED, Credentials


@dataclass(frozen=True, slots=True)
class Plan:
    """`rules` in the order in which they are asked. `left_out` says of each other rule why it cannot be.

    `wanted` are the ids of those that the user asked for; the others are there because these build on them. `missing`
    is what those would need and was not given.
    """

    rules: Sequence[Rule]
    left_out: Sequence[tuple[Rule, str]]
    wanted: frozenset[str]
    missing: frozenset[Need] = frozenset()

    @property
    def needs(self) -> frozenset[Need]:
        """Of all that is asked."""
        return frozenset().union(*(rule.needs for rule in self.rules))

    @property
    def requests(self) -> int:
        """The most that will be sent."""
        return sum(rule.requests for rule in self.rules)

    @property
    def seconds_to_wait(self) -> int:
        return sum(rule.waits for rule in self.rules)


def plan(
    rules: Sequence[Rule],
    credentials: Credentials,
    *,
    only: Collection[str],
    skip: Collection[str],
    may_write: bool,
    wait: int,
    webhooks: bool = False,
) -> Plan:
    """`only` and `skip` take ids of rules, ids of statements, and topics; `wait` is how many seconds a rule may really
    wait where no control API moves the server's clock, `webhooks` whether there is a receiver.

    Raises TargetError for a name that is none of them, and where nothing is left.
    """
    for name in (*only, *skip):
        if not any(_is(rule, name) for rule in rules):
            raise TargetError(f"{name} is no rule, statement or topic: kordkit check --dry-run lists them")
    wanted = [rule for rule in rules if not only or any(_is(rule, name) for name in only)]
    skipped = {rule.id for rule in rules if any(_is(rule, name) for name in skip)}
    asked_for = frozenset(rule.id for rule in wanted if rule.id not in skipped)
    if not asked_for:
        raise TargetError("--only and --skip leave nothing to test")
    given = _given(credentials, may_write, webhooks)
    run: list[Rule] = []
    left_out: list[tuple[Rule, str]] = []
    questions = {rule.id for rule in rules}  # what another builds on may be none
    for rule in in_order(wanted):
        if rule.id in skipped or rule.id not in questions:
            continue
        missing = [need.value for need in Need if need in rule.needs and need not in given]
        if missing:
            left_out.append((rule, f"it needs {' and '.join(missing)}"))
        elif rule.waits > wait and credentials.control_url is None:
            left_out.append(
                (rule, f"it must wait {rule.waits} s: --wait {rule.waits} lets it, --control moves the clock")
            )
        else:
            run.append(rule)
    wished = frozenset().union(*(rule.needs for rule in wanted if rule.id in asked_for))
    return Plan(run, left_out, asked_for, wished - given)


def _given(credentials: Credentials, may_write: bool, webhooks: bool) -> set[Need]:
    holds = {
        Need.KEY: PUBLIC in credentials.keys,
        Need.ORGANIZATION: credentials.organization is not None,
        Need.PLATFORM_KEY: PLATFORM in credentials.keys and credentials.organization_id is not None,
        Need.REVOKED_KEY: REVOKED in credentials.keys,
        Need.EXPIRED_KEY: EXPIRED in credentials.keys,
        Need.OTHER_KEY: OTHER in credentials.keys,
        Need.OTHER_ORGANIZATION: credentials.other_organization is not None,
        Need.OTHER_PLATFORM_KEY: OTHER_PLATFORM in credentials.keys and credentials.other_organization_id is not None,
        Need.WRITES: may_write,
        Need.CONTROL: credentials.control_url is not None,
        Need.WEBHOOKS: webhooks,
    }
    return {need for need, held in holds.items() if held}


def _is(rule: Rule, name: str) -> bool:
    return name in {rule.id, rule.statement, rule.topic}
