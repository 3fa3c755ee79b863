"""The documentation as a site: it builds without a network or a warning, and holds all that the code has.

The reference is made of the code, so what is tested is that nothing is left out: the names are taken from elsewhere,
from help texts and from the documents as they are written.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from contracts.rules import rules_of
from contracts.spec.contract import Contract
from docs.site.build import CONFIGURATION, assemble, build
from docs.site.reference import PAGES
from kordkit import COMMANDS, cli
from mockserver.mutants import MUTANTS

OPENAPI = Path(__file__).resolve().parents[1] / "contracts" / "openapi"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("docs") / "built")


@pytest.fixture(scope="module")
def reference() -> Mapping[str, str]:
    """Pages by their name alone."""
    return {Path(place).stem: made() for place, made in PAGES.items()}


def written(name: str) -> Any:
    return yaml.safe_load((OPENAPI / name).read_text("utf-8"))


def missing(names: Iterator[str] | list[str], page: str) -> list[str]:
    found = set(re.findall(r"`([^`\n]+)`", page))
    listed = list(names)
    assert listed
    return [name for name in listed if name not in found]


def helps(words: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """The path of each command that the front door knows, and its help."""
    shown = CliRunner().invoke(cli, [*words, "--help"], prog_name="kordkit").output
    yield " ".join(("kordkit", *words)), shown
    if "Commands:" in shown:
        for name in re.findall(r"^  (\w[\w-]*)(?:  |$)", shown.partition("Commands:")[2], re.MULTILINE):
            yield from helps((*words, name))


def test_every_command_and_flag_is_in_the_reference(reference: Mapping[str, str]) -> None:
    sections = dict(re.findall(r"^## `([^`]+)`\n(.*?)(?=^## |\Z)", reference["commands"], re.MULTILINE | re.DOTALL))
    shown = {path: text for path, text in helps() if path != "kordkit"}
    assert shown.keys() >= {f"kordkit {name}" for name in COMMANDS} | {"kordkit state export"}
    assert sections.keys() == shown.keys()
    for path, text in shown.items():
        flags = re.findall(r"^  (?:-\w, )?(--[\w-]+)", text, re.MULTILINE)
        assert missing(flags, sections[path]) == [], path


def test_a_flag_is_told_with_its_value_its_default_and_a_variable_of_its_own(reference: Mapping[str, str]) -> None:
    page = reference["commands"]
    assert re.search(r"^\| `-p`, `--port` `[^`]+` \| .* Default: `4020`\. \|$", page, re.MULTILINE)
    assert re.search(r"^\| `--key` .*Also `KORDLESS_API_KEY`\. \|$", page, re.MULTILINE)
    assert re.search(r"^\| `--freeze` \| The clock stands still\. \|$", page, re.MULTILINE)


def test_every_operation_of_the_control_api_is_in_the_reference(reference: Mapping[str, str]) -> None:
    paths = written("control.yaml")["paths"]
    operations = [f"{method.upper()} {path}" for path, item in paths.items() for method in item]
    assert missing(operations, reference["control-api"]) == []
    members = re.findall(r"^## `PUT /_mock/clock`\n.*?(?=^## )", reference["control-api"], re.MULTILINE | re.DOTALL)
    assert "`frozen`" in members[0]


def test_every_rule_mutant_and_statement_is_in_the_reference(reference: Mapping[str, str]) -> None:
    assert missing([rule.id for rule in rules_of(Contract.load())], reference["rules"]) == []
    assert missing(list(MUTANTS), reference["mutants"]) == []
    text = (OPENAPI / "kordless-booking.yaml").read_text("utf-8")
    stated = re.findall(r"x-provenance:\s*\{id: ([\w.-]+),", text)
    assert len(stated) > 300
    assert missing(stated, reference["statements"]) == []


def test_every_error_type_cause_policy_and_algorithm_is_in_the_reference(reference: Mapping[str, str]) -> None:
    document = written("kordless-booking.yaml")
    assert missing([*document["x-error-types"], *document["x-errors"]], reference["errors"]) == []
    algorithms = written("extensions.yaml")["properties"]["x-rate-limits"]["properties"]["algorithm"]["enum"]
    assert missing([*document["x-rate-limits"]["policies"], *algorithms], reference["limits"]) == []


def test_every_row_of_the_reference_has_as_many_cells_as_its_head(reference: Mapping[str, str]) -> None:
    for name, page in reference.items():
        for block in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
            widths = {len(re.findall(r"\|", re.sub(r"`[^`]*`", "", row))) for row in block.splitlines()}
            assert len(widths) == 1, f"{name}: {block[:400]}"


def test_every_page_has_its_place_and_is_built(site: Path, tmp_path: Path) -> None:
    assemble(tmp_path)
    pages = {page.relative_to(tmp_path).as_posix() for page in tmp_path.rglob("*.md")}
    places = list(leaves(tomllib.loads(CONFIGURATION.read_text("utf-8"))["project"]["nav"]))
    assert sorted(places) == sorted(pages), "docs/site/zensical.toml says where a page stands"
    assert [page for page in pages if not (site / page).with_suffix(".html").exists()] == []


def leaves(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    else:
        for child in node.values() if isinstance(node, dict) else node:
            yield from leaves(child)


def test_llms_txt_leads_to_every_page_and_nowhere_else(site: Path) -> None:
    text = (site / "llms.txt").read_text("utf-8")
    assert re.match(r"# kordkit\n\n> ", text), "a title and what it is about, as llmstxt.org has it"
    listed = Counter(re.findall(r"^- \[[^\]]+\]\(([^)]+)\): \S", text, re.MULTILINE))
    assert listed == Counter(page.relative_to(site).as_posix() for page in site.rglob("*.md"))


class Fetched(HTMLParser):
    """What a browser asks for when it shows a page, links that are only followed aside."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = ("src", "srcset", "data", "poster", *(("href",) if tag == "link" else ()))
        self.addresses += [value for name, value in attrs if name in names and value]


