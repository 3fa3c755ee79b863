"""The one exception of this package that its users are shown."""


class ContractError(Exception):
    """A contract or overlay that cannot be used: one sentence, with the file it speaks of."""
