"""What the control API does not carry out, and how much it reads to find out: known before Flask is loaded."""

from collections.abc import Mapping
from typing import Any

MAX_BODY = 65536  # bytes
MAX_STATE = 16 * 2**20  # bytes: an exported state with some 20,000 bookings


class Invalid(Exception):  # noqa: N818 - an answer, not an error of ours
    """A control request that cannot be carried out, with the HTTP status and one sentence."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def body_limit(environ: Mapping[str, Any]) -> int:
    """How many bytes a control request may bring."""
    return MAX_STATE if environ["PATH_INFO"].endswith("/state") else MAX_BODY
