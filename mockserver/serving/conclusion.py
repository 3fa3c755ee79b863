"""What is said at the end of a mock: what clients did against the documentation's advice."""

import json
from contextlib import suppress

import click

from mockserver.observing.advice.telling import Found, text, values
from mockserver.observing.request_log import LogFormat


class Conclusion:
    """`status` is the exit code that follows: 1 if anything was found, where that is a failure."""

    def __init__(self, log_format: LogFormat, *, fails: bool) -> None:
        self._told = text if log_format == "text" else lambda *said: json.dumps(values(*said))
        self._fails = fails
        self.status = 0

    def tell(self, found: Found, requests: int) -> None:
        """Where nobody asked and nothing was found, nothing is said."""
        if found or self._fails:
            with suppress(OSError):  # nobody reads it
                click.echo(self._told(found, requests))
        self.status = 1 if found and self._fails else 0
