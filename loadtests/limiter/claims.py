"""One header of a limiter over a whole run: how often it was there, could be read, and was true."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from loadtests.measure.header_values import unix, whole
from loadtests.measure.observation import Observation

Form = tuple[int, int]  # the least and the most that is true
DATE = "an HTTP date"  # the one form that is no number
TWICE = "\n"  # stands between the values of a header that is given more than once
SHOWN = 40  # characters of a value that cannot be read


class Said(NamedTuple):
    """A number, or a date in Unix seconds."""

    number: int
    is_date: bool = False


@dataclass(slots=True)
class Claim:
    """`read` comes first for every answer that may have the header, then `add` for those whose truth is known.

    `form` is the contract's, by the words that the forms of `add` go by; `dates`: whether an HTTP date is read, too.
    """

    name: str
    form: str
    dates: bool = False
    _answers: int = 0
    _missing: int = 0
    _unwanted: int = 0  # where the contract has none
    _doubled: int = 0
    _unreadable: int = 0
    _garbled: str = ""  # the first that could not be read
    _checked: int = 0
    _right: Counter[str] = field(default_factory=Counter)  # by form
    _example: str = ""  # the first that was not right in the contract's form

    def read(self, seen: Observation, *, wanted: bool = True) -> Said | None:
        """What it says; None where it is missing or says nothing. The same value given twice can be read.

        `wanted`: whether the contract has it on such an answer.
        """
        text = seen.headers.get(self.name.lower())
        if text is None and not wanted:
            return None
        self._answers += 1
        if text is None:
            self._missing += 1
            return None
        self._unwanted += not wanted
        values = text.split(TWICE)
        self._doubled += len(values) > 1
        said = self._said(values[0].strip()) if len(set(values)) == 1 else None
        if said is None:
            self._unreadable += 1
            self._garbled = self._garbled or f"at {seen.sent:.1f} s it said {' and '.join(map(_shown, values))}"
        return said

    def _said(self, text: str) -> Said | None:
        number = whole(text)
        if number is not None:
            return Said(number)
        date = unix(text) if self.dates else None
        return None if date is None else Said(date, is_date=True)

    def add(self, seen: Observation, said: Said, forms: Mapping[str, Form]) -> None:
        """`forms` are what would be true, by the words for each form."""
        self._checked += 1
        number, is_date = said
        right = [form for form, (low, high) in forms.items() if low <= number <= high and (form == DATE) == is_date]
        self._right.update(right)
        if self.form not in right and not self._example:
            low, high = forms[DATE if is_date and DATE in forms else self.form]
            true = f"{low}" if low == high else f"{low} to {high}"
            self._example = f"at {seen.sent:.1f} s it said {number}, where {true} was true"

    @property
    def checked(self) -> int:
        return self._checked + self._unreadable

    def untrue(self) -> Iterator[str]:
        wrong = self._checked - self._right[self.form]
        if wrong and not self._other_form():
            yield f"{self.name} is wrong in {wrong} of {self._checked} answers: {self._example}"
        if self._unreadable:
            yield f"{self.name} cannot be read in {self._unreadable} of {self._answers} answers: {self._garbled}"

    def differing(self) -> str:
        """A sentence, or nothing."""
        told = []
        if self._missing:
            told.append(f"is missing in {self._missing} of {self._answers} answers")
        if self._unwanted:
            told.append(f"is given in {self._unwanted} answers that the contract has without it")
        if self._doubled:
            told.append(f"is given more than once in {self._doubled} of {self._answers} answers")
        if form := self._other_form():
            told.append(f"is {form}, which the contract does not have it be")
        return f"{self.name} {' and '.join(told)}" if told else ""

    def _other_form(self) -> str:
        """The form, other than the contract's, in which everything that it said was true."""
        if self._right[self.form] == self._checked:
            return ""
        return next((form for form, count in self._right.items() if count == self._checked), "")


def _shown(value: str) -> str:
    """Without control characters, which a terminal would obey."""
    text = "".join(character if character.isprintable() else "?" for character in value[:SHOWN])
    return f'"{text}"' + ("..." if len(value) > SHOWN else "")
