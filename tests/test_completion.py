"""The shells' completion, by the lines of the README; and that nothing of it, nor `--help`, keeps anybody waiting."""

import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
LINES = re.findall(r"`([^`]*_KORDKIT_COMPLETE=(\w+)_source[^`]*)`", (ROOT / "README.md").read_text("utf-8"))
HELP_COSTS = 2.3  # times what Python takes to start and to import click; 1.5 measured


def completed(shell: str, *words: str) -> list[str]:
    """As the script of a shell asks for it, which splits what is answered by itself."""
    line, place = " ".join(("kordkit", *words)), str(len(words))
    if shell == "fish":
        place = words[-1]  # fish hands over the word itself
    environment = {"PATH": PATH, "_KORDKIT_COMPLETE": f"{shell}_complete", "COMP_WORDS": line, "COMP_CWORD": place}
    return subprocess.run(["kordkit"], env=environment, capture_output=True, text=True, check=True).stdout.split()


def test_the_readme_has_a_line_for_each_shell() -> None:
    assert [shell for _, shell in LINES] == ["bash", "zsh", "fish"]


def test_the_line_for_bash_makes_bash_complete() -> None:
    ((line, _),) = (each for each in LINES if each[1] == "bash")
    asks = ["COMP_WORDS=(kordkit mock --limit-algorithm to) COMP_CWORD=3", "_kordkit_completion kordkit"]
    script = [line, *asks, "echo ${COMPREPLY[@]}"]
    said = subprocess.run(
        ["bash", "-c", "\n".join(script)], env={"PATH": PATH}, capture_output=True, text=True, check=True
    )
    assert (said.stdout, said.stderr) == ("token-bucket\n", "")


@pytest.mark.parametrize(("line", "shell"), LINES, ids=[shell for _, shell in LINES])
def test_the_line_for_a_shell_gives_what_that_shell_can_read(line: str, shell: str) -> None:
    command = re.sub(r"^eval \"\$\((.*)\)\"$", r"\1", line).removesuffix(" | source")
    script = subprocess.run(["bash", "-c", command], env={"PATH": PATH}, capture_output=True, text=True, check=True)
    assert f"_KORDKIT_COMPLETE={shell}_complete" in script.stdout
    if shutil.which(shell) is not None:
        subprocess.run([shell, "-n"], input=script.stdout, text=True, check=True)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_commands_flags_and_their_values_are_completed(shell: str) -> None:
    assert any("doctor" in word for word in completed(shell, "doc"))
    assert any("--ready-file" in word for word in completed(shell, "run", "--ready"))


def test_help_is_there_at_once() -> None:
    """By the processor time of the best of five, beside what cannot be spared: machines differ, and may be busy."""
    turns = [(spent_on("kordkit", "--help"), spent_on(sys.executable, "-c", "import click")) for _ in range(5)]
    assert min(told for told, _ in turns) < HELP_COSTS * min(least for _, least in turns)


def spent_on(*command: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env={"PATH": PATH}, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
