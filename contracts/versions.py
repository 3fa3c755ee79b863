"""The versions that kordkit was tested with: those of constraints.txt, which the wheel has in its metadata."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.utils import canonicalize_name

IN_CHECKOUT = Path(__file__).parents[1] / "constraints.txt"
IN_WHEEL = "extra_metadata/constraints.txt"


def otherwise_tested(installed: Mapping[str, str]) -> list[str]:
    """Of the installed versions, by distribution, those that are others: as pip would install the tested ones."""
    tested = _tested()
    found = ((name, tested.get(canonicalize_name(name)), version) for name, version in installed.items() if version)
    return [f"{name}=={pinned}" for name, pinned, version in found if pinned not in (None, version)]


def _tested() -> Mapping[str, str]:
    """By normalized name; none where kordkit was installed in another way."""
    try:
        text = IN_CHECKOUT.read_text("utf-8")
    except OSError:
        try:
            text = distribution("kordkit").read_text(IN_WHEEL) or ""
        except PackageNotFoundError:
            text = ""
    pins = (line.partition("==") for line in text.splitlines())
    return {canonicalize_name(name): version for name, _, version in pins}
