"""Garbage: when many objects are made that stay, nobody looks for it among them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG = 1  # of Python's generations: a few thousand objects


@contextmanager
def pause_garbage_collection() -> Iterator[None]:
    """Make objects that stay without looking for garbage among them. A hundred thousand rules are millions of objects:
    that would cost more than reading them does, and later would hold up every call. What is garbage by then stays as
    well, so it is looked for before.
    """
    gc.collect(_YOUNG)
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()
