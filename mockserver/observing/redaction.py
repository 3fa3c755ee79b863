"""What must not be read where others look: keys, e-mail addresses and phone numbers.

Masked by place where the place is known (the `contact` of a query, `email` and `phone` of a JSON body, headers that
carry credentials) and by pattern everywhere else.
"""

import re
from typing import Any
from urllib.parse import unquote, unquote_plus

import orjson

_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})
_CONTACT_PARAMETERS = frozenset({"contact", "email", "phone"})
_CONTACT_MEMBERS = frozenset({"email", "phone"})
# What a secret must contain, what it looks like, and what stands in its place. Every repetition has an end, and no
# pattern is tried without its sign: a hostile text must not take quadratic time.
_SECRETS = (
    ("kord", re.compile(r"kord_[a-z]{1,16}_[A-Za-z0-9_-]+", re.IGNORECASE), lambda match: mask_key(match[0])),
    ("@", re.compile(r"[^\s\"'<>=&?,:;/\\@]{1,64}@[^\s\"'<>=&?,:;/\\@]{1,255}"), lambda _: "[redacted e-mail]"),
    ("+", re.compile(r"\+[0-9][0-9 ().-]{5,30}[0-9]"), lambda _: "[redacted phone]"),
)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")


def redact(text: str) -> str:
    """The text with every key, e-mail address and phone number in it masked, its end left to tell keys apart."""
    masked = _mask(text)
    if masked != text or "%" not in text:
        return masked
    # Escaped, a secret looks like none: what hides one is shown decoded.
    decoded = unquote(text)
    masked = _mask(decoded)
    return text if masked == decoded else masked


def redact_query(query: str) -> str:
    """A query string: its contact by place, the rest by pattern."""
    return "&".join(_redact_pair(pair) for pair in query.split("&"))


def redact_body(body: bytes) -> str:
    """A JSON body by place and pattern; any other by pattern."""
    try:
        return orjson.dumps(_redact_value(orjson.loads(body))).decode()
    except ValueError:
        text = body.decode("utf-8", "replace")
        return redact(_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text))


def redact_header(name: str, value: str) -> str:
    """A header by its lower-case name."""
    return "[redacted]" if name in _CREDENTIALS else redact(value)


def mask_key(value: str) -> str:
    """All that may be shown of a key, whatever its form: its last four characters, if it is long enough for that."""
    return "[redacted]" if len(value) < 12 else f"[redacted]...{value[-4:]}"


def _redact_pair(pair: str) -> str:
    name, equals, _ = pair.partition("=")
    if unquote_plus(name).strip().lower() in _CONTACT_PARAMETERS:
        return f"{name}{equals}[redacted]"
    decoded = unquote_plus(pair)
    masked = redact(decoded)
    return pair if masked == decoded else masked


def _redact_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            redact(name): "[redacted]" if name.lower() in _CONTACT_MEMBERS and member else _redact_value(member)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [_redact_value(member) for member in value]
    return redact(value) if isinstance(value, str) else value


def _mask(text: str) -> str:
    lowered = text.lower()
    for sign, pattern, mask in _SECRETS:
        if sign in lowered:
            text = pattern.sub(mask, text)
    return text
