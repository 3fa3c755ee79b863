"""The verdicts of a check for people and for machines: each report is a function of the same Verdicts."""

from collections.abc import Callable, Mapping
from importlib import import_module

from contracts.verdicts import Verdicts

# Name on the command line -> module and file.
FORMATS: Mapping[str, str] = {
    "junit": "check.junit.xml",
    "html": "check.html",
    "json": "check.json",
    "sarif": "check.sarif",
    "markdown": "check.md",
}


def rendered(name: str, verdicts: Verdicts) -> str:
    """The text of the file `FORMATS[name]`."""
    render: Callable[[Verdicts], str] = import_module(f"contracts.reports.{name}").render
    return render(verdicts)
