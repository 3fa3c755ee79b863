"""Every fenced example of the README and of docs/ is run as printed, and must answer as printed.

How a page is read, from top to bottom, with one folder, one shell and at most one mock to itself:

- ```console  `$ ` begins a command, which goes on behind a `\\` at its end or an open quote; the lines up to the next
              `$ ` are its answer. In it white space does not matter and `...` stands for anything. Every command must
              end with exit code 0.
- ```yaml     a file; its first line names it: `# my-salon.yaml`. A later command must use it, pytest
              a `conftest.py`.
- ```python   the same; and so are ```javascript, ```ruby, ```go and ```toml, in whose comments the name stands.
- ```text     banners, drawings. It is not run, so it must not look as if it could be.

A second word behind the fence is a program that the block needs (```console ruby): where there is none, it is passed
over, but not in CI. Anything else fails, indented blocks included, so there is no example that is not run.

Two things are replaced. The port 4020, the default, becomes a free one, in the text of a page and, through
KORDKIT_PORT, for a `kordkit mock` that names no port. And the `kordkit` on the path is forked from a process that has
imported it: the installed one is for tests/test_wheel.py. A `kordkit mock` runs in the background, as in a reader's
second terminal, and takes the place of the one before it.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest
import yaml
from markdown_it import MarkdownIt

from tests.loadtests.generator_forks import running_forks
from tests.on_path import on_path

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
RUN = {"console"}
FILES = {"yaml", "python", "javascript", "ruby", "go", "toml"}
SHOWN = {"text"}
PORT = "4020"
LAST_LINE = "Ctrl-C stops it."  # of the banner
PATIENCE = 90.0  # seconds until a command is given up
MARK = "exit-code-of-the-example"


class Block(NamedTuple):
    """A code block of a page: the first word behind its fence ("" for an indented one), and where it begins; `needs` is
    the second one."""

    language: str
    text: str
    line: int
    needs: str = ""

    @property
    def can_be_run(self) -> bool:
        return not self.needs or shutil.which(self.needs) is not None or "CI" in os.environ


def blocks(page: Path) -> list[Block]:
    tokens = MarkdownIt().parse(page.read_text("utf-8"))
    found = []
    for token in tokens:
        if token.type in ("fence", "code_block"):
            language, needs = (*token.info.split(), "", "")[:2]
            found.append(Block(language, token.content, (token.map or [0])[0] + 1, needs))
    return found


def steps(block: Block) -> Iterator[tuple[str, str]]:
    """The commands of a block, each with the answer shown for it."""
    command, answer, continued = "", "", False
    for line in block.text.splitlines():
        if continued:
            command += "\n" + line
        elif line.startswith("$ "):
            if command:
                yield command, answer
            command, answer = line[2:], ""
        else:
            assert command, f"line {block.line}: an answer before any command: {line}"
            answer += line + "\n"
            continue
        continued = command.endswith("\\") or command.count("'") % 2 == 1
    yield command, answer


def file_name(block: Block) -> str:
    first = block.text.partition("\n")[0]
    name = re.fullmatch(r"(?:#|//) ([\w.-]+\.\w+)", first)
    assert name, f"line {block.line}: the first line of a file must name it: {first}"
    return name[1]


def agrees(shown: str, seen: str) -> bool:
    """Whether an answer is as shown: `...` is anything, white space nothing."""
    parts = [re.escape("".join(part.split())) for part in shown.split("...")]
    return re.fullmatch(".*".join(parts), "".join(seen.split()), re.DOTALL) is not None


class Reader:
    """Does what a page says, in a folder of its own."""

    def __init__(self, folder: Path, commands: Path) -> None:
        """`commands` is a folder with a `kordkit`."""
        self.folder = folder
        self.port = _free_port()
        places = [str(commands), str(Path(sys.executable).parent), os.environ["PATH"]]
        self._env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("KORD", "PYTEST"))},
            "PATH": os.pathsep.join(places),
            "NO_COLOR": "1",
            "COLUMNS": "120",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # locust's plugin would patch the whole process
        }
        self._shell = self._popen(["bash"], stdin=subprocess.PIPE)
        self._mock: subprocess.Popen[str] | None = None

    def close(self) -> None:
        for process in (self._mock, self._shell):
            if process is not None:
                _kill(process)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, "utf-8")

    def run(self, command: str) -> tuple[str, int]:
        """What a command printed, on either channel, and its exit code; a running mock has none and counts as 0."""
        if re.match(r"(KORDKIT_\w+=\S+ )*kordkit mock\b", command):
            return self._start(command)
        assert self._shell.stdin is not None
        self._shell.stdin.write(f"{command}\nprintf '%s %d\\n' {MARK} $?\n")
        self._shell.stdin.flush()
        text = self._read(self._shell, MARK)
        printed, mark, code = text.partition(MARK)
        return printed, int(code) if mark else -1

    def _start(self, command: str) -> tuple[str, int]:
        if self._mock is not None:
            _kill(self._mock)
        self._mock = self._popen(["bash", "-c", command], more={"KORDKIT_PORT": self.port})
        printed = self._read(self._mock, LAST_LINE)
        return printed, 0 if LAST_LINE in printed else self._mock.wait(PATIENCE)

    def _popen(
        self, words: list[str], stdin: int = subprocess.DEVNULL, more: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            words,
            cwd=self.folder,
            env={**self._env, **more},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def _read(self, process: subprocess.Popen[str], last: str) -> str:
        """Up to the line with `last` in it, or to the end."""
        watchdog = threading.Timer(PATIENCE, _kill, [process])
        watchdog.start()
        assert process.stdout is not None
        text = ""
        for line in process.stdout:
            text += line
            if last in line:
                break
        watchdog.cancel()
        return text


def _kill(process: subprocess.Popen[str]) -> None:
    """The process and whatever it started: the last of them is gone when nobody can print any more."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if threading.current_thread() is threading.main_thread():
        process.communicate(timeout=PATIENCE)


