"""What counts as told: somebody's words, not what may stand in any sentence."""

import pytest

from contracts.rules.http.told import _is_telling


@pytest.mark.parametrize("text", ["sarah@example.com", "Ann Lee", "host_1", "Johannes"])
def test_somebodys_words_tell(text: str) -> None:
    assert _is_telling(text)


@pytest.mark.parametrize("text", ["_", "@", "+", "a b", "Sarah"])
def test_what_stands_in_many_sentences_tells_nothing(text: str) -> None:
    assert not _is_telling(text)
