"""What an installation takes: `python benchmarks/installation.py`. How long its commands do: commands.py.

Sizes are of the files of each distribution that is asked for, what it asks for included, without byte code, and without
kordkit itself where it is installed from a checkout.
"""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

EXTRAS = ("", "check", "load", "postgres", "tls")


def wanted(name: str, extra: str = "", seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Distributions that an installation brings, itself included; again and again where several ask for one."""
    yield name
    for text in distribution(name).requires or ():
        line = Requirement(text)
        for chosen in line.extras or {""}:
            if line.name not in seen and (line.marker is None or line.marker.evaluate({"extra": extra})):
                yield from wanted(line.name, chosen, seen | {name})


def size(name: str) -> int:
    """In bytes."""
    files = distribution(name).files or ()
    paths = [Path(str(file.locate())) for file in files if file.suffix != ".pyc"]
    return sum(path.stat().st_size for path in paths if path.exists())


def main() -> None:
    base = set(wanted("kordkit"))
    print("| installation | distributions | MB |\n|---|---:|---:|")
    for extra in EXTRAS:
        try:
            names = set(wanted("kordkit", extra))
        except PackageNotFoundError as missing:
            print(f"| `kordkit[{extra}]` | {missing} is not installed | |")
            continue
        more = "" if not extra else f" (+{len(names - base)})"
        megabytes = sum(map(size, names)) / 2**20
        print(f"| `kordkit{f'[{extra}]' if extra else ''}` | {len(names)}{more} | {megabytes:.0f} |")


if __name__ == "__main__":
    main()
