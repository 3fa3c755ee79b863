"""Every command with its flags, from click."""

from collections.abc import Iterator

import click

from docs.site.markdown import code, codes, prose, table
from kordkit import cli

INTRODUCTION = """# Commands and flags

Every flag can also be given as an environment variable: `--log-format` as `KORDKIT_LOG_FORMAT`. The command
line goes first. Each command shows all of this with `--help`, too.
"""


def page() -> str:
    front_door = click.Context(cli, info_name="kordkit")
    return "\n".join([INTRODUCTION, *_sections(front_door)])


def _sections(above: click.Context) -> Iterator[str]:
    """Of each command below a group, those of its own commands included."""
    group = above.command
    assert isinstance(group, click.Group)
    for name in group.list_commands(above):
        command = group.get_command(above, name)
        assert command is not None
        context = click.Context(command, info_name=name, parent=above)
        yield _section(context)
        if isinstance(command, click.Group):
            yield from _sections(context)


def _section(context: click.Context) -> str:
    command = context.command
    usage = " ".join(command.collect_usage_pieces(context))
    return "\n".join(
        [
            f"## `{context.command_path}`\n",
            f"{prose(_paragraphs(command.help or command.short_help or ''))}\n",
            f"```text\n{context.command_path} {usage}\n```\n",
            table(
                ("flag", ""),
                (_cells(context, one) for one in command.get_params(context) if isinstance(one, click.Option)),
            ),
        ]
    )


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _cells(context: click.Context, option: click.Option) -> tuple[str, ...]:
    names = [*option.opts, *option.secondary_opts]
    value = "" if option.is_flag or option.count else option.make_metavar(context)
    return f"{codes(names)} {code(value) if value else ''}", " ".join(_told(option))


def _told(option: click.Option) -> Iterator[str]:
    if option.help:
        yield prose(option.help)
    if option.show_default and not option.is_flag:
        yield f"Default: {code(str(option.default))}."
    variables = option.envvar if isinstance(option.envvar, list) else []  # where it has one of its own beside ours
    if len(variables) > 1:
        yield f"Also {codes(variables[:-1])}."
