"""What the contract says of limits, and how much a difference from each of its statements weighs."""

from collections.abc import Iterable, Mapping

from contracts.spec.contract import Contract, Level, Policy
from loadtests.judge.judgement import SEVERITIES, SEVERITY, Severity

ALGORITHM = "limits.algorithm"
RETRY_AFTER = "limits.retry_after"


def of_policy(policy: Policy) -> Severity:
    return SEVERITY[policy.provenance.level]


def of_algorithm(contract: Contract) -> Severity:
    stated = contract.statements.get(ALGORITHM)
    return SEVERITY[stated.level if stated else "assumed"]


def of_header(contract: Contract, name: str) -> Severity:
    """By the header's name; one that the contract does not describe is assumed."""
    headers: Mapping[str, Mapping[str, Mapping[str, Level]]] = contract.document["components"].get("headers", {})
    described = {header.lower(): stated for header, stated in headers.items()}
    provenance = described.get(name.lower(), {}).get("x-provenance")
    return SEVERITY[provenance["level"] if provenance else "assumed"]


def gravest(severities: Iterable[Severity]) -> Severity | None:
    found = set(severities)
    return next((each for each in SEVERITIES if each in found), None)
