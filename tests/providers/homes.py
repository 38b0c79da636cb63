"""Where each provider lies below `emulator/providers/`, and its tests below `tests/providers/`."""

from emulator.discovery import find_modules

HOMES = {name: module.removeprefix("emulator.providers.").replace(".", "/") for name, module in find_modules().items()}
