"""How asking whether a statement holds may end, other than well: the words of a verdict, for all who put questions."""

from contracts.exchange import Answer


class Broken(Exception):  # noqa: N818  # it is a verdict, not an error of ours
    """The statement does not hold. Reads on from "the server": `seen` is "answered 404 …".

    `statement` is the one that is broken, where that is another than the rule's own.
    """

    def __init__(self, expected: str, seen: str, answer: Answer | None = None, statement: str | None = None) -> None:
        super().__init__(f"expected {expected}; the server {seen}")
        self.expected = expected
        self.seen = seen
        self.answer = answer
        self.statement = statement


class NotRunError(Exception):
    """Whether the statement holds could not be found out; a reason that reads on from "not run:"."""


class UnsettledError(NotRunError):
    """It was asked, and what the server answered settles it neither way; reads on from "unsettled:"."""


class BudgetError(NotRunError):
    """There was no request, or no write, left for it."""
