"""What the page of traffic costs, in a real Chromium, of the mock that it watches and of the machine that it runs on.

`python benchmarks/dashboard.py [--seconds 300] [--rate 500] [--write]` wants Debian's chromium, playwright and wrk, and
takes seven minutes on a machine that has nothing else to do. It says what was aimed at and whether it was reached;
`--write` puts its tables into docs/benchmarks.md. It fills the
journal, opens the page, sends so many requests a second for so long, and tells the longest task of the page's main
thread and its memory, minute by minute: the task's processor time, and how long it was there, which on a busy machine
is another thing. Then it sends as many requests as there can be, in turns with the page closed, told to curl, and open,
and tells what each took of the mock's processor time. The mock has a core of its own, where there are several.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.processes import CORES, processes_of  # noqa: E402
from benchmarks.report import Machine, Section, put, table  # noqa: E402
from tests.mock_process import RunningMock, running_mock  # noqa: E402

FILLED = 10_000  # entries of the journal
ROUNDS, ROUND_SECONDS = 10, 3
LONGEST_TASK = 200  # milliseconds
MOST_GROWTH = 1.0  # MB, after the first minute
MOST_LOST = 0.05  # of the requests a second
CLOSED, OPEN = "closed", "open in Chromium"
CONNECTIONS = 32  # as beside the peers
BEHIND = 10  # of priorities, which go to 19
PER_SECOND = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--write", action="store_true", help="put what is found into docs/benchmarks.md")
    given = parser.parse_args()
    machine = Machine()
    os.sched_setaffinity(0, CORES[:1])  # the mock's, which inherits it
    with running_mock("--limits", "off") as mock, opened_page(mock) as (browser, page, open_page):
        send(mock, FILLED, rate=None)
        open_page()
        watched = watch(mock, browser, page, given.seconds, given.rate)
        page.goto("about:blank")
        pressed_on = throughput(mock, page, open_page, given.rounds)
        asked = f"{given.rate} requests a second; the journal had {FILLED:,} entries. {machine}."
    section = Section(f"{asked}\n\n{watched}\n\n{pressed_on}")
    print(section.text)
    if given.write:
        put("dashboard", section)


@contextmanager
def opened_page(mock: RunningMock) -> Iterator[tuple[Browser, Page, Callable[[], None]]]:
    os.sched_setaffinity(0, CORES[1:] or CORES)  # what a browser takes, it does not take from the mock
    with sync_playwright() as playwright:
        there = processes_of(os.getpid())
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()

        def open_page() -> None:
            page.goto(f"{mock.url}/_mock/dashboard/traffic")
            page.locator("#traffic tbody tr").first.wait_for()
            for number in set(processes_of(os.getpid())) - set(there):
                give_way(number)

        yield browser, page, open_page
        browser.close()


def give_way(process: int) -> None:
    """To the load, which sends no more than it is answered: while it waits for its core, the mock has nothing to do."""
    for thread in Path(f"/proc/{process}/task").iterdir():
        os.setpriority(os.PRIO_PROCESS, int(thread.name), BEHIND)
    with suppress(FileNotFoundError):  # where priorities are compared within a session alone
        session, own = (Path(f"/proc/{number}/autogroup") for number in (process, "self"))
        if session.read_text() != own.read_text():
            session.write_text(str(BEHIND))


def watch(mock: RunningMock, browser: Browser, page: Page, seconds: int, rate: int) -> str:
    session, rows = page.context.new_cdp_session(page), []
    sent, begun, longest = 0, time.monotonic(), 0.0
    heaps: list[float] = []
    while time.monotonic() - begun < seconds:
        browser.start_tracing(page=page, categories=["toplevel"])
        sent += send(mock, rate * min(60, seconds), rate=rate, page=page)
        spent, lasted = longest_task(browser.stop_tracing())
        heap, nodes = memory(session)
        longest = max(longest, lasted)
        heaps.append(heap)
        passed, drawn = time.monotonic() - begun, page.locator("#traffic tbody tr").count()
        rows.append(
            (f"{passed:.0f} s", f"{sent:,}", drawn, f"{spent:.0f}", f"{lasted:.0f}", f"{heap:.1f}", f"{nodes:,}")
        )
    head = ("after", "requests", "rows", "longest task: CPU, ms", "lasted, ms", "JavaScript heap, MB", "nodes")
    said = [
        f"The longest task lasted {longest:.0f} ms ({LONGEST_TASK} at the most: {_reached(longest <= LONGEST_TASK)}).",
        f"The heap went from {heaps[0]:.1f} to {heaps[-1]:.1f} MB "
        f"(no more than {MOST_GROWTH} MB wanted: {_reached(heaps[-1] - heaps[0] <= MOST_GROWTH)}).",
    ]
    return f"{table(head, rows)}\n\n{' '.join(said)}"


def _reached(reached: bool) -> str:
    return "reached" if reached else "not reached"


def longest_task(trace: bytes) -> tuple[float, float]:
    """Of the main threads of pages, in milliseconds: the most processor time, and the longest."""
    events = json.loads(trace)["traceEvents"]
    main = {
        (each["pid"], each["tid"])
        for each in events
        if each["name"] == "thread_name" and each["args"]["name"] == "CrRendererMain"
    }
    tasks = [each for each in events if each.get("ph") == "X" and (each["pid"], each["tid"]) in main]
    return max(each.get("tdur", 0) for each in tasks) / 1000, max(each["dur"] for each in tasks) / 1000


def memory(session: CDPSession) -> tuple[float, int]:
    """The heap in MB, after what is garbage has gone, and the nodes of the document."""
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return metrics["JSHeapUsedSize"] / 1e6, int(metrics["Nodes"])


def throughput(mock: RunningMock, page: Page, open_page: Callable[[], None], rounds: int) -> str:
    states: dict[str, Callable[[], AbstractContextManager[object]]] = {
        CLOSED: nullcontext,
        "told to curl": lambda: told_to_curl(mock),
        OPEN: lambda: drawn(page, open_page),
    }
    costs: dict[str, list[float]] = {state: [] for state in states}
    rates: dict[str, list[float]] = {state: [] for state in states}
    for state in list(states) * rounds:
        with states[state]():
            before, done = processor_time(mock), pressed(mock)
            costs[state].append((processor_time(mock) - before) / done * 1e6)
            rates[state].append(done / ROUND_SECONDS)
    median = statistics.median
    rows = []
    for state, rate in rates.items():
        cost = costs[state]
        rows.append((state, f"{median(rate):,.0f}", f"{max(rate):,.0f}", f"{median(cost):.1f}", f"{min(cost):.1f}"))
    # Of each turn by itself: what else the machine does changes from turn to turn.
    lost = [1 - watched / alone for watched, alone in zip(rates[OPEN], rates[CLOSED], strict=True)]
    head = ("page", "requests a second, median", "best", "CPU of the mock for one, µs, median", "least")
    said = (
        f"With the page open {_fewer(median(lost))}, median of {rounds} turns from {_fewer(max(lost))} to "
        f"{_fewer(min(lost))} (less than {MOST_LOST:.0%} wanted: {_reached(median(lost) < MOST_LOST)})."
    )
    return f"{table(head, rows)}\n\n{said}"


def _fewer(lost: float) -> str:
    return f"{abs(lost):.1%} {'less' if lost > 0 else 'more'}"


@contextmanager
def told_to_curl(mock: RunningMock) -> Iterator[None]:
    """All that the mock does for the page, without a browser to draw it."""
    stream = [*("curl", "-sN", "-o", os.devnull), f"{mock.url}/_mock/dashboard/traffic/stream"]
    with subprocess.Popen(stream) as reader:
        time.sleep(0.5)
        yield
        reader.kill()


@contextmanager
def drawn(page: Page, open_page: Callable[[], None]) -> Iterator[None]:
    open_page()
    yield
    page.goto("about:blank")


def pressed(mock: RunningMock) -> int:
    """As many requests as wrk gets answered."""
    pressing = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{ROUND_SECONDS}s"]
    command = [*pressing, "-H", f"x-kordless-key: {mock.keys()['public']}", url(mock)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return int(told.partition(" requests in ")[0].split()[-1])


def send(mock: RunningMock, count: int, *, rate: int | None, page: Page | None = None) -> int:
    """So many, at that rate; the page goes on meanwhile. In batches: a sleep for each would take a core."""
    target = urlsplit(url(mock))
    connection = HTTPConnection(str(target.hostname), target.port)
    headers = {"x-kordless-key": mock.keys()["public"]}
    begun = time.monotonic()
    for number in range(count):
        if rate and number % 25 == 0 and (early := begun + number / rate - time.monotonic()) > 0:
            page.wait_for_timeout(early * 1000) if page else time.sleep(early)
        connection.request("GET", target.path, headers=headers)
        connection.getresponse().read()
    return count


def url(mock: RunningMock) -> str:
    return f"{mock.url}/api/calendar/v1/public/org/{mock.ready['organizations'][0]['slug']}"


def processor_time(mock: RunningMock) -> float:
    """Seconds that the mock's process has had so far."""
    fields: Any = Path(f"/proc/{mock.process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / PER_SECOND


if __name__ == "__main__":
    main()
