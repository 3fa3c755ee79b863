"""`kordkit mock` started wrongly: one sentence that says the trouble, and exit code 2. And the list of its flags."""

import os
import re
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.mutants import MUTANTS
from tests import processes

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "broken.yaml": "name: [",
    "wrong.yaml": "name: mine\norganizations: []\n",
    "finds-nothing.yaml": "overlay: 1.0.0\nactions: [{target: $.nowhere, update: {a: 1}}]\n",
    **{
        f"{name}.yaml": f"overlay: 1.0.0\nactions:\n  - target: $['x-rate-limits']\n    update: {update}\n"
        for name, update in {
            "not-a-number": "{policies: {creation: {limit: many}}}",
            "no-limit": "{policies: {creation: {limit: 0}}}",
            "no-algorithm": "{algorithm: leaky-bucket}",
        }.items()
    },
}


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `kordkit mock` to its end, in a folder that holds FILES and a folder named `folder`."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "folder").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KORD")}

    def ended(*flags: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return processes.run(tmp_path, "mock", *flags, environment={**kept, "KORDKIT_PORT": "0", **variables})

    return ended


def sentence_of(result: subprocess.CompletedProcess[str]) -> str:
    """The one sentence; in front of it stands at most how the command is used."""
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    *usage, last = [line for line in result.stderr.splitlines() if line]
    assert all(line.startswith(("Usage: kordkit mock", "Try 'kordkit mock")) for line in usage), result.stderr
    assert last.startswith("Error: ")
    return last.removeprefix("Error: ")


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ("--prot 1", ["--prot", "--port"]),
        ("--port 99999", ["--port", "99999", "65535"]),
        ("--seed 18446744073709551616", ["--seed", "18446744073709551616"]),
        ("--admin-token ü", ["--admin-token", "ASCII"]),
        ("--cors localhost:3000", ["--cors", "localhost:3000", "http://localhost:3000"]),
        ("--limits maybe", ["--limits", "maybe", "on", "off"]),
        ("--fault fleky", ["--fault fleky", "flaky", "response-lost"]),
        ("--fault slow --fault error,status=418", ["--fault error,status=418", "action.status", "503"]),
        ("--now yesterday", ["--now", "2025-12-01T08:00:00Z"]),
        ("--now 9000-01-01T00:00:00Z", ["--now", "2200"]),
        ("--data acme-saloon", ["acme-saloon", "acme-salon", ".yaml"]),
        ("--data nowhere.yaml", ["nowhere.yaml", "No such file"]),
        ("--data broken.yaml", ["broken.yaml", "line "]),
        ("--data wrong.yaml", ["wrong.yaml", "organizations"]),
        ("--data generated:orgs=0", ["orgs", "1 to 1000"]),
        ("--mutant allow-mising", ["allow-mising", 'did you mean "allow-missing"?', "--mutant list"]),
        ("--contract nowhere.yaml", ["nowhere.yaml", "No such file"]),
        ("--contract wrong.yaml", ["wrong.yaml"]),
        ("--overlay nowhere.yaml", ["nowhere.yaml", "No such file"]),
        ("--overlay broken.yaml", ["broken.yaml", "line "]),
        ("--overlay wrong.yaml", ["wrong.yaml", "overlay: 1.0.0"]),
        ("--overlay finds-nothing.yaml", ["finds-nothing.yaml", "$.nowhere"]),
        ("--overlay not-a-number.yaml", ["creation", "limit", "many"]),
        ("--overlay no-limit.yaml", ["creation", "limit", "1"]),
        ("--overlay no-algorithm.yaml", ["leaky-bucket", "fixed-window"]),
        ("--host nowhere.invalid", ["nowhere.invalid"]),
        ("--ready-file nowhere/ready.json", ["nowhere/ready.json", "No such file"]),
        ("--ready-file folder", ["folder", "directory"]),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    run: Callable[..., subprocess.CompletedProcess[str]], flags: str, says: list[str], tmp_path: Path
) -> None:
    sentence = sentence_of(run(*flags.split()))
    assert [word for word in says if word not in sentence] == [], sentence
    assert not re.search(r"Errno|Error\(|literal for|KeyError", sentence), "this is Python's sentence, not ours"
    assert {path.name for path in tmp_path.iterdir()} == {*FILES, "folder"}, "something was left behind"


def test_a_taken_port_is_named_together_with_the_way_out(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert sentence_of(run("--port", port)) == (
            f"port {port} on 127.0.0.1 is taken; choose another with --port, or 0 for any"
        )


def test_a_wrong_environment_variable_is_a_mistake_too(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    assert "'lots' is not a valid integer" in sentence_of(run(KORDKIT_PORT="lots"))


def test_the_command_line_goes_before_the_environment(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    assert run("--data", "list", KORDKIT_DATA="nowhere.yaml").returncode == 0


def test_the_datasets_are_listed(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    result = run("--data", "list")
    assert (result.returncode, result.stderr) == (0, "")
    assert [line.split()[0] for line in result.stdout.splitlines()[:2]] == ["acme-salon", "clinic"]
    assert "generated:orgs=50,services=20" in result.stdout


def test_the_mutants_are_listed_in_columns(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    result = run("--mutant", "list")
    assert (result.returncode, result.stderr) == (0, "")
    columns = [re.fullmatch(r"([a-z-]+ +)([\w.]+ +)([A-Z].*\.)", line) for line in result.stdout.splitlines()]
    assert len(columns) == len(MUTANTS)
    assert {line[1].strip() for line in columns if line} == MUTANTS.keys()
    assert len({(line.start(2), line.start(3)) for line in columns if line}) == 1, result.stdout


def test_the_page_lists_the_flags_that_there_are(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    listed = set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", run("--help").stdout, re.MULTILINE))
    page = (ROOT / "docs" / "mock.md").read_text("utf-8")
    table = set(re.findall(r"^\| `(--[\w-]+)`", page, re.MULTILINE))
    assert len(listed) > 10
    assert table == listed
