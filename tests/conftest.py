"""The order of the tests, and which of them `make check` leaves out."""

from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).parent
SLOW: dict[str, int] = yaml.safe_load((HERE / "slow.yaml").read_text("utf-8"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Importing a file only to leave it out takes its time, too."""
    return True if config.option.markexpr == "not slow" and _seconds(collection_path) else None


@pytest.hookimpl(tryfirst=True)  # before -m is applied
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow, and put what takes longest first: whatever begins last should not keep the others waiting."""
    for item in items:
        if _seconds(item.path):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: _seconds(item.path), reverse=True)


def _seconds(path: Path) -> int:
    return SLOW.get(path.relative_to(HERE).as_posix(), 0)
