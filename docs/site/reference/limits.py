"""Policies and algorithms of the rate limits."""

import inspect

from contracts.spec.contract import Contract
from docs.site.markdown import code, codes, prose, table
from mockserver.limits.algorithms import ALGORITHMS

INTRODUCTION = """# Rate limits

## Policies

A request is charged to every policy of its operation, all or none.
"""
HOW = """## Algorithms

`kordkit mock --limit-algorithm NAME` and `PUT /_mock/limits` choose one for all policies. The contract says
{stated}, which is assumed. How each counts in numbers: [the mock](../mock.md#rate-limits); why the limiter is ours:
[the limiter](../limiter.md).
"""
HEADERS = """## Headers

{headers} tell of one policy: of those that a request is charged to, the one with the least part left.
"""


def page() -> str:
    contract = Contract.load()
    limits = contract.rate_limits
    drawing = {
        name: [operation.id for operation in contract.operations.values() if name in operation.policies]
        for name in limits.policies
    }
    return "\n".join(
        [
            INTRODUCTION,
            table(
                ("policy", "limit", "window (s)", "for each", "counts", "operations", "level"),
                (
                    (
                        code(policy.name),
                        str(policy.limit),
                        str(policy.window),
                        policy.scope.replace("_", " "),
                        policy.counts.replace("_", " "),
                        codes(drawing[policy.name]),
                        policy.provenance.level,
                    )
                    for policy in limits.policies.values()
                ),
            ),
            HEADERS.format(headers=codes(limits.headers.values())),
            HOW.format(stated=code(limits.algorithm)),
            table(
                ("algorithm", ""),
                ((code(name), prose(inspect.getdoc(type(one)) or "")) for name, one in ALGORITHMS.items()),
            ),
        ]
    )
