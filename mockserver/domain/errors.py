"""The one exception of the domain.

A refusal names a *cause*, a key of the contract's `x-errors`. Which HTTP status, error type and sentence belong to a
cause is the contract's business; `web/api/problems.py` joins them on.
"""

from mockserver.domain.causes import Cause


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error of ours
    """A request that the rules of the API refuse.

    `details` fill the braces of the cause's sentence; `retry_after` is in whole seconds.
    """

    def __init__(self, cause: Cause, *, retry_after: int | None = None, **details: object) -> None:
        super().__init__(cause)
        self.cause: Cause = cause
        self.retry_after = retry_after
        self.details = details
