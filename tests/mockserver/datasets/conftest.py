"""A dataset file, loaded, and what is said of one that cannot be."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from mockserver.datasets.loader import Dataset, DatasetError
from mockserver.wiring import load_dataset as load
from tests.mockserver.datasets.documents import Document, Loaded


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Document | str], Dataset]:
    monkeypatch.chdir(tmp_path)

    def load_it(content: Document | str) -> Dataset:
        text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
        Path("my.yaml").write_text(text, encoding="utf-8")
        return load("my.yaml", seed=None)

    return load_it


@pytest.fixture
def complaint(loaded: Loaded) -> Callable[[Document | str], str]:
    def complaint_about(content: Document | str) -> str:
        with pytest.raises(DatasetError) as caught:
            loaded(content)
        return str(caught.value)

    return complaint_about
