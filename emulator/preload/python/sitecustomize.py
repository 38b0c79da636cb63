"""Runs in every Python whose PYTHONPATH names this folder, before the application: its calls lead to the emulator.

The code lies one folder above, so that the application can import nothing of ours by accident.
"""

import os
import sys
from importlib.machinery import PathFinder, SourceFileLoader
from types import ModuleType

_HERE = os.path.dirname(os.path.abspath(__file__))


def _load(name: str) -> ModuleType:
    module = ModuleType(f"moderation_emulator_{name}")
    file = os.path.join(os.path.dirname(_HERE), f"{name}.py")
    SourceFileLoader(module.__name__, file).exec_module(module)
    return module


def _redirect() -> None:
    text, authority, stopped = (os.environ.get(f"EMULATOR_{name}", "") for name in ("REROUTE", "CA", "STOPPED"))
    try:
        redirection = _load("redirection").Redirection(text, authority, stopped)
    except ValueError:
        return  # the variables are not as the emulator writes them: this process is left as it is
    redirection.install(_load("patches").PATCHES)


def _run_next() -> None:
    """Run the sitecustomize that Python would have run without this one."""
    spec = PathFinder.find_spec("sitecustomize", [each for each in sys.path if os.path.abspath(each) != _HERE])
    if spec is not None and spec.loader is not None:
        from importlib.util import module_from_spec

        sys.modules["sitecustomize"] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules["sitecustomize"])


_redirect()
_run_next()
