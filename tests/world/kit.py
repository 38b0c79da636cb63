"""Settings as they are without configuration, for worlds built by hand."""

from emulator import settings

SETTINGS = settings.load_settings(None, {"journal": {"size": 10}}, {}, ())
