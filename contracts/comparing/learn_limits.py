"""Values of rate limits, found by asking: what a policy admits, how long it refuses, what its headers are called."""

from collections.abc import Callable, Iterable, Iterator

from contracts.exchange import Answer
from contracts.harness.check import Check
from contracts.harness.limits import SPARE, UsedUp
from contracts.harness.settings import DAY
from contracts.outcome import NotRunError, UnsettledError
from contracts.rules.limits.self_service_limits import ENOUGH
from contracts.spec.contract import Contract, Policy
from contracts.spec.document import walk
from contracts.spec.observed import Action, Observed, amended, json_path
from contracts.spec.provenance import provenance_of

USUAL = (60, 300, 600, 900, 1800, 3600, DAY)  # seconds of windows
COUNTING = "limits.algorithm"  # the statement without which neither number nor window says what is admitted
WAITED, MOVED = (
    120,
    31 * DAY,
)  # seconds at most until a limit that was used up before is unused, without and with --control


class HiddenError(NotRunError):
    """Another limit, which is known, refuses before this one does: one client cannot tell whether this one is there."""


class LimitSearch:
    """Of one policy under a contract that has its number or window wrong."""

    def __init__(self, check: Check, contract: Contract, is_told: Callable[[str], bool]) -> None:
        """`is_told` says whether a statement is known to be what the contract has it."""
        self._check = check
        self._is_told = is_told
        self._contract = contract
        self._seen: dict[str, UsedUp] = {}

    def policies(self, statement: str, name: str) -> Iterator[Observed]:
        """With the number that is admitted, and each window in which the refusal may have promised what it did; any
        that is usual where it promises nothing, which is told by waiting where somebody moves the server's clock."""
        found = self._used_up(name)
        if found.refused is None:
            return
        limit, wait = len(found.admitted), self._check.limits.promised(found.refused)
        if wait is None:
            if self._check.control is None:
                raise NotRunError(f"{limit} requests are admitted, and no Retry-After says in how long")
            for window in sorted({found.policy.window, *USUAL}):
                yield _numbered(statement, name, limit, window)
            return
        whole = wait + round(found.refused.sent - found.first.sent)
        for window in dict.fromkeys((found.policy.window, whole, wait * limit, *USUAL)):
            if self._is_promised(found.policy._replace(limit=limit, window=window), found, wait):
                yield _numbered(statement, name, limit, window)

    def is_absent(self, name: str) -> bool:
        """Whether far more is admitted than any answer or the contract has it."""
        return self._used_up(name).refused is None

    def admits(self, contract: Contract, name: str) -> bool:
        """Whether the policy admits just as many as this contract has it, and then refuses as long: no more is taken
        for granted of how requests are counted. Only where somebody moves the server's clock."""
        check = self._check
        if check.control is None:
            return False
        check.adopt(contract)
        try:
            known = check.limits.used_up_anew(name)
        except NotRunError:
            return False
        finally:
            check.adopt(self._contract)
        return len(known.admitted) == known.policy.limit and self.lasts(contract, name)

    def lasts(self, contract: Contract, name: str) -> bool:
        """Whether the policy refuses as long as its window in this contract says, and no longer.

        Where nobody moves the server's clock, its Retry-After is believed.
        """
        check = self._check
        if check.control is None:
            return True
        check.adopt(contract)
        try:
            known, refills = check.limits.exhausted(name), check.limits.counting.refills
            if len(known.admitted) < known.policy.limit:  # after such a window it was not unused again
                return False
            earliest, frees = check.limits.frees(known.policy, known.last if refills else known.first)
            check.wait(earliest - SPARE - check.target.clock.now)
            early = not refills and not self._refuses(known)
            check.wait(frees + SPARE - check.target.clock.now)
            return not early and not self._refuses(known)
        except NotRunError:
            return False
        finally:
            check.adopt(self._contract)

    def _refuses(self, known: UsedUp) -> bool:
        return self._check.limits.is_refused(self._check.target.send(known.last.request, paced=False))

    def _is_promised(self, policy: Policy, found: UsedUp, wait: int) -> bool:
        """Whether such a policy is free again when the refusal said so."""
        limits = self._check.limits
        earliest, frees = limits.frees(policy, found.last if limits.counting.refills else found.first)
        return earliest - SPARE <= found.last.received + wait <= frees + SPARE

    def _used_up(self, name: str) -> UsedUp:
        """Asks on well beyond what the contract says. Raises NotRunError where another policy refuses first."""
        if name not in self._seen:
            self._seen[name] = self._asked_on(name)
        return self._seen[name]

    def _asked_on(self, name: str) -> UsedUp:
        policy = self._contract.rate_limits.policies[name]
        more = _numbered(policy.provenance.id, name, policy.limit * ENOUGH, policy.window)
        self._check.adopt(Contract.of(amended(self._contract.document, [more]), amends=self._contract))
        try:
            found = self._from_unused(name)
        finally:
            self._check.adopt(self._contract)
        if found.refused is not None:
            if not self._check.limits.is_refused(found.refused):
                raise NotRunError(f"{found.refused.request.operation} {found.refused}")
            for beside in self._beside(found):
                known, first = self._is_told(beside.provenance.id), len(found.admitted) >= beside.limit
                if first or not known:
                    unsure = HiddenError if known else NotRunError
                    raise unsure(f"the limit {beside.name} refuses before {name} does, or may do so")
        return found

    def _from_unused(self, name: str) -> UsedUp:
        """Used up twice: until nothing is used it may take longer than the contract says, as a refusal tells."""
        check, first = self._check, None
        try:
            first = check.limits.used_up_anew(name)
            if first.refused is None:
                return first
        except UnsettledError:
            pass  # not even the first request was admitted
        refused = check.target.answers[-1]
        full = (check.limits.told(refused, "reset") or 0) - (refused.date or 0)
        wait = max(full, check.limits.promised(refused) or 0) + SPARE
        if wait > (MOVED if check.control is not None else WAITED):
            raise NotRunError(f"{name} is free again in {wait} s only: --control moves the clock")
        check.wait(wait)
        again = check.limits.used_up_anew(name)
        return again if first is None or len(again.admitted) >= len(first.admitted) else first

    def _beside(self, found: UsedUp) -> Iterable[Policy]:
        """Other policies that the same requests draw from."""
        operation = self._contract.operations[str(found.first.request.operation)]
        policies = [self._contract.rate_limits.policies[name] for name in operation.policies]
        return [
            one for one in policies if one.name != found.policy.name and one.counts in {"requests", found.policy.counts}
        ]


