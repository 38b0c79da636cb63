"""The pools from which fake data is drawn.

This module is not compiled: a compiled class could not keep what is made on first use.
"""

from collections.abc import Callable
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faker import Faker

_POOL = 256  # things in each pool


class Pools:
    """Chinese names, words and sentences, made once on first use: Faker is too slow to be asked for each call.

    Each pool has its own seed. So the result depends neither on which pool is asked for first, nor on how many threads
    ask.
    """

    def __init__(self) -> None:
        self._lock = Lock()

    @cached_property
    def names(self) -> list[str]:
        return self._fill_pool(1, lambda faker: faker.name())

    @cached_property
    def words(self) -> list[str]:
        return self._fill_pool(2, lambda faker: faker.word())

    @cached_property
    def stations(self) -> list[str]:
        return self._fill_pool(3, lambda faker: f"{faker.city_name()}电视台")

    @cached_property
    def brands(self) -> list[str]:
        return self._fill_pool(4, lambda faker: faker.company_prefix())

    @cached_property
    def sentences(self) -> list[str]:
        return self._fill_pool(5, lambda faker: faker.sentence(nb_words=6))

    def fill(self) -> int:
        """Make all pools now. Return how many things there are to draw."""
        return sum(map(len, (self.names, self.words, self.stations, self.brands, self.sentences)))

    def _fill_pool(self, seed: int, draw: Callable[[Any], str]) -> list[str]:
        with self._lock:
            self._faker.seed_instance(seed)
            return [draw(self._faker) for _ in range(_POOL)]

    @cached_property
    def _faker(self) -> "Faker":
        from faker import Faker

        return Faker("zh_CN")
