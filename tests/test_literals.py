"""Nothing that the contract owns is written in code as well: header names, error types, statuses, members, limits.

What still is stands in `tests/literals.yaml`, file by file, with a reason. That list may only shrink: a literal that is
not listed fails, and so does an entry that is not needed any more.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.spec.contract import Contract
from contracts.spec.document import follow

ROOT = Path(__file__).parents[1]
LISTED: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("literals.yaml").read_text("utf-8"))
# The names of these are HTTP's own (RFC 9110); whether they are sent, and what they say, is the contract's.
HTTP = frozenset({"allow", "retry-after"})


def owned(contract: Contract) -> dict[str, str]:
    """What the contract owns, in lower case, and what it is."""
    document = contract.document
    found = dict.fromkeys(document["components"]["headers"], "header")
    found |= dict.fromkeys(contract.rate_limits.headers.values(), "header")
    found |= dict.fromkeys((contract.idempotency.header, contract.idempotency.replayed_header), "header")
    found |= dict.fromkeys((contract.key_header, contract.organization_header), "header")
    for item in document["webhooks"].values():
        parameters = follow(document, item)["post"]["parameters"]
        found |= {parameter["name"]: "header" for parameter in parameters}
    # A type that is called like a cause cannot be told from it, and causes are what code may name.
    found |= dict.fromkeys(document["x-error-types"].keys() - contract.errors.keys(), "error type")
    prefixes = (contract.rule("auth.key.live_prefix"), contract.rule("auth.key.test_prefix"))
    found |= dict.fromkeys(prefixes, "prefix")
    return {name.lower(): kind for name, kind in found.items() if name.lower() not in HTTP}


def numbers(contract: Contract) -> dict[int, str]:
    """Statuses but 200, and the largest number that nothing else is likely to have."""
    found = {cause.status: "status" for cause in contract.errors.values()}
    found[contract.rule("bookings.created_status")] = "status"
    return {**found, contract.rule("http.max_body_bytes"): "limit"}


ENVELOPE = frozenset(Contract.load().document["components"]["schemas"]["Error"]["properties"])
STRINGS, NUMBERS = owned(Contract.load()), numbers(Contract.load())


def literals(source: str) -> Iterator[tuple[str, int]]:
    """Each literal that is the contract's, with its line; docstrings aside. A dict of the envelope's members is one,
    too."""
    tree = ast.parse(source)
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    # `status >= 400` is about a class of statuses, which is HTTP's.
    classes = {
        id(side)
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and not any(isinstance(how, ast.Eq | ast.NotEq | ast.In) for how in node.ops)
        for side in (node.left, *node.comparators)
    }
    # The size of a cache is nobody's limit.
    classes |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "maxsize"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            names = {key.value for key in node.keys if isinstance(key, ast.Constant)}
            if names == ENVELOPE:
                yield "envelope", node.lineno
        if not isinstance(node, ast.Constant) or id(node) in prose | classes:
            continue
        if isinstance(node.value, str) and node.value.lower() in STRINGS:
            yield node.value, node.lineno
        elif isinstance(node.value, int) and not isinstance(node.value, bool) and node.value in NUMBERS:
            yield str(node.value), node.lineno


# Mutants say with what a server breaks the contract; the control API has a contract of its own.
ELSEWHERE = ("mockserver/mutants/", "mockserver/web/control/")
FILES = sorted(
    str(path.relative_to(ROOT))
    for package in ("mockserver", "contracts", "loadtests")
    for path in (ROOT / package).rglob("*.py")
    if not str(path.relative_to(ROOT)).startswith(ELSEWHERE)
)


@pytest.mark.parametrize("file", FILES)
def test_what_the_contract_owns_is_read_from_it(file: str) -> None:
    found: dict[str, list[int]] = {}
    for literal, line in literals((ROOT / file).read_text("utf-8")):
        found.setdefault(literal, []).append(line)
    listed = LISTED.get(file, {"literals": []})["literals"]
    unlisted = {literal: lines for literal, lines in found.items() if literal not in listed}
    assert not unlisted, f"the contract owns these: read them from it ({file}: lines by literal)"
    assert set(listed) <= set(found), f"{file} has these no more: take them off the list"


def test_the_list_names_files_that_are_there_and_gives_reasons() -> None:
    assert set(LISTED) <= set(FILES)
    assert all(len(entry["why"]) > 10 for entry in LISTED.values())
    assert sum(len(entry["literals"]) for entry in LISTED.values()) <= 38, "the list may only shrink"


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ('name = "X-Request-Id"', ["X-Request-Id"]),
        ('reply.headers["x-ratelimit-reset"]', ["x-ratelimit-reset"]),
        ("if status == 429: pass", ["429"]),
        ("if status in {404, 200}: pass", ["404"]),
        ("if 400 <= status < 500: pass", []),
        ('raise Error("conflict")', ["conflict"]),
        ('body = {"detail": text, "status": status, "type": kind}', ["envelope"]),
        ('"""X-Request-Id"""', []),
        ('f = lambda: "X-Request-Id of a client"', []),
        ("size = 65536", ["65536"]),
        ("kept = lru_cache(maxsize=65536)", []),
        ("status = 201", ["201"]),
        ("ok = 200", []),
    ],
)
def test_a_literal_is_seen_where_it_is_one(source: str, seen: list[str]) -> None:
    assert [literal for literal, _ in literals(source)] == seen
