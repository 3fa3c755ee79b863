"""Prints which rules kill which mutant: `python tests/contracts/checks/matrix.py [MUTANT …]`."""

import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from mockserver.mutants import MUTANTS
from tests.contracts.checks.in_process import RULES, checked


def main(names: list[str]) -> int:
    killers: Counter[str] = Counter()
    alive = []
    with tempfile.TemporaryDirectory() as folder:
        for name in names or MUTANTS:
            mutant = MUTANTS[name]
            outcome = checked(Path(folder) / f"{name}.jsonl", mutant)
            killers.update(outcome.broken)
            if mutant.statement not in outcome.statements:
                alive.append(name)
            verdict = "killed" if mutant.statement in outcome.statements else "LIVES "
            print(f"{verdict} {name:40} {mutant.statement:40} {', '.join(sorted(outcome.broken))}", flush=True)
    total = len(names or MUTANTS)
    print(f"\n{total - len(alive)} of {total} mutants killed ({100 * (total - len(alive)) / total:.0f} %)")
    if not names:
        idle = [rule.id for rule in RULES if not killers[rule.id]]
        print(
            f"{len(RULES) - len(idle)} of {len(RULES)} rules kill one" + (f"; not: {', '.join(idle)}" if idle else "")
        )
        return bool(alive or idle)
    return bool(alive)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
