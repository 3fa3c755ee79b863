"""`kordkit lint`: the contract document itself."""

from pathlib import Path
from typing import Any

import click

from contracts.errors import ContractError
from contracts.lint import lint as findings_of
from contracts.lint import lint_readings
from contracts.spec.contract import Contract
from contracts.spec.document import read

_File = click.Path(path_type=Path)


@click.command()
@click.argument("file", required=False, type=_File)
@click.option(
    "--overlay", "overlays", multiple=True, type=_File, help="OpenAPI Overlay 1.0; may be given several times."
)
@click.option(
    "--breaking",
    type=(_File, _File),
    metavar="OLD NEW",
    help="Tell what changed between two contracts, and what it breaks; exit code 1 if anything does.",
)
def lint(file: Path | None, overlays: tuple[Path, ...], breaking: tuple[Path, Path] | None) -> None:
    """Check the contract document FILE, by default the shipped one.

    Valid OpenAPI 3.1, examples that fit their schemas, complete operations, links, policies and error types that lead
    somewhere, provenance for every statement, and lawful answers to the open questions. Exit code 0: sound,
    1: something was found, 2: not readable.
    """
    if breaking is not None:
        if file is not None or overlays:
            raise click.UsageError("--breaking takes its two documents, and neither FILE nor --overlay")
        _tell_changes(*breaking)
        return
    try:
        document = read(file, overlays)
    except ContractError as error:
        raise click.UsageError(str(error)) from error
    # What an overlay settles is no open question any more, and its answers may find nothing to change.
    found = findings_of(document) or ([] if overlays else lint_readings(document))
    for finding in found:
        click.echo(f"{click.style(finding.where, bold=True)}: {finding.trouble}")
    if found:
        click.echo(f"{len(found)} finding{'s' if len(found) > 1 else ''}", err=True)
        raise SystemExit(1)
    contract = Contract(document)
    levels = [provenance.level for provenance in contract.statements.values()]
    counts = ", ".join(f"{levels.count(level)} {level}" for level in dict.fromkeys(levels))
    click.echo(f"The contract is sound: {len(contract.operations)} operations, {len(levels)} statements ({counts}).")


def _tell_changes(old: Path, new: Path) -> None:
    """Exit code 0: nothing breaks, 1: something does."""
    from contracts.lint.breaking import changes_between
    from contracts.lint.breaking.changes import Kind

    changes = changes_between(_usable(old), _usable(new))
    for change in changes:
        click.echo(f"{change.kind!s:<10}  {click.style(change.where, bold=True)}: {change.what}")
    kinds = [change.kind for change in changes]
    click.echo(", ".join(f"{kinds.count(kind)} {kind}" for kind in Kind) if changes else "no changes", err=True)
    if Kind.BREAKING in kinds:
        raise SystemExit(1)


def _usable(file: Path) -> dict[str, Any]:
    """A document that can be compared. Raises UsageError."""
    try:
        return Contract.load(file).document
    except ContractError as error:
        raise click.UsageError(str(error)) from error
