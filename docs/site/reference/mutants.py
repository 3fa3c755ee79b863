"""Every mutant of the mock."""

from docs.site.markdown import code, prose, table
from mockserver.mutants import MUTANTS

INTRODUCTION = """# Mutants

{count} mocks with exactly one defect each: `kordkit mock --mutant NAME`. Each breaks one [statement](statements.md) of
the contract and keeps the others. `kordkit check` finds every one of them; [would your tests](../mock.md#mutants)?
"""


def page() -> str:
    rows = [(code(mutant.name), prose(mutant.title), code(mutant.statement)) for mutant in MUTANTS.values()]
    return INTRODUCTION.format(count=len(rows)) + "\n" + table(("mutant", "what it does", "statement"), rows)