def elsewhere(site: Path) -> list[str]:
    found = []
    for page in site.rglob("*.html"):
        parser = Fetched()
        parser.feed(page.read_text("utf-8"))
        found += [address for address in parser.addresses if re.match(r"\w+:|//", address)]
    for sheet in site.rglob("*.css"):
        asked = re.findall(r"(?:url\(|@import\s)\s*[\"']?((?:\w+:)?//[^\"')]+)", sheet.read_text("utf-8"))
        found += [address for address in asked if not address.startswith("data:")]
    return found


def test_no_page_asks_anything_of_another_host(site: Path, tmp_path: Path) -> None:
    assert len(list(site.rglob("*.html"))) > len(PAGES)
    assert elsewhere(site) == []
    assert [page.name for page in site.rglob("*.html") if 'class="mermaid"' in page.read_text("utf-8")] == []
    (tmp_path / "bad.html").write_text('<script src="https://unpkg.com/a"></script><a href="https://example.com">')
    (tmp_path / "bad.css").write_text("@import 'https://fonts.example.com/a.css'; a {background: url(//b.example/c)}")
    assert elsewhere(tmp_path) == ["https://unpkg.com/a", "https://fonts.example.com/a.css", "//b.example/c"]


def test_a_link_that_leads_nowhere_fails_the_build(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "index.md").write_text("# Page\n\n[a](nowhere.md) and [b](#nowhere)\n")
    (tmp_path / "zensical.toml").write_text('[project]\nsite_name = "x"\ndocs_dir = "pages"\n')
    zensical = shutil.which("zensical", path=str(Path(sys.executable).parent))
    assert zensical is not None
    done = subprocess.run([zensical, "build", "--strict"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "page does not exist" in said
    assert "anchor does not exist" in said
