"""Rate-limit headers in other forms than the usual one, and on fewer answers."""

from collections.abc import Callable, Mapping
from email.utils import formatdate

from mockserver.ports import SECOND
from mockserver.web.api.exchange import Exchange, Reply

RETRY_AFTER = "Retry-After"
Form = Callable[[str, int], str | None]
"""From a header's value in seconds and the moment of arrival in nanoseconds to what is sent, None for nothing."""

RESET_FORMS: Mapping[str, Form] = {
    "unix-milliseconds": lambda reset, _: f"{reset}000",
    "seconds-left": lambda reset, now: str(max(0, int(reset) - now // SECOND)),
}
RETRY_AFTER_FORMS: Mapping[str, Form] = {
    "http-date": lambda seconds, now: formatdate(now // SECOND + int(seconds), usegmt=True),
    "absent": lambda *_: None,
}


class LimitHeaders:
    """Changes what RateLimits has told, so that nobody pays for it where nothing is to be changed.

    `forms` by the name of a header; what is `untold` has none of the `headers`. A Retry-After of another refusal
    than a limit's stays as it is.
    """

    def __init__(
        self, headers: Mapping[str, str], forms: Mapping[str, Form], untold: Callable[[Exchange, Reply], bool]
    ) -> None:
        self._headers = frozenset(headers.values())
        self._forms = forms
        self._untold = untold

    def __call__(self, exchange: Exchange, reply: Reply) -> None:
        if exchange.admission is None:
            return
        untold = self._headers if self._untold(exchange, reply) else frozenset()
        refused, told = not exchange.admission.admitted, []
        for name, value in reply.headers:
            form = self._forms.get(name) if refused or name != RETRY_AFTER else None
            changed = value if form is None else form(value, exchange.arrived)
            if changed is not None and name not in untold:
                told.append((name, changed))
        reply.headers = told
