"""What the limiter's verdict teaches of policies that nobody documented."""

from typing import Any

from contracts.spec.contract import Contract
from contracts.spec.observed import Learnt, amended, overlay_of
from loadtests.limiter.learnt import not_observable, observed
from loadtests.limiter.verdict import Verdict

CONTRACT = Contract.load()


def verdict(policy: str, **changes: Any) -> Verdict:
    """As the contract has it, unless told otherwise."""
    stated = CONTRACT.rate_limits.policies[policy]
    values: dict[str, Any] = {
        "policy": policy,
        "level": stated.provenance.level,
        "operations": (),
        "scope": stated.scope,
        "limit": stated.limit,
        "window": stated.window,
        "algorithm": CONTRACT.rate_limits.algorithm,
        "certain": True,
        "reached": True,
        "reason": "",
        "headers_truthful": True,
        "fair": True,
        "contract_says": "",
        "agrees": True,
    }
    return Verdict(**{**values, **changes})


def told(*verdicts: Verdict) -> list[str]:
    return list(map(str, observed(verdicts, CONTRACT)))


def test_an_answer_is_named_where_one_fits_and_the_numbers_where_none_does() -> None:
    twenty = verdict("self-service", limit=20, differs="numbers")
    odd = verdict("verification", limit=7, window=90, differs="numbers")
    assert told(twenty, odd) == ["limits.self_service=20: 20 a minute", "limits.verification: 7 in 90 s"]
    policies = Contract.of(amended(CONTRACT.document, list(observed([odd], CONTRACT)))).rate_limits.policies
    assert (policies["verification"].limit, policies["verification"].window) == (7, 90)


def test_what_is_documented_uncertain_or_as_stated_is_not_written() -> None:
    documented = verdict("public-general", limit=45, differs="numbers")
    unknown = verdict("self-service", limit=None, window=None, algorithm=None, certain=False, reason="too few refusals")
    assert told(documented, unknown, verdict("verification")) == []
    assert not_observable([documented, unknown], CONTRACT) == {"limits.self_service": "too few refusals"}


def test_a_limit_for_others_than_the_policy_is_for_is_not_taken_for_it() -> None:
    other = verdict("self-service", limit=10, scope="confirmation_number", differs="numbers", agrees=False)
    assert told(other) == []
    assert "may be another limit" in not_observable([other], CONTRACT)["limits.self_service"]


def test_the_algorithm_is_learnt_from_documented_policies_too_where_all_are_counted_alike() -> None:
    one = verdict("public-general", algorithm="token-bucket", differs="algorithm")
    other = verdict("creation", algorithm="sliding-window", differs="algorithm")
    assert told(one)[0].startswith("limits.algorithm=token-bucket")
    assert told(one, other) == []
    overlay = overlay_of(CONTRACT.document, Learnt("http://127.0.0.1:1", "2026-11-28", list(observed([one], CONTRACT))))
    marks = [action["update"]["x-provenance"] for action in overlay["actions"] if "x-provenance" in action["update"]]
    assert marks == [{"level": "observed", "server": "http://127.0.0.1:1", "day": "2026-11-28"}]
