"""What docs/ARCHITECTURE.md says of the tree is true of it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "ARCHITECTURE.md").read_text("utf-8")
PACKAGES = ("contracts", "loadtests", "mockserver")
NAMED = sorted(
    set(re.findall(r"`((?:contracts|loadtests|mockserver|tests|benchmarks|docs|\.github)/[\w./-]*|kordkit\.py)`", PAGE))
)
NOT_CODE = {"__init__.py", "__pycache__", "py.typed", "openapi"}


@pytest.mark.parametrize("name", NAMED)
def test_what_the_page_names_is_there(name: str) -> None:
    assert (ROOT / name).exists()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_of_a_package_is_on_the_page(package: str) -> None:
    rooms = {f"{package}/{path.name}" for path in (ROOT / package).iterdir() if path.name not in NOT_CODE}
    assert rooms - set(NAMED) == set()


def test_what_the_page_names_is_found_by_this_test() -> None:
    assert len(NAMED) > 60
