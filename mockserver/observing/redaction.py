"""What must not be read where others look: keys, e-mail addresses and phone numbers.

Masked by place where the place is known (members, parameters and headers that are named like a contact or a credential,
however they are spelt; notes) and by pattern everywhere else. Reports of the check are another thing: they are about
requests of its own making, and show what it made up (contracts/target/redaction.py).
"""

import re
from typing import Any
from urllib.parse import unquote, unquote_plus

import orjson

REDACTED = "[redacted]"
# Of a name's letters: `phoneNumber`, `contact[]` and `E-Mail` are what they look like.
_CONTACT_NAMES = re.compile(r"contact|mail|phone|\Atel(?!l)|(?<!ho)tel\Z|mobile|(?<!can)cell|fax|sms|whatsapp|notes?\Z")
_CREDENTIAL_NAMES = re.compile(r"auth|cookie|token|secret|passw|credential|session|apikey|csrf|xsrf|jwt|keys?\Z")
_NO_CREDENTIALS = frozenset({"idempotency-key", "access-control-allow-credentials"})
# Headers whose numbers nobody can call.
_NUMERIC_HEADERS = re.compile(r"ratelimit|date|length|age|user-agent|accept|sec-ch|traceparent|retry-after")
_LETTERS = re.compile(r"[^a-z]")
# What a secret must contain, what it looks like, and what stands in its place. Every repetition has an end, and no
# pattern is tried without its sign: a hostile text must not take quadratic time.
_SECRETS = (
    ("kord", re.compile(r"kord_[a-z]{1,16}_[A-Za-z0-9_-]+", re.IGNORECASE), lambda match: mask_key(match[0])),
    ("@", re.compile(r"[^\s\"'<>=&?,:;/\\@]{1,64}@[^\s\"'<>=&?,:;/\\@]{1,255}"), lambda _: "[redacted e-mail]"),
    ("+", re.compile(r"\+[0-9][0-9 ().-]{5,30}[0-9]"), lambda _: "[redacted phone]"),
)
# A key without its beginning. What is hexadecimal throughout names a trace.
_LONG_WORD = re.compile(r"(?<![A-Za-z0-9])(?![0-9a-f]{1,200}(?![A-Za-z0-9]))[A-Za-z0-9]{28,200}")
# Neither a date nor an address on the internet, nor a part of either.
_NUMBER = re.compile(
    r"(?<![\w.:+-])(?![0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.]))"
    r"\(?[0-9][0-9 ().-]{5,30}[0-9](?![\w])"
)
_DIGITS_OF_A_PHONE = range(7, 16)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
# `name: value` and `name=value` in what is no JSON, or JSON no more since it was cut.
_NAMED = re.compile(
    r"(?<![A-Za-z_\[\].-])(?P<name>[A-Za-z][A-Za-z_\[\].-]{1,40})(?P<between>[\"']?\s{0,4}[:=]\s{0,4})(?P<value>\"[^\"]*\"?|[^&,;}\r\n]+)"
)
_BETWEEN_WORDS = " \t\r\n\"'<>=&?,:;/\\"
_LONGEST_WORD = 320


def redact(text: str, *, numbers: bool = True) -> str:
    """The text with every key, e-mail address and phone number in it masked, its end left to tell keys apart.

    Without `numbers` only what begins with a + is taken for a phone number.
    """
    masked = _mask(text, numbers)
    # Escaped, a secret looks like none: what hides one is shown decoded.
    decoded = text
    for _ in range(3):
        if "%" not in decoded:
            break
        decoded = unquote(decoded)
        hidden = _mask(decoded, numbers)
        if hidden != decoded:
            masked = hidden
    return masked


def redact_query(query: str) -> str:
    """A query string: its contact by place, the rest by pattern."""
    return "&".join(_redact_pair(pair) for pair in query.split("&"))


def redact_body(body: bytes) -> str:
    """A JSON body by place and pattern; any other by what its parts are named, and by pattern."""
    try:
        return orjson.dumps(_redact_value(orjson.loads(body))).decode()
    except ValueError:
        text = body.decode("utf-8", "replace")
        text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
        return redact(_NAMED.sub(_redact_named, unquote_plus(text) if "%" in text else text))


def redact_header(name: str, value: str) -> str:
    """A header by its lower-case name."""
    if name not in _NO_CREDENTIALS and not value.startswith(REDACTED) and _is_secret(name):
        return REDACTED
    return redact(value, numbers=not _NUMERIC_HEADERS.search(name))


def mask_key(value: str) -> str:
    """All that may be shown of a key, whatever its form: its last four characters, if it is long enough for that."""
    return REDACTED if len(value) < 12 else f"{REDACTED}...{value[-4:]}"


def without_last_word(text: str) -> str:
    """What is left of a text that was cut: half a secret does not look like one."""
    tail = text[-_LONGEST_WORD:]
    end = max(tail.rfind(separator) for separator in _BETWEEN_WORDS) + 1
    return text[: len(text) - len(tail) + end]


def _is_secret(name: str) -> bool:
    letters = _LETTERS.sub("", name.lower())
    return bool(_CONTACT_NAMES.search(letters) or _CREDENTIAL_NAMES.search(letters))


def _redact_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if equals and value and _is_secret(unquote_plus(name)):
        return f"{redact(unquote_plus(name))}={REDACTED}"
    decoded = unquote_plus(pair)
    masked = redact(decoded)
    return pair if masked == decoded else masked


def _redact_named(match: re.Match[str]) -> str:
    return f"{match['name']}{match['between']}{REDACTED}" if _is_secret(match["name"]) else match[0]


def _redact_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {redact(name): _redact_member(name, member) for name, member in value.items()}
    if isinstance(value, list):
        return [_redact_value(member) for member in value]
    if isinstance(value, str):
        return redact(value)
    return REDACTED if _is_phone(value) else value


def _redact_member(name: str, member: Any) -> Any:
    """A contact may be an object whose members say more; a key may name a service."""
    if isinstance(member, dict | list) or not member or isinstance(member, bool):
        return _redact_value(member)
    if name == "key" and isinstance(member, str) and len(member) < 12:
        return _redact_value(member)
    return REDACTED if _is_secret(name) else _redact_value(member)


def _is_phone(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 10**8


def _mask(text: str, numbers: bool) -> str:
    lowered = text.lower()
    for sign, pattern, mask in _SECRETS:
        if sign in lowered:
            text = pattern.sub(mask, text)
    if numbers:
        text = _NUMBER.sub(_mask_number, text)
    return _LONG_WORD.sub(lambda match: mask_key(match[0]), text) if len(text) >= 28 else text


def _mask_number(match: re.Match[str]) -> str:
    digits = sum(character.isdigit() for character in match[0])
    return "[redacted phone]" if digits in _DIGITS_OF_A_PHONE else match[0]
