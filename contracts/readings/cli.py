"""`kordkit readings`: what the documentation leaves open, and how else it may be answered."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from contracts.errors import ContractError
from contracts.options import another_contract
from contracts.spec.document import read
from contracts.spec.readings import Question, overlay_of, questions_of, reading_of

T = TypeVar("T")


@click.group(invoke_without_command=True)
@click.pass_context
def readings(ctx: click.Context) -> None:
    """Show the open questions of the documentation, and readings of it.

    A reading is one answer to each question. Reading 0 is the contract as shipped; reading N draws its answers from the
    seed N. `kordkit mock --reading N` answers as a server would that reads the documentation so.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_questions)


@readings.command("list")
@another_contract
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def list_questions(contract: Path | None = None, as_json: bool = False) -> None:
    """List the questions: what is assumed, how sure that is, and the other answers."""
    questions = _sound(lambda: questions_of(read(contract)))
    if as_json:
        import orjson

        listed = [_shown(question) for question in questions.values()]
        click.echo(orjson.dumps(listed, option=orjson.OPT_INDENT_2).decode())
        return
    for question in questions.values():
        page = f", {question.statement.page}" if question.statement.page else ""
        click.echo(f"{click.style(question.id, bold=True)}  ({question.statement.level}{page})")
        click.echo(f"  0: {question.assumed}")
        for answer in question.answers.values():
            click.echo(f"  {answer.name}: {answer.summary}")
    click.echo(f"{len(questions)} questions", err=True)


@readings.command("show")
@click.argument("reading", metavar="N | STATEMENT=ANSWER,…")
@another_contract
def show(reading: str, contract: Path | None) -> None:
    """Print a reading as an OpenAPI Overlay, in YAML."""
    import yaml

    questions = _sound(lambda: questions_of(read(contract)))
    overlay = overlay_of(questions, _sound(lambda: reading_of(questions, reading)))
    click.echo(yaml.safe_dump(overlay, sort_keys=False, allow_unicode=True, width=120), nl=False)


def _shown(question: Question) -> dict[str, Any]:
    return {
        "statement": question.id,
        "level": question.statement.level,
        "page": question.statement.page,
        "assumed": question.assumed,
        "answers": {answer.name: answer.summary for answer in question.answers.values()},
    }


def _sound(get: Callable[[], T]) -> T:
    """Raises UsageError for what the contract, or a reading of it, does not let be got."""
    try:
        return get()
    except ContractError as error:
        raise click.UsageError(str(error)) from error
