"""The exceptions of this package that its users are shown: one sentence each."""


class ContractError(Exception):
    """A contract or overlay that cannot be used, with the file it speaks of."""


class TargetError(Exception):
    """A target that is described wrongly: a file, flag or URL, and what to do about it. Exit code 2."""


class UnreachableError(Exception):
    """A server that does not answer, or not as the one that it is said to be. Exit code 3."""
