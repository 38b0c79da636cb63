"""Settings as they are without configuration, for states built by hand."""

from emulator.config.load import load_settings

SETTINGS = load_settings(None, {"journal": {"size": 10}}, {}, ())
