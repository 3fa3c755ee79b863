"""Puts the site's pages together and has zensical build them; nothing is fetched from anywhere.

python -m docs.site [FOLDER]       by default build/docs; the site stands in FOLDER/html
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from docs.site.reference import PAGES as REFERENCE

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / "docs" / "site" / "zensical.toml"
FOLDER = ROOT / "build" / "docs"
# What the site has of the repository beside docs/, and where.
ELSEWHERE = {
    "README.md": "index.md",
    ".github/CONTRIBUTING.md": "contributing.md",
    ".github/CHANGELOG.md": "changes.md",
    "LICENSE": "LICENSE.txt",
    "docs/site/site.css": "site.css",
}


def places() -> Mapping[Path, str]:
    """Every written file that the site has, and where."""
    docs = ROOT / "docs"
    files = (file for file in sorted(docs.rglob("*")) if file.is_file() and CONFIGURATION.parent not in file.parents)
    return {file: file.relative_to(docs).as_posix() for file in files if file.suffix != ".pyc"} | {
        ROOT / source: place for source, place in ELSEWHERE.items()
    }


def assemble(pages: Path) -> None:
    """All that zensical reads, at paths of the site."""
    found = places()
    for source, place in found.items():
        if source.suffix == ".md":
            _write(pages / place, _moved(source.read_text("utf-8"), source, place, found))
        else:
            (pages / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, pages / place)
    for place, made in REFERENCE.items():
        _write(pages / place, made())


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def _moved(text: str, source: Path, place: str, found: Mapping[Path, str]) -> str:
    """With links that lead to the same pages from where the site has this one."""

    def led(link: re.Match[str]) -> str:
        target = found.get((source.parent / link[1]).resolve())
        return link[0] if target is None else f"]({os.path.relpath(target, Path(place).parent)}{link[2] or ''})"

    return re.sub(r"\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)", led, text)


def build(folder: Path = FOLDER) -> Path:
    """Where the site stands. Raises CalledProcessError for a page that does not fit; zensical has said which."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    assemble(folder / "pages")
    shutil.copy(CONFIGURATION, folder)
    zensical = Path(sys.executable).with_name("zensical")
    subprocess.run([zensical, "build", "--strict"], cwd=folder, check=True)
    site = folder / "html"
    for page in (folder / "pages").rglob("*.md"):  # as llms.txt links them
        shutil.copy(page, site / page.relative_to(folder / "pages"))
    return site
