"""The plot stands by itself, is well-formed, and shows every window's end."""

from collections import Counter
from xml.etree import ElementTree

from contracts.spec.contract import Contract
from loadtests.limiter import judge
from loadtests.measure.observation import Observation
from loadtests.report.limiter_plot import limiter_plot
from tests.loadtests.limiter.simulation import Rule, Server, probed, target

SVG = "{http://www.w3.org/2000/svg}"


def plot_of(seen: list[Observation]) -> str:
    return limiter_plot(judge(seen, Contract.load()), seen)


def test_it_shows_what_was_admitted_and_refused_by_each_key() -> None:
    server = Server("fixed-window", Rule(10, 60, ("createBooking",)))
    seen = probed(server, [target(10, 60, "key <1>", "key 2", operation="createBooking")], 1).observations
    text = plot_of(seen)
    plot = ElementTree.fromstring(text)
    shown: Counter[str] = Counter()
    for bar in plot.iter(f"{SVG}rect"):
        count, word = (bar.findtext(f"{SVG}title") or "").split()
        assert bar.get("class") == word
        shown[word] += int(count)
    assert shown == Counter("refused" if each.refused else "admitted" for each in seen)
    assert {"key <1>", "key 2"} <= {each.text for each in plot.iter(f"{SVG}text")}
    assert any(line.get("class") == "edge" for line in plot.iter(f"{SVG}line"))


def test_it_fetches_nothing_and_takes_the_colours_of_the_page() -> None:
    server = Server("fixed-window", Rule(5, 10, ("createBooking",)))
    text = plot_of(probed(server, [target(5, 10, operation="createBooking")], 1).observations)
    assert "href" not in text
    assert text.count("http") == 1, "the namespace"
    assert "currentColor" in text
    assert "var(--refused" in text


def test_it_stays_small_however_many_requests_there_were() -> None:
    seen = [
        Observation("key 1", "createBooking", n / 50, n / 50 + 0.01, "success" if n % 3 else "rate limited", {})
        for n in range(30_000)
    ]
    assert len(limiter_plot((), seen)) < 100_000


def test_without_answers_there_is_no_plot() -> None:
    assert limiter_plot((), [Observation("key 1", "createBooking", 0.0, 1.0, "no answer", {})]) == ""
