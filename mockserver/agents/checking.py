"""A check run as the command that it is: neither the mock nor what serves agents imports it."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mcp.server.mcpserver.exceptions import ToolError

SECONDS = 300.0
LAST_SECONDS = 60.0  # to cancel what was booked, and to report
MOST_FINDINGS = 50
MOST_CHARACTERS = 2000  # of what a check says that has no report


def run_check(target: Path, flags: Sequence[str]) -> dict[str, Any]:
    """Exit code, summary and the first findings. Raises ToolError where there is no report to tell of."""
    with tempfile.TemporaryDirectory(prefix="kordkit-mcp-") as folder:
        places = (f"--target={target}", f"--report-dir={folder}", "--report=json")
        with subprocess.Popen(
            (sys.executable, "-P", "-m", "kordkit", "check", *places, *flags),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                said = _ended(process)
            finally:
                process.kill()
        report = Path(folder) / "check.json"
        if not report.exists():
            raise ToolError(said.strip()[-MOST_CHARACTERS:] or f"the check ended with {process.returncode}")
        found = json.loads(report.read_bytes())
    findings = found["findings"]
    return {
        "exit_code": process.returncode,
        "verdict": said.strip().rpartition("\n")[2],
        "summary": found["summary"],
        "findings": findings[:MOST_FINDINGS],
        "findings_left_out": max(0, len(findings) - MOST_FINDINGS),
    }


def _ended(process: subprocess.Popen[str]) -> str:
    """All that it said. What takes too long is interrupted, as by Ctrl-C, and tells what it has found so far."""
    try:
        return process.communicate(timeout=SECONDS)[0]
    except subprocess.TimeoutExpired:
        process.terminate()
    try:
        return process.communicate(timeout=LAST_SECONDS)[0]
    except subprocess.TimeoutExpired:
        raise ToolError(f"the check did not end within {SECONDS + LAST_SECONDS:.0f} s: ask fewer rules") from None
