"""What must not be read where others look: keys, e-mail addresses and phone numbers."""

import re

_SECRETS = re.compile(
    r"(?P<key>\bkord_[a-z]+_[A-Za-z0-9_-]+)"
    r"|(?P<email>[^\s\"'<>=&?,:;/]+(?:@|%40)[^\s\"'<>=&?,:;/]+)"
    r"|(?P<phone>(?:\+|%2[Bb])[0-9][0-9 ().-]{5,}[0-9])",
)


def redact(text: str) -> str:
    """The text with every key, e-mail address and phone number in it masked, its end left to tell them apart."""
    return _SECRETS.sub(_mask, text)


def mask_key(value: str) -> str:
    """All that may be shown of a key, whatever its form: its last four characters, if it is long enough for that."""
    return "[redacted]" if len(value) < 12 else f"[redacted]…{value[-4:]}"


def _mask(match: re.Match[str]) -> str:
    if match["key"]:
        return mask_key(match["key"])
    return "[redacted e-mail]" if match["email"] else "[redacted phone]"
