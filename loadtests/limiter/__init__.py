"""The verdict on a server's rate limiter, from what its clients observed. Pure: no clock, no network.

`judge` compares with a contract, `infer` does without one.
"""

from loadtests.limiter.policies import Inferred, infer
from loadtests.limiter.verdict import Verdict, judge

__all__ = ["Inferred", "Verdict", "infer", "judge"]
