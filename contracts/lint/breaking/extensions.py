"""Changes of what the contract says beside OpenAPI: limits, idempotency, causes of errors, rules."""

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.lint.breaking.changes import Change, breaking, compatible, editorial
from contracts.lint.finding import Document

# Rules whose value is a bound of what clients may ask for: more of it troubles nobody.
_BOUNDS = frozenset(
    {"availability.max_range_days", "availability.range_slack", "http.max_body_bytes", "http.max_json_depth"}
)

_USUAL = {"reset": "unix-seconds", "retry_after": "seconds"}


def extension_changes(old: Document, new: Document) -> Iterator[Change]:
    yield from _limits(old["x-rate-limits"], new["x-rate-limits"])
    yield from _idempotency(old["x-idempotency"], new["x-idempotency"])
    yield from _members(old["x-error-members"], new["x-error-members"])
    yield from _errors(old["x-errors"], new["x-errors"])
    yield from _rules(old, new)


def _limits(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for role, header in old["headers"].items():
        if header != new["headers"][role]:
            yield breaking(f"x-rate-limits headers {role}", f"was {header}, is {new['headers'][role]}")
    for name in ("algorithm", "reset", "retry_after"):
        was, is_ = (stated.get(name, _USUAL.get(name)) for stated in (old, new))
        if was != is_:
            yield breaking(f"x-rate-limits {name}", f"was {was}, is {is_}")
    before, after = old["policies"], new["policies"]
    for name in sorted(before.keys() - after.keys()):
        yield compatible(f"x-rate-limits {name}", "is gone")
    for name in (name for name in before if name in after):
        yield from _policy(f"x-rate-limits {name}", before[name], after[name])


def _policy(where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    was, is_ = (f"{one['limit']} in {one['window']} s" for one in (old, new))
    if was != is_:
        looser = new["limit"] >= old["limit"] and new["window"] <= old["window"]
        yield (compatible if looser else breaking)(where, f"was {was}, is {is_}")
    if old["scope"] != new["scope"]:
        looser = (old["scope"], new["scope"]) == ("organization", "key")
        yield (compatible if looser else breaking)(where, f"was for each {old['scope']}, is for each {new['scope']}")
    if old["counts"] != new["counts"]:
        looser = old["counts"] == "requests"
        yield (compatible if looser else breaking)(where, f"counted {old['counts']}, counts {new['counts']}")


def _idempotency(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    where = "x-idempotency"
    for name in ("header", "replayed_header", "scope"):
        if old[name] != new[name]:
            yield breaking(f"{where} {name}", f"was {old[name]}, is {new[name]}")
    if old["lifetime"] != new["lifetime"]:
        words = f"was {old['lifetime']} s, is {new['lifetime']} s"
        yield (compatible if new["lifetime"] > old["lifetime"] else breaking)(f"{where} lifetime", words)
    for name in ("stored", "operations"):
        gone, added = set(old[name]) - set(new[name]), set(new[name]) - set(old[name])
        if gone:
            yield breaking(f"{where} {name}", f"without {_listed(gone)} now")
        if added:
            yield compatible(f"{where} {name}", f"with {_listed(added)} now, too")


def _members(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for member, name in old.items():
        if new[member] != name:
            yield breaking(f"x-error-members {member}", f"was {name}, is {new[member]}")


def _errors(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for cause in sorted(old.keys() ^ new.keys()):
        yield compatible(f"x-errors {cause}", "is gone" if cause in old else "is new")
    for cause in (cause for cause in old if cause in new):
        before, after = old[cause], new[cause]
        for name in ("status", "type"):
            if before[name] != after[name]:
                yield breaking(f"x-errors {cause}", f"{name} was {before[name]}, is {after[name]}")
        for name in ("retry_after", "also_accepted", "operations"):
            if before.get(name) != after.get(name):
                yield compatible(f"x-errors {cause}", f"has another {name}")
        if before["detail"] != after["detail"]:
            yield editorial(f"x-errors {cause}", "is said in other words")


def _rules(old: Document, new: Document) -> Iterator[Change]:
    before, after = old["x-rules"], new["x-rules"]
    told = {name for group in old.get("x-untested", ()) for name in group["statements"]}
    for name in sorted(after.keys() - before.keys()):
        yield compatible(f"x-rules {name}", "is new")
    for name in before:
        where = f"x-rules {name}"
        if name not in after:
            yield breaking(where, "is gone")
        elif (was := before[name]["value"]) != (is_ := after[name]["value"]):
            words = f"was {was}, is {is_}"
            if name in told:  # nothing that a request could tell
                yield editorial(where, words)
            else:
                yield (compatible if name in _BOUNDS and is_ > was else breaking)(where, words)


def _listed(values: set[Any]) -> str:
    return ", ".join(sorted(map(str, values)))
