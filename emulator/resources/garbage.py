"""Garbage collection: paused while many objects are made that stay."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_YOUNG = 1  # the generation of Python's collector that has a few thousand objects


@contextmanager
def pause_garbage_collection() -> Iterator[None]:
    """Pause garbage collection while objects are made that stay.

    A hundred thousand rules are millions of objects. Searching them for garbage would take longer than reading them,
    and later would delay every call. Garbage that exists at the end stays as well, so garbage is collected before.
    """
    gc.collect(_YOUNG)
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()
