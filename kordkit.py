"""The front door: `kordkit COMMAND`.

A command is a line in COMMANDS and is imported when it is asked for, so that `kordkit --help` stays
quick and a missing extra troubles only the command that needs it.
"""

import io
import os
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click


class Entry(NamedTuple):
    target: str  # "module:attribute" of a click command
    summary: str
    extra: str = ""  # what it needs beside the base


COMMANDS: Mapping[str, Entry] = {
    "mock": Entry("mockserver.cli:mock", "Start a mock of the Booking API."),
    "run": Entry("mockserver.running.cli:run", "Run a command with a mock beside it."),
    "check": Entry("contracts.cli:check", "Check whether a server keeps the contract.", "check"),
    "load": Entry("loadtests.cli:load", "Load a server and judge its limiter.", "load"),
    "diff": Entry("contracts.comparing.diff.cli:diff", "Compare what two servers answer.", "check"),
    "proxy": Entry(
        "contracts.comparing.proxy.cli:proxy", "Judge what goes between an application and a server.", "check"
    ),
    "listen": Entry("contracts.listening.cli:listen", "Receive webhooks, and show each delivery."),
    "state": Entry("mockserver.state_cli:state", "Export or import the whole state of a mock."),
    "readings": Entry("contracts.readings.cli:readings", "Show what the documentation leaves open."),
    "mcp": Entry("mockserver.agents.cli:mcp", "Let an agent use a mock, over the Model Context Protocol.", "mcp"),
    "lint": Entry("contracts.lint.cli:lint", "Check the contract document itself."),
    "doctor": Entry("kordkit:doctor", "Show versions, extras and package name collisions."),
}

TYPED = "kordkit.typed"  # in a context's meta: the entry of the command that was typed

PACKAGES = ("contracts", "loadtests", "mockserver")

# Distributions that are imported under a name other than their own.
IMPORT_NAMES = {"python-jsonpath": "jsonpath", "pyyaml": "yaml"}


class Trouble(click.ClickException):
    """One sentence that says the trouble and the way out; exit code 2."""

    exit_code = 2


class Interrupted(click.ClickException):
    """Ctrl-C before a command had anything to report: nothing was found, and nothing is complete."""

    exit_code = 4


class FrontDoor(click.Group):
    """A group of strings: names and summaries at once, the commands themselves on demand."""

    def __init__(self, *, entries: Mapping[str, Entry], **settings: Any) -> None:
        # The stand-ins carry the names (for listing and "did you mean") and the summaries.
        stand_ins = {name: click.Command(name, short_help=entry.summary) for name, entry in entries.items()}
        super().__init__(commands=stand_ins, **settings)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.entries:
            return None
        ctx.meta[TYPED] = self.entries[cmd_name]
        module, _, attribute = self.entries[cmd_name].target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        if cmd_name != "doctor":  # which is there when nothing else can be imported
            configuration = import_module("contracts.configuration")
            configuration.name_variables(command)
            if not ctx.resilient_parsing:
                ctx.default_map = {cmd_name: configuration.defaults(cmd_name, command)}
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in self.entries.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            typed: Entry | None = ctx.meta.get(TYPED)
            way_out = cure(error.name or "", typed.extra if typed else "")
            if way_out is None:
                raise  # a mistake of ours, which needs its stack trace
            raise Trouble(f"{error.name} is not installed: {way_out}") from error
        except KeyboardInterrupt as error:
            raise Interrupted("interrupted before there was anything to report") from error


class Requirement(NamedTuple):
    distribution: str
    bounds: str  # "<2.9,>=2.8"
    extra: str  # "" for what every installation needs

    @property
    def module(self) -> str:
        name = self.distribution.lower()
        return IMPORT_NAMES.get(name, name.replace("-", "_"))

    def admits(self, version: str) -> bool:
        from packaging.specifiers import SpecifierSet

        return SpecifierSet(self.bounds).contains(version, prereleases=True)


def install(extra: str) -> str:
    """The line to type for what an extra brings ("" for the base), and the one for a checkout."""
    if extra:
        return f"pip install 'kordkit[{extra}]', or pip install -e '.[{extra}]' in a checkout"
    return "pip install kordkit, or pip install -e . in a checkout"


def requirements() -> Iterator[Requirement]:
    """What the installed kordkit asks for, from its own metadata: the base first, then extras.

    The collective extra `all` and the contributors' `dev` are left out.
    """
    from importlib.metadata import metadata, requires

    from packaging.requirements import Requirement as Line

    def holds(line: Line, extra: str) -> bool:
        return line.marker is None or line.marker.evaluate({"extra": extra})

    lines = [Line(text) for text in requires("kordkit") or ()]
    extras = [extra for extra in metadata("kordkit").get_all("Provides-Extra") or () if extra not in {"all", "dev"}]
    for extra in ("", *extras):
        for line in lines:
            if holds(line, extra) and (not extra or not holds(line, "")):
                yield Requirement(line.name, str(line.specifier), extra)


def cure(module: str, extra: str = "") -> str | None:
    """The line to type when `module` is missing; None when kordkit never asked for it.

    Where several extras bring it, that is the line for `extra`, the one of the command that was typed.
    """
    from importlib.metadata import PackageNotFoundError

    top = module.partition(".")[0]
    if any(entry.target.startswith((f"{module}:", f"{module}.")) for entry in COMMANDS.values()):
        return "kordkit is incomplete here, 'kordkit doctor' says more"
    try:
        extras = [wish.extra for wish in requirements() if wish.module == top]
    except PackageNotFoundError:
        return None
    except ModuleNotFoundError:  # what reads requirements is missing itself
        extras = [""]
    if not extras:
        return None
    return install(extra if extra in extras else extras[0])


