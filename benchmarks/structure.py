"""How a checkout is built: `python benchmarks/structure.py [CHECKOUT] [--touched COMMIT …]`.

For each package its rooms (files and folders at its top), the arrows between them (room A imports room B), those that
run upward in the order of import-linter's layers, circles of rooms and of files, files and lines. Every import counts,
those inside functions and behind TYPE_CHECKING included. Nothing of the checkout is imported, so any two can be
compared. `--touched` counts the files that a commit or a range changes.
"""

import ast
import subprocess
import sys
import tomllib
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGES = ("contracts", "mockserver", "loadtests")
Graph = Mapping[str, Set[str]]


@dataclass(frozen=True)
class Package:
    """`imports` are the modules of the package that each of its modules imports; `layers` its rooms, the highest
    floor first, none where no layers are written down."""

    name: str
    imports: Graph
    lines: int
    layers: tuple[frozenset[str], ...] = ()

    @cached_property
    def rooms(self) -> Graph:
        """The rooms that each room imports."""
        found: dict[str, set[str]] = {}
        for module, imported in self.imports.items():
            if module != self.name:
                others = {self._room(other) for other in imported if other != self.name}
                found.setdefault(self._room(module), set()).update(others - {self._room(module)})
        return found

    @property
    def arrows(self) -> list[tuple[str, str]]:
        return sorted((room, other) for room, others in self.rooms.items() for other in others)

    @property
    def upward(self) -> list[tuple[str, str]]:
        floor = {room: number for number, rooms in enumerate(self.layers) for room in rooms}
        return [(low, high) for low, high in self.arrows if low in floor and floor.get(high, len(floor)) < floor[low]]

    def _room(self, module: str) -> str:
        return module.split(".")[1]


def read(checkout: Path, name: str) -> Package:
    """Raises FileNotFoundError for what is no checkout with such a package."""
    files = {_module(path.relative_to(checkout)): path for path in sorted((checkout / name).rglob("*.py"))}
    if not files:
        raise FileNotFoundError(f"{checkout} has no package {name}")
    texts = {module: path.read_text("utf-8") for module, path in files.items()}
    imports = {module: set(_imports(text, files)) - {module} for module, text in texts.items()}
    return Package(name, imports, sum(len(text.splitlines()) for text in texts.values()), _layers(checkout, name))


def circles(graph: Graph) -> list[list[str]]:
    """What can be reached from each other, the largest circle first."""
    reached = {node: _reach(graph, node) for node in graph}
    found = {frozenset(other for other in reached[node] if node in reached.get(other, ())) for node in graph}
    return sorted((sorted(circle) for circle in found if circle), key=lambda circle: (-len(circle), circle))


def _reach(graph: Graph, start: str) -> set[str]:
    reached: set[str] = set()
    open_ends = [start]
    while open_ends:
        new = graph.get(open_ends.pop(), set()) - reached
        reached |= new
        open_ends.extend(new)
    return reached


def _module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _imports(text: str, known: Iterable[str]) -> Iterator[str]:
    modules = set(known)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            named = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue  # relative imports are against the rules of the house
        for name in named:
            yield from [one for one in (name, name.rpartition(".")[0]) if one in modules][:1]


def _layers(checkout: Path, name: str) -> tuple[frozenset[str], ...]:
    project = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))
    for contract in project.get("tool", {}).get("importlinter", {}).get("contracts", ()):
        if contract["type"] == "layers" and name in contract.get("containers", ()):
            return tuple(
                frozenset(room.strip(" ()") for room in layer.replace(":", "|").split("|"))
                for layer in contract["layers"]
            )
    return ()


def touched(checkout: Path, commit: str) -> list[str]:
    """The files that a commit, or a range A..B, changes."""
    command = ["diff", "--name-only", commit] if ".." in commit else ["show", "--format=", "--name-only", commit]
    done = subprocess.run(["git", "-C", str(checkout), *command], capture_output=True, text=True, check=True)
    return done.stdout.split()


def main(words: list[str]) -> int:
    parser = ArgumentParser(description="How a checkout is built.")
    parser.add_argument("checkout", nargs="?", type=Path, default=Path(__file__).parents[1])
    parser.add_argument("--touched", nargs="+", default=[], metavar="COMMIT")
    given = parser.parse_args(words)
    columns = "{:12}{:>7}{:>8}{:>8}{:>10}{:>10}{:>7}{:>8}"
    print(columns.format("", "rooms", "arrows", "upward", "circles", "of files", "files", "lines"))
    packages = [read(given.checkout, name) for name in PACKAGES]
    for one in packages:
        upward = str(len(one.upward)) if one.layers else "-"
        of_rooms, of_files = len(circles(one.rooms)), len(circles(one.imports))
        counted = (len(one.rooms), len(one.arrows), upward, of_rooms, of_files, len(one.imports), one.lines)
        print(columns.format(one.name, *counted))
    for one in packages:
        for low, high in one.upward:
            print(f"{one.name}: {low} -> {high} runs upward")
        for kind, graph in (("rooms", one.rooms), ("files", one.imports)):
            for circle in circles(graph):
                print(f"{one.name}: circle of {len(circle)} {kind}: {', '.join(circle)}")
    for commit in given.touched:
        files = touched(given.checkout, commit)
        shares = (f"{name} {sum(file.startswith(f'{name}/') for file in files)}" for name in (*PACKAGES, "tests"))
        print(f"{commit}: {len(files)} files ({', '.join(shares)})")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
