"""The pictures in README and docs: those that the script takes, and small."""

from docs.site.pictures import FOLDER, names

KILOBYTES = 150


def test_each_picture_is_there_is_small_and_is_shown() -> None:
    taken = {file for file, _, _ in names()}
    assert {file.name for file in FOLDER.iterdir()} == taken
    pages = [FOLDER.parents[1] / "README.md", FOLDER.parent / "dashboard.md"]
    shown = "".join(page.read_text("utf-8") for page in pages)
    for file in taken:
        content = (FOLDER / file).read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) < KILOBYTES * 1000
        assert f"pictures/{file})" in shown