def _numbered(statement: str, policy: str, limit: int, window: int) -> Observed:
    target = json_path(("x-rate-limits", "policies", policy))
    update = {"limit": limit, "window": window}
    return Observed(statement, f"{limit} in {window} s", [{"target": target, "update": update}])


def named_headers(contract: Contract, statement: str, answers: Iterable[Answer]) -> Iterator[Observed]:
    """What the header of that statement is called instead: by the word in it, and where that is clear."""
    headers = contract.document["components"]["headers"]
    for role, name in contract.rate_limits.headers.items():
        if provenance_of(headers[name]).id == statement:
            for answer in answers:
                found = [each for each in answer.headers if _is_of_a_limit(each) and each.lower().endswith(f"-{role}")]
                if len(found) == 1 and found[0] != name:
                    yield Observed(
                        statement, f"the header is called {found[0]}", list(_renamed(contract, role, name, found[0]))
                    )


def _is_of_a_limit(name: str) -> bool:
    return "rate" in name.lower()


def _renamed(contract: Contract, role: str, name: str, found: str) -> Iterator[Action]:
    """The header, what reads it, and the answers that declare it."""
    yield {"target": "$.components.headers", "update": {found: contract.document["components"]["headers"][name]}}
    yield {"target": "$['x-rate-limits'].headers", "update": {role: found}}
    declared = {"$ref": f"#/components/headers/{found}"}
    for path, node in walk(contract.document):
        if path[-1:] == ("headers",) and name in node and path[:1] != ("x-rate-limits",):
            if path != ("components", "headers"):
                yield {"target": json_path(path), "update": {found: declared}}
            yield {"target": json_path((*path, name)), "remove": True}
