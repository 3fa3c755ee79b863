"""The reference: pages that are made of the code at each build, so that they cannot say anything else than it does.

They are not kept in the repository. A copy would have to be renewed with each rule, flag and statement, and would be
wrong between two of them.
"""

from collections.abc import Callable, Mapping

from docs.site.reference import commands, control, errors, limits, mutants, rules, statements

PAGES: Mapping[str, Callable[[], str]] = {
    "reference/commands.md": commands.page,
    "reference/control-api.md": control.page,
    "reference/errors.md": errors.page,
    "reference/limits.md": limits.page,
    "reference/rules.md": rules.page,
    "reference/mutants.md": mutants.page,
    "reference/statements.md": statements.page,
}
"""By path within the site: what makes the page's Markdown."""
