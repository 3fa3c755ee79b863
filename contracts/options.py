"""Flags that several commands share: which server, by which contract, what of it, and where bookings are noted."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from contracts.configuration import GENERAL_KEY

F = TypeVar("F", bound=Callable[..., Any])
FILE = click.Path(path_type=Path)

OF_A_SERVER: dict[str, Mapping[str, Any]] = {
    "key": {"envvar": GENERAL_KEY, "help": "A public API key; better in KORDLESS_API_KEY."},
    "org": {"metavar": "SLUG", "help": "The organization that the key belongs to."},
    "service": {"metavar": "SLUG", "help": "The service to ask for; by default the first that can be booked."},
    "platform-key": {"help": "A platform API key of the organization."},
    "organization-id": {"help": "Of the organization, for the Platform API."},
    "revoked-key": {"help": "A public key that was revoked."},
    "expired-key": {"help": "A public key that has expired."},
    "other-key": {"help": "A public key of another organization."},
    "other-org": {"metavar": "SLUG", "help": "That other organization."},
    "control": {"metavar": "URL", "help": "The mock's control API, which moves its clock: URL/_mock."},
    "admin-token": {"metavar": "T", "help": "Demanded by a control API beyond loopback."},
    "ca-bundle": {"type": FILE, "metavar": "FILE", "help": "Certificates (PEM) of a private authority to trust."},
}

ledger = click.option(
    "--ledger",
    type=FILE,
    default=Path("kordkit-ledger.jsonl"),
    show_default=True,
    metavar="FILE",
    help="What may have been booked, until it is canceled.",
)
seed = click.option("--seed", type=int, default=0, show_default=True, help="Draws the same slots and data again.")
another_contract = click.option("--contract", type=FILE, metavar="FILE", help="Another contract than the shipped one.")


def for_a_server(command: F) -> F:
    for name, how in reversed(OF_A_SERVER.items()):
        command = click.option(f"--{name}", **how)(command)
    return command


def selecting(command: F) -> F:
    """`only` and `skip`: what is asked."""
    for name in ("--skip", "--only"):
        command = click.option(name, multiple=True, metavar="ID", help="A rule, statement or topic; repeatable.")(
            command
        )
    return command


def amending(command: F) -> F:
    """`contract` and `overlays`: by what is judged."""
    command = click.option(
        "--overlay", "overlays", type=FILE, multiple=True, metavar="FILE", help="Amends the contract; repeatable."
    )(command)
    return another_contract(command)