class Part(NamedTuple):
    """One line of the doctor's table; `way_out` is empty when all is well."""

    group: str
    name: str
    version: str
    verdict: str
    way_out: str


def examine(wish: Requirement) -> Part:
    """Is it there, in a version that fits, and (base dependencies) can it be imported?

    Extras are not imported: locust would patch the whole process.
    """
    from importlib.metadata import PackageNotFoundError, version

    group = wish.extra or "base"
    try:
        found = version(wish.distribution)
    except PackageNotFoundError:
        return Part(group, wish.distribution, "", "missing", install(wish.extra))
    if not wish.admits(found):
        return Part(group, wish.distribution, found, f"needs {wish.bounds}", install(wish.extra))
    if not wish.extra:
        try:
            import_module(wish.module)
        except Exception as error:  # whatever a broken installation raises
            way_out = f"pip install --force-reinstall {wish.distribution}"
            return Part(group, wish.distribution, found, f"broken: {error}", way_out)
    return Part(group, wish.distribution, found, "ok", "")


def collisions() -> list[tuple[str, str]]:
    """What else has a package of our name: (distribution or folder, package)."""
    from importlib.metadata import packages_distributions
    from importlib.util import find_spec

    owners, here = packages_distributions(), Path(__file__).resolve().parent
    others = {
        (owner, package) for package in PACKAGES for owner in owners.get(package, ()) if owner.lower() != "kordkit"
    }
    for package in PACKAGES:
        spec = find_spec(package)
        places = () if spec is None else spec.submodule_search_locations or ()
        others |= {(str(Path(each).parent), package) for each in places if Path(each).resolve().parent != here}
    return sorted(others)


def own_parts() -> Iterator[Part]:
    """Raises Trouble."""
    from importlib.metadata import PackageNotFoundError, distribution
    from platform import python_version

    try:
        own = distribution("kordkit")
    except PackageNotFoundError:
        raise Trouble("kordkit is not installed here: pip install -e . in its checkout") from None
    compiled = "Root-Is-Purelib: false" in (own.read_text("WHEEL") or "")
    yield Part("base", "kordkit", own.version, "ok, compiled" if compiled else "ok", "")
    running, wanted = python_version(), own.metadata["Requires-Python"]
    fits = Requirement("Python", wanted, "").admits(running)
    way_out = "" if fits else f"install kordkit for a Python {wanted}"
    yield Part("base", "Python", running, "ok" if fits else f"needs {wanted}", way_out)


@click.command
@click.option("--json", "as_json", is_flag=True, envvar=["KORDKIT_JSON"], help="The same for programs.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Show versions, extras and package name collisions.

    Exit code 1 when a base dependency is missing or broken, when Python is too old, or when something else has a
    package of kordkit's name; a missing extra is no trouble until its command is used.
    """
    import json

    from rich.console import Console
    from rich.table import Table

    from contracts.versions import otherwise_tested

    parts, clashes = [*own_parts(), *(examine(wish) for wish in requirements())], collisions()
    well = not clashes and not any(part.way_out and part.group == "base" for part in parts)
    others = otherwise_tested({part.name: part.version for part in parts})
    if as_json:
        names = [{"claimed_by": owner, "package": package} for owner, package in clashes]
        told = {"well": well, "parts": [part._asdict() for part in parts], "collisions": names, "tested": others}
        click.echo(json.dumps(told, indent=2))
        ctx.exit(0 if well else 1)
    table = Table("for", "part", "version", "state", box=None)
    for part in parts:
        style = "" if not part.way_out else "red" if part.group == "base" else "yellow"
        table.add_row(part.group, part.name, part.version, part.verdict, style=style)
    Console(markup=False).print(table)
    for line in dict.fromkeys(part.way_out for part in parts if part.way_out):
        click.echo(f"{', '.join(part.name for part in parts if part.way_out == line)}: {line}")
    for owner, package in clashes:
        way_out = "install kordkit into an environment of its own"
        click.echo(f"{owner} claims the package name '{package}', which is kordkit's: {way_out}.")
    if others:
        click.echo(
            f"kordkit was tested with other versions; if one of yours gives trouble: pip install {' '.join(others)}"
        )
    if not well:
        ctx.exit(1)
    click.echo("All is well.")


@click.group(
    cls=FrontDoor,
    entries=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every flag can also be given as an environment variable: --port as KORDKIT_PORT,"
    " and the API key, as everywhere, as KORDLESS_API_KEY.",
)
@click.version_option(package_name="kordkit", message="kordkit %(version)s")
def cli() -> None:
    """Contract tests, a mock server and load tests for the Kordless Booking API."""


class Patient(io.TextIOWrapper):
    """A stream whose reader may leave (`| head`, `| true`), and whose disk may be full: the rest goes nowhere, and the
    command goes on to its own end, with its own exit code. A reader that has left need not be told."""

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self._give_up(error)
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        if not isinstance(error, BrokenPipeError):
            print(f"Error: the output cannot be written: {error.strerror}", file=sys.stderr)


def _patient(stream: Any) -> Any:
    """None where the stream is closed."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    encoding, errors, by_line = stream.encoding, stream.errors, stream.line_buffering
    return Patient(stream.detach(), encoding, errors, line_buffering=by_line)


def main() -> None:
    if not os.environ.get("COLUMNS", "").strip("0"):  # some systems say 0, in which nothing could be shown
        os.environ.pop("COLUMNS", None)
    sys.stdout, sys.stderr = _patient(sys.stdout), _patient(sys.stderr)
    cli(prog_name="kordkit")


if __name__ == "__main__":
    main()
