"""Why what whoever runs a mock asks for cannot be done."""


class UnknownError(LookupError):
    """Something was named that there is not: one sentence."""


class TooManyError(RuntimeError):
    """There are as many as there may be: one sentence."""


class TooEarlyError(RuntimeError):
    """Something has to happen before: one sentence."""
