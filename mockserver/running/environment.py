"""The environment of a command that has a mock beside it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mockserver.testing.credentials import VARIABLES, Credentials

BASE_URL, CONTROL, TOKEN, TARGET, RUN = (
    "KORDLESS_BASE_URL",
    "KORDKIT_CONTROL",
    "KORDKIT_ADMIN_TOKEN",
    "KORDKIT_TARGET",
    "KORDKIT_RUN",
)
TRUST = ("KORDKIT_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")  # what others read replaces whom they trust else


def environment(outer: Mapping[str, str], ready: Mapping[str, Any], target: Path) -> dict[str, str]:
    """Of the command. What the mock does not have is not there: it would be another server's."""
    kept = {name: value for name, value in outer.items() if name not in {*VARIABLES.values(), TOKEN}}
    token = {} if ready["admin_token"] is None else {TOKEN: str(ready["admin_token"])}
    return {
        **kept,
        **Credentials.of(ready).variables(),
        **token,
        **({} if "ca_bundle" not in ready else dict.fromkeys(TRUST, ready["ca_bundle"])),
        BASE_URL: ready["url"],
        CONTROL: ready["control_url"],
        TARGET: str(target),
        RUN: str(target),
    }


def without_keys(text: str, ready: Mapping[str, Any]) -> str:
    """What a command said, with the ends of the mock's keys in place of the keys."""
    for organization in ready["organizations"]:
        for key in organization["keys"].values():
            text = text.replace(key, f"[redacted]...{key[-4:]}")
    return text
