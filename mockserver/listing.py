"""What there is to choose from: `--data list`, `--mutant list`."""

import click

from mockserver import sources


def list_datasets() -> None:
    from mockserver.wiring import described_datasets

    choices = {
        **described_datasets(),
        "FILE.yaml": "one of your own",
        "generated:orgs=50,services=20": "made up, the same for the same --seed",
    }
    for name, shows in choices.items():
        click.echo(f"{name:31}{shows}".rstrip())


def list_mutants() -> None:
    sources.prefer()
    from mockserver.mutants import MUTANTS

    mutants = MUTANTS.values()
    name = max(len(mutant.name) for mutant in mutants)
    statement = max(len(mutant.statement) for mutant in mutants)
    for mutant in mutants:
        click.echo(f"{mutant.name:{name}}  {mutant.statement:{statement}}  {mutant.title}")