def _free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return str(sock.getsockname()[1])


@pytest.fixture(scope="module")
def commands() -> Iterator[Path]:
    with running_forks() as begin, on_path(begin) as folder:
        yield folder


@pytest.fixture
def reader(tmp_path: Path, commands: Path) -> Iterator[Reader]:
    reader = Reader(tmp_path, commands)
    yield reader
    reader.close()


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_example_does_what_the_page_shows(page: Path, reader: Reader) -> None:
    for block in blocks(page):
        text = block.text.replace(PORT, reader.port)
        if block.language in FILES:
            reader.write(file_name(block), text)
        for command, shown in steps(block._replace(text=text)) if block.language in RUN and block.can_be_run else ():
            seen, code = reader.run(command)
            where = f"{page.relative_to(ROOT)}, the block on line {block.line}\n$ {command}\n"
            assert code == 0, f"{where}{seen}\nexit code {code}"
            assert agrees(shown, seen), f"{where}--- answers\n{seen}\n--- and the page shows\n{shown}"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_there_is_no_example_that_is_not_run(page: Path) -> None:
    found = blocks(page)
    known = RUN | FILES | SHOWN
    unknown = [f"line {b.line}: {b.language or 'indented'}" for b in found if b.language not in known]
    assert unknown == [], f"one of {', '.join(sorted(known))}, please"
    commands = re.compile(r"^\s*(\$ |kordkit |curl |pip |make |export )", re.MULTILINE)
    in_disguise = [block.line for block in found if block.language in SHOWN and commands.search(block.text)]
    assert in_disguise == [], "these lines look as if they could be run"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_file_of_a_page_is_used_by_a_command_that_follows(page: Path) -> None:
    found = blocks(page)
    for number, block in enumerate(found):
        if block.language in FILES:
            later = "".join(b.text for b in found[number + 1 :] if b.language in RUN)
            name = file_name(block)
            assert ("pytest" if name == "conftest.py" else name) in later, f"line {block.line}"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_a_make_target_of_a_page_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", page.read_text("utf-8"))) - targets == set()


def test_every_operation_of_the_control_api_is_described() -> None:
    document = yaml.safe_load((ROOT / "contracts" / "openapi" / "control.yaml").read_text("utf-8"))
    described = (ROOT / "docs" / "mock.md").read_text("utf-8")
    operations = [f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item]
    assert [operation for operation in operations if f"`{operation}`" not in described] == []


@pytest.mark.parametrize(
    ("shown", "seen", "good"),
    [
        ('{"a": 1, ...}', '{"a":1,"b":2}', True),
        ('{"a": 1}', '{"a":1,"b":2}', False),
        ("HTTP/1.1 200 OK\n...\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r\n{}", True),
        ("", "something", False),
        ("a.c", "abc", False),
    ],
)
def test_three_dots_are_anything_and_white_space_is_nothing(shown: str, seen: str, good: bool) -> None:
    assert agrees(shown, seen) is good


def test_a_command_may_go_on_behind_a_backslash_and_ends_at_the_next_prompt() -> None:
    block = Block("console", "$ a \\\n  b\nanswer\n$ c\n", 1)
    assert list(steps(block)) == [("a \\\n  b", "answer\n"), ("c", "")]


def test_an_example_that_hangs_or_fails_is_noticed(reader: Reader) -> None:
    assert reader.run("false") == ("", 1)
    assert reader.run("printf 'no line end'") == ("no line end", 0)
    before = time.monotonic()
    assert reader.run("exit 3")[1] == -1
    assert time.monotonic() - before < PATIENCE
