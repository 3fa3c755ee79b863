"""Takes out of a text what belongs to others: API keys, and contacts that the check did not make up itself.

The mock's journal masks more, and by place (mockserver/observing/redaction.py): nobody knows what a client may send it.
Here the check speaks of its own requests, which must stay readable: what it made up is left as it is.
"""

import json
import re
from collections.abc import Callable, Collection
from urllib.parse import quote, quote_plus

MADE_UP = "MadeUp"  # how the keys begin that nobody has, so that reports may show them

_KEY = re.compile(rf"\bkord_(?:live|test)_(?!{MADE_UP})[A-Za-z0-9]{{4,}}")
_EMAIL = re.compile(r"[\w.+-]+(?:@|%40)(?!example\.com\b)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_PHONE = re.compile(r"(?:\+|%2B)(?!1555010)[1-9]\d{6,14}\b", re.IGNORECASE)


Instead = str | Callable[[re.Match[str]], str]


def redacted(
    text: str, secrets: Collection[str] = (), *, email: Instead = "[email]", phone: Instead = "[phone]"
) -> str:
    """`secrets` are keys of whatever form; a key of the documented form is recognised anyway. `email` and `phone` stand
    for those of others.

    A text is to be redacted before it is cut: of half a secret nothing is recognised.
    """
    for form in sorted({form for secret in secrets for form in forms(secret)}, key=len, reverse=True):
        text = text.replace(form, "[key]")
    # Looking for the patterns takes a hundred times as long as for what they cannot do without.
    if "kord_" in text:
        text = _KEY.sub("[key]", text)
    if "@" in text or "%40" in text:
        text = _EMAIL.sub(email, text)
    return _PHONE.sub(phone, text)


def visible(text: str) -> str:
    """With control and format characters written out, so that a server's words steer no terminal and hide nothing."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def forms(secret: str) -> Collection[str]:
    """As it stands in a header, in JSON, in a path and in a query."""
    return {secret, json.dumps(secret)[1:-1], quote(secret), quote(secret, safe=""), quote_plus(secret)} - {""}
