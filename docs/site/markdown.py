"""Markdown that the reference is written in."""

import json
import re
from collections.abc import Iterable


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Cells are `prose`, `code` or links, in one line each; empty without rows."""
    found = [_row(row) for row in rows]
    titles = list(head)
    return "\n".join([_row(titles), _row("---" for _ in titles), *found, ""]) if found else ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(' '.join(cell.split()) for cell in cells)} |"


def prose(text: str) -> str:
    """A sentence of the code's, in which only `code` is marked up."""
    return re.sub(r"[|*<]", lambda found: f"&#{ord(found[0])};", text)


def code(value: object) -> str:
    """As it is typed; what is no text, in JSON."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def codes(texts: Iterable[object]) -> str:
    return ", ".join(code(text) for text in texts)


def anchor(heading: str) -> str:
    """What a heading is linked to by, as the site makes it of its text."""
    return re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())
