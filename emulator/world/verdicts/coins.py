"""Error codes that are in no table of their provider, and are answered all the same."""

from collections.abc import Collection, Mapping
from typing import Any

from emulator.vocabulary import Coin, Written

_MOST = 10_000  # codes that are remembered


class Coins:
    """`coins` make the row of such a code, by provider; of those in `numbered` any number can be one. `made` are the
    codes so far, which may be asked about.
    """

    def __init__(self, coins: Mapping[str, Coin], numbered: Collection[str] = ()) -> None:
        self._coins = coins
        self._numbered = numbered
        self.made: set[str] = set()

    def make(self, provider: str, code: str, form: Mapping[str, Any], operations: Collection[str] = ()) -> Written:
        """Make the row of a code as a rule for these operations writes it; raises ValueError with what the provider
        would take instead.
        """
        row = self._coins[provider](form, operations)
        if len(self.made) < _MOST:
            self.made.add(code)
        return Written(form, row._replace(code=code))

    def of_number(self, provider: str, code: str) -> Written | None:
        """Make the row of a number that stands alone, None where it can be no code."""
        if provider not in self._numbered:
            return None
        try:
            return self.make(provider, code, {"code": code})
        except ValueError:
            return None
