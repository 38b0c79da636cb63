"""Filler that looks real: names, words, boxes, drawn with the dice of one subject."""

import random
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faker import Faker

_POOL = 256


class Pools:
    """Chinese names, words and sentences, made once on first use: Faker is too slow to ask for each call.

    Each pool has a seed of its own, so that it does not matter which is asked for first.
    """

    @cached_property
    def names(self) -> list[str]:
        return self._pool(1, lambda faker: faker.name())

    @cached_property
    def words(self) -> list[str]:
        return self._pool(2, lambda faker: faker.word())

    @cached_property
    def stations(self) -> list[str]:
        return self._pool(3, lambda faker: f"{faker.city_name()}电视台")

    @cached_property
    def brands(self) -> list[str]:
        return self._pool(4, lambda faker: faker.company_prefix())

    @cached_property
    def sentences(self) -> list[str]:
        return self._pool(5, lambda faker: faker.sentence(nb_words=6))

    def _pool(self, seed: int, draw: Callable[[Any], str]) -> list[str]:
        self._faker.seed_instance(seed)
        return [draw(self._faker) for _ in range(_POOL)]

    @cached_property
    def _faker(self) -> "Faker":
        from faker import Faker

        return Faker("zh_CN")


class Portrait:
    """Filler for one subject; asking in the same order gives the same things."""

    def __init__(self, dice: random.Random, pools: Pools) -> None:
        self._dice = dice
        self._pools = pools

    def name(self) -> str:
        return self._dice.choice(self._pools.names)

    def word(self) -> str:
        return self._dice.choice(self._pools.words)

    def station(self) -> str:
        return self._dice.choice(self._pools.stations)

    def brand(self) -> str:
        return self._dice.choice(self._pools.brands)

    def sentence(self) -> str:
        return self._dice.choice(self._pools.sentences)

    def number(self, low: int, high: int) -> int:
        return self._dice.randint(low, high)

    def rate(self, low: float, high: float) -> float:
        """A percentage with two decimals."""
        return round(self._dice.uniform(low, high), 2)

    def box(self, width: int, height: int) -> dict[str, float]:
        """A rectangle that lies inside a picture of `width` x `height`: X, Y, Width, Height in pixels."""
        w = self._dice.randint(max(1, width // 8), max(1, width // 2))
        h = self._dice.randint(max(1, height // 8), max(1, height // 2))
        x, y = self._dice.randint(0, width - w), self._dice.randint(0, height - h)
        return {"X": float(x), "Y": float(y), "Width": float(w), "Height": float(h)}
